// Package engine makes a call of an operation of PostHog's API: it checks the arguments,
// asks the operator's rules and, for a write, a person, sends one request, and puts the
// answer or the refusal into few words. It knows no operation by name: the packages
// beside it declare them. From a declaration, and from nothing else, follow the tool's
// schema, its annotations, what is sent to PostHog, what may be retried, the words of
// its errors and its line in the documentation.
package engine

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/view"
)

// Effect is what an operation does to PostHog's data.
type Effect string

// The effects. Send delivers something to people and stores nothing.
const (
	Read   Effect = "read"
	Create Effect = "create"
	Update Effect = "update"
	Delete Effect = "delete"
	Send   Effect = "send"
)

// Operation declares one operation of PostHog's API. It has one of the parts Read
// and Write: Write unless its effect is to read.
type Operation struct {
	// Name is PostHog's operation id with dashes; the tool's name. Title is that for
	// people. Toolset is the group that an operator switches on and off; the list of
	// operations sets it.
	Name, Title, Toolset string
	Effect               Effect
	// Method and Route are those of PostHog's documentation; :name stands for an
	// argument, and the route ends in a slash, as PostHog's own clients send it.
	// Where no method is given, it follows from the effect.
	Method, Route string
	Scope         string // that the key needs; empty where no key will do
	// Description is what the model reads: first what it does, then side
	// effects and what differs from what one would think.
	Description string
	// Request has structs whose tags declare the arguments, in their order: see
	// package schema.
	Request []any
	// Check says what is wrong at now with arguments that are in order one by one.
	Check func(args *schema.Arguments, now time.Time) schema.Problems
	// Has names the members, as paths of gjson, one of which every success has:
	// an answer that lacks them all is no success, whatever its status. Nil of a list
	// stands for its results; nil of others takes any JSON but an error.
	Has []string
	// RenderItem shows an object, or one of a list, in few words; nil, as it is.
	RenderItem func(o *view.Object, object gjson.Result, r Rendering)
	// Hints are the ways out of refusals, by HTTP status, that are particular to it.
	Hints map[int]string
	// Explain adds to a refusal what the call or a read can tell.
	Explain func(ctx context.Context, c *Call, e *Refusal)
	// Example are arguments of a call that works in the sandbox, as JSON. A write is
	// shown with dry_run besides.
	Example string
	// Subject is what the server's instructions say that it is about; empty where
	// another operation says it. Guidance are further sentences there: a model reads
	// them before any tool, where the operation is switched on.
	Subject  string
	Guidance []string

	Read  *Reading
	Write *Writing
}

// Reading is the part of an operation that only reads.
type Reading struct {
	// KeepFields is what is read of a large answer, as dot paths; the rest is skipped
	// on the wire and takes no memory. Nil reads all of it.
	KeepFields []string
	// Query changes the query that follows from the checked arguments. It may read
	// from PostHog what an argument stands for.
	Query func(ctx context.Context, c *Call, query url.Values) *Refusal
	// Fallback returns the request to send instead, where PostHog's refusal shows
	// that this server wants to be asked in another way; nil for none.
	Fallback func(refused *Response, r *Request) *Request
	Instead  string // another way to the same fact, for a PostHog without the route
	// Further reads from PostHog what its answer lacks, into the call's rendering. A
	// refusal takes the place of the answer.
	Further func(ctx context.Context, c *Call, answer gjson.Result) *Refusal
	// RenderPage writes the whole result, where it is no object and no page of
	// objects, or a list needs more than is declared here.
	RenderPage func(o *view.Object, answer gjson.Result, r Rendering)

	// List says that the answer is a page of objects ({count, next, results}). The
	// members down to Columns are about lists.
	List bool
	// NameOf is what an object is known by, where the argument search looks for names.
	// A search then asks PostHog for enough rows to find some among them.
	NameOf func(item gjson.Result) string
	// Filter tells which items are shown, where the call asks for a part that PostHog
	// cannot choose; nil for all.
	Filter func(r Rendering) func(item gjson.Result) bool
	// NarrowHint says how a caller asks for less, and EmptyNotice what no items mean.
	NarrowHint, EmptyNotice string
	Link                    string   // the path, below the project, where people find the items
	Columns                 []Column // what a terminal shows of a list that is wider than most are

	Resource string // what MCP's resources call such an object, in the plural
	Choices  *Choices
}

// Column is a column of a table, and the members that it shows: of each row the
// first that it has, and the one of its own name last.
type Column struct {
	Name string
	Of   []string
}

// Choices say how an answer becomes values that a person can choose from, while
// they type an argument of a prompt.
type Choices struct {
	Of        string         // dashboards, insights, subscriptions, accounts, workspaces or channels
	Arguments map[string]any // of the call that finds them
	// Value names the members of a row, the first of which that is not empty is
	// the value. Text names those of a further thing that a row is found or told
	// apart by.
	Value, Text []string
}

// Writing is the part of an operation that changes or sends something.
type Writing struct {
	MayNotify bool   // mail, Slack messages or webhooks may leave PostHog at once
	Sending   string // the argument that makes an update send each time
	// Idempotent says that a POST may be repeated without a further effect; for
	// the other methods that follows from HTTP.
	Idempotent bool
	// WholeBody is the argument that is sent as the body itself, where it is an
	// object and no other is given.
	WholeBody string
	// Defaults is an object with what PostHog takes for what a creation leaves out.
	// Added names those that are sent all the same, since newer versions require them.
	Defaults gjson.Result
	Added    []string
	// Saved is the route whose GET shows what the write is about to change, with
	// the same arguments; empty where there is nothing to look at.
	Saved string
	Plan  func(p *Plan) // says what the write would do; nil where its request says it all
	// Looks says of a call that who gets a message depends on what is saved, which
	// is then read before it is changed.
	Looks func(args *schema.Arguments) bool
	// Resolve adds to a preview what further reads can tell. Lasting is the same for
	// warnings that the result of the write has as well.
	Resolve, Lasting func(ctx context.Context, p *Plan)
	// AccountChanges names what the call changes of how a person signs in, or of
	// what they have open.
	AccountChanges func(args *schema.Arguments) []string
	Done           string // said of a success without a body; any other body is then no success
	// After adds to a success what a further read can tell; answer is PostHog's own.
	After  func(ctx context.Context, c *Call, answer gjson.Result, r Result) Result
	Verify string // how to find out what became of a write whose answer was lost
}

// Annotations are MCP's four hints about a tool's behaviour: its ToolAnnotations.
type Annotations struct {
	ReadOnly, Destructive, Idempotent, OpenWorld bool
}

// Annotations follow from the effect and the method. A change counts as
// destructive, since it overwrites what was there; the world is open where
// people outside PostHog may get a message.
func (o *Operation) Annotations() Annotations {
	return Annotations{
		ReadOnly:    o.Effect == Read,
		Destructive: o.Effect == Update || o.Effect == Delete,
		Idempotent:  o.Effect == Read || o.Write.Idempotent || o.Method != http.MethodPost && o.Write.Sending == "",
		OpenWorld:   o.MayNotify(),
	}
}

// MayNotify tells whether messages may leave PostHog at once.
func (o *Operation) MayNotify() bool { return o.Write.MayNotify }

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
