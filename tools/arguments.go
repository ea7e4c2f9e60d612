package tools

// The arguments that several operations share. The structs are never filled:
// package schema reads their tags.

// inProject is part of every operation on a project.
type inProject struct {
	ProjectID string `json:"project_id,omitempty" arg:"numeric,most=32" match:"^([0-9]*[1-9][0-9]*|@current)$" expect:"a project's number or @current" jsonschema_description:"Project number or @current. Default: the configured one."`
}

// onePage is part of every list. PostHog's own default of 100 items overflows
// what a client shows a model, so the page is always asked for.
type onePage struct {
	Limit  int64 `json:"limit,omitempty" jsonschema:"minimum=1,default=25"`
	Offset int64 `json:"offset,omitempty" jsonschema:"minimum=0"`
}

// ofUser names the account. Reading or changing oneself is what a key without
// staff rights can do at all.
type ofUser struct {
	UUID string `json:"uuid,omitempty" arg:"segment" jsonschema:"default=@me" jsonschema_description:"User UUID. Non-staff callers may only use @me."`
}

// dryRun is part of every write.
type dryRun struct {
	DryRun bool `json:"dry_run,omitempty" arg:"in=local" jsonschema_description:"Only show what would be sent, to whom and when."`
}

// confirmed is part of every write where a person has to agree to some.
type confirmed struct {
	Confirmation string `json:"confirmation,omitempty" arg:"in=local,filled,most=20000" jsonschema_description:"What a preview gave, once the person agreed."`
}

// clearing is part of every change of something that has fields to clear.
type clearing struct {
	Clear []string `json:"clear,omitempty" arg:"in=local,clears" jsonschema_description:"Set to null."`
}
