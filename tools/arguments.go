package tools

// The arguments that several operations share. The structs are never filled:
// package schema reads their tags.

// InProject is part of every operation on a project.
type InProject struct {
	ProjectID string `json:"project_id,omitempty" arg:"numeric,most=32" match:"^([0-9]*[1-9][0-9]*|@current)$" expect:"a project's number or @current"`
}

// OnePage is part of every list. PostHog's own default of 100 items overflows
// what a client shows a model, so the page is always asked for.
type OnePage struct {
	Limit  int64 `json:"limit,omitempty" arg:"quiet" jsonschema:"minimum=1,default=25"`
	Offset int64 `json:"offset,omitempty" arg:"quiet" jsonschema:"minimum=0"`
}

// dryRun is part of every write.
type dryRun struct {
	DryRun bool `json:"dry_run,omitempty" arg:"in=local" jsonschema_description:"Preview only."`
}

// confirmation is part of every write where a person has to agree to some.
type confirmation struct {
	Confirmation string `json:"confirmation,omitempty" arg:"in=local,filled,most=20000" jsonschema_description:"A preview's, once the person agreed."`
}

// Clearing is part of every change of something that has fields to clear.
type Clearing struct {
	Clear []string `json:"clear,omitempty" arg:"in=local,clears" jsonschema_description:"Set to null."`
}

// Chosen is part of every operation that has a concise view.
type Chosen struct {
	Fields []string `json:"fields,omitempty" arg:"in=local,filled,most=200" jsonschema_description:"PostHog's own fields instead."`
}
