// Package tools is what an agent can do: the operations of PostHog's API, each
// one short declaration, in the order of the documentation page.
//
// An [Operation] is data. From it, and from nothing else, follow the tool's
// schema, its annotations, what is sent to PostHog, what may be retried, the
// words of its errors and its line in the documentation. [Toolbox.Call] is the
// one handler of them all.
package tools

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/view"
)

// Effect is what an operation does to PostHog's data.
type Effect string

// The effects.
const (
	Read   Effect = "read"
	Create Effect = "create"
	Update Effect = "update"
	Delete Effect = "delete"
	// Send delivers something to people and stores nothing.
	Send Effect = "send"
)

// Operation declares one documented operation.
type Operation struct {
	// Name is PostHog's operation id with dashes; the tool's name.
	Name string
	// Title is the tool's name for people.
	Title string
	// Toolset is the group that an operator switches on and off.
	Toolset string
	// Effect is what it does to PostHog's data.
	Effect Effect
	// Sends says that mail, Slack messages or webhooks may leave PostHog at once.
	Sends bool
	// Repeats says that a POST may be repeated without a further effect; for
	// the other methods that follows from HTTP.
	Repeats bool
	// Method and Route are the page's; :name stands for an argument, and the
	// route ends in a slash, as PostHog's own clients send it.
	Method string
	Route  string
	// Scope is what the key needs; empty where no key will do.
	Scope string
	// Description is what the model reads: first what it does, then side
	// effects and what differs from what one would think. The scope is added.
	Description string
	// Request is a struct whose tags declare the arguments: see package schema.
	Request any
	// Check says what is wrong at now with arguments that are in order one by
	// one.
	Check func(args *schema.Arguments, now time.Time) schema.Problems
	// Prepare reads what an argument stands for, before the request is sent.
	Prepare func(ctx context.Context, c *call) *Refusal
	// Saved is the route whose GET shows what a write is about to change, with
	// the same arguments; empty where there is nothing to look at.
	Saved string
	// Plan says what a write would do; nil where its request says it all.
	Plan func(p *plan)
	// Resolve adds to a preview what further reads can tell.
	Resolve func(ctx context.Context, p *plan)
	// Account names what the call changes of how a person signs in, or of what
	// they have open.
	Account func(args *schema.Arguments) []string
	// Enrich adds to a refusal what a read can find out.
	Enrich func(ctx context.Context, c *call, e *Refusal)
	// Body overrides how the body follows from the checked arguments.
	Body func(body []schema.Argument) []byte
	// Query changes the query that follows from the checked arguments.
	Query func(query url.Values, args *schema.Arguments)
	// Keep is what is read of a large answer, as dot paths; the rest is skipped
	// on the wire and takes no memory. Nil reads all of it.
	Keep []string
	// Again returns the request to send instead, where PostHog's refusal shows
	// that this server wants to be asked in another way; nil for none.
	Again func(refused *Response, r *Request) *Request
	// List says that the answer is a page of objects ({count, next, results}).
	List bool
	// Show writes the whole result, where it is no object and no page of
	// objects, or not all of its items are wanted.
	Show func(o *view.Object, answer gjson.Result, args *schema.Arguments, c viewing)
	// View shows one object in few words; nil shows it as it is.
	View func(o *view.Object, object gjson.Result, c viewing)
	// Narrow says how a caller of a list asks for less.
	Narrow string
	// Wanted tells which items of a list are shown, where the call asks for a
	// part that PostHog cannot choose; nil for all.
	Wanted func(args *schema.Arguments) func(item gjson.Result) bool
	// None is said of a list without items.
	None string
	// Link is the path, below the project, where people find a list's items.
	Link string
	// Sent says of a subscription that is active after the call who gets a
	// message at once.
	Sent func(args *schema.Arguments) string
	// Has names the members, as paths of gjson, one of which every success has:
	// what lacks them all is no success, whatever its status. Nil of a page stands
	// for its results; nil of others takes any JSON but an error.
	Has []string
	// Done is said of a success, where PostHog sends none of its own: any other
	// body is no success.
	Done string
	// Afterwards adds to a success what a further read can tell.
	Afterwards func(ctx context.Context, c *call, r Result) Result
	// Hints are the way out of a refusal, by HTTP status, where it is
	// particular to this operation.
	Hints map[int]string
	// Verify says how to find out what became of a write whose answer was lost.
	Verify string
}

// Annotations are MCP's four hints about a tool's behaviour.
// Source: the MCP specification, ToolAnnotations.
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
		Idempotent:  o.Method != http.MethodPost || o.Repeats,
		OpenWorld:   o.Sends,
	}
}

// The toolsets.
const (
	SharingTools      = "sharing"
	SubscriptionTools = "subscriptions"
	UserTools         = "users"
	// LookupTools find what the others are about: ids by name, destinations,
	// what became of a delivery. They only read, and are not on the page.
	LookupTools = "lookup"
)

// Toolsets lists the groups of tools.
func Toolsets() []string { return []string{SharingTools, SubscriptionTools, UserTools, LookupTools} }

// operations is the one ordered list: the page, top to bottom, then the look-ups
// that find the way there, then writes that the page lacks.
func operations() []Operation {
	return slices.Concat(
		inToolset(SharingTools, sharingOperations()),
		inToolset(SubscriptionTools, subscriptionOperations()),
		inToolset(UserTools, userOperations()),
		inToolset(LookupTools, slices.Concat(
			dashboardOperations(), insightOperations(), integrationOperations(), sharingLookups(), deliveryOperations(), projectOperations(),
		)),
		inToolset(SharingTools, furtherSharing()),
	)
}

func inToolset(name string, operations []Operation) []Operation {
	for i := range operations {
		operations[i].Toolset = name
	}
	return operations
}
