package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/seal"
	"posthog-mcp/tools/view"
)

// Toolbox calls the tools of a catalogue. It is safe for concurrent use.
type Toolbox struct {
	// API is where the calls go.
	API Upstream
	// Project is the project of calls that name none: digits or @current.
	// Empty means @current.
	Project string
	// Host is where PostHog shows things to people, for links:
	// https://us.posthog.com. Empty for links without a host.
	Host string
	// Now is the clock that schedules are read by; nil for the machine's.
	Now func() time.Time
	// Rules are the operator's limits; the zero value has none.
	Rules Rules
	// Confirm says which writes a person has to agree to; it needs a Seal.
	Confirm Confirm
	// Seal closes the confirmations.
	Seal *seal.Sealer
	// Once keeps what sends messages from being repeated by mistake; nil does
	// not.
	Once Once
	// Learned keeps what PostHog's refusals told of its limits, while the process
	// runs; nil forgets.
	Learned *sync.Map
}

// Result is what a call gives the agent.
type Result struct {
	// Object is one compact JSON object without a line break.
	Object json.RawMessage
	// Text is for a client that shows text only: sentences on failure. Empty on
	// success, where the object is the text.
	Text string
	// IsError says that the call did not do what was asked.
	IsError bool
	// Status is PostHog's HTTP status; 0 when nothing was answered.
	Status int
	// Scope is the scope that the key lacks; empty when that is not the reason.
	Scope string
	// Unsure says that a write may have been made all the same.
	Unsure bool
	// Question, when not nil, is to be put to the person before anything is
	// done; of the other members only Write is then set.
	Question *Question
	// Write is for the operator's record; nil for what is no write.
	Write *Write
}

// Call is one call of a tool whose arguments are in order.
type Call struct {
	Box     *Toolbox
	Tool    *Tool
	Request *Request
	// Project is digits or @current; empty where the tool belongs to none.
	Project string
	Rendering
	// Timezone is the project's, as PostHog calls it; empty where it was not read.
	Timezone string
	// planned is the plan of a write that is made; nil where none was needed.
	planned *Plan

	// added says what is sent beside what the call gives; empty for nothing.
	added string
}

// Call checks the arguments, sends the request and puts the answer into words.
// Whatever goes wrong is a Result that says what, and the way out: nothing is
// sent when the arguments are not in order, or the operator's rules forbid it.
func (b *Toolbox) Call(ctx context.Context, t *Tool, arguments json.RawMessage) Result {
	if denied := b.denies(ctx, t); denied != nil {
		return denied.result().written(t, OutcomeDenied, "")
	}
	limits := CallerOf(ctx).Limits
	c, err := b.prepare(t, arguments, cmp.Or(limits.Project, b.Project))
	if err != nil {
		return invalid(err)
	}
	if denied := limits.deniesProject(c.Project); denied != nil {
		return denied.result().written(t, OutcomeDenied, "")
	}
	result := Result{}
	if t.Effect == Read {
		result = c.send(ctx)
	} else {
		result = c.write(ctx)
	}
	if len(result.Object) > view.MostBytes {
		result.Object = view.Fit(result.Object, view.MostBytes)
	}
	return result
}

// prepare checks the arguments and makes the request of them; configured is the
// project of a call that names none.
func (b *Toolbox) prepare(t *Tool, arguments json.RawMessage, configured string) (*Call, error) {
	args, err := t.Schema.Check(arguments)
	if err != nil {
		return nil, err
	}
	c := &Call{Box: b, Tool: t, Project: t.projectOf(args, configured)}
	c.Rendering = Rendering{
		Args: args, Now: b.now(), Host: b.Host, Base: b.Host + projectPath(c.Project), Single: t.Read == nil || !t.Read.List, tool: t,
	}
	if raw := args.Get("fields"); raw != nil {
		var paths []string
		_ = json.Unmarshal(raw, &paths) // the schema has checked it
		c.chosen = true
		if c.fields, err = view.ParseFields(paths); err != nil {
			return nil, schema.Problems{{Field: "fields", Text: err.Error()}}
		}
	}
	if t.Check != nil {
		if found := t.Check(args, c.Now); len(found) > 0 {
			return nil, found
		}
	}
	c.addDefaults()
	c.Request, err = t.request(args, c.Project)
	return c, err
}

// limit names a limit of PostHog's. It can depend on the plan, and so on the project.
type limit struct{ name, caller, project string }

// learned is a limit's value, which another plan or version changes.
type learned struct {
	most int
	at   time.Time
}

// lesson is how long a limit counts as known.
const lesson = 24 * time.Hour

// Learn keeps a limit of PostHog's that a refusal told, of a project that stays the
// same.
func (c *Call) Learn(ctx context.Context, name string, most int) {
	if c.Box.Learned != nil && c.Project != currentProject {
		c.Box.Learned.Store(limit{name, CallerOf(ctx).ID, c.Project}, learned{most, c.Now})
	}
}

// Learned is the limit of that name; false where none is known.
func (c *Call) Learned(ctx context.Context, name string) (most int, known bool) {
	if c.Box.Learned == nil {
		return 0, false
	}
	value, _ := c.Box.Learned.Load(limit{name, CallerOf(ctx).ID, c.Project})
	last, known := value.(learned)
	return last.most, known && c.Now.Sub(last.at) < lesson
}

// addDefaults adds to a creation what newer versions of PostHog require.
func (c *Call) addDefaults() {
	if c.Tool.Write == nil {
		return
	}
	for _, name := range c.Tool.Write.Added {
		if value := c.Tool.Write.Defaults.Get(name).Raw; c.Args.Get(name) == nil {
			c.Args.List = append(c.Args.List, schema.Argument{Field: c.Tool.Schema.Field(name), Raw: []byte(value)})
			c.added = view.Join(c.added, fmt.Sprintf("%s %s is added: newer PostHog requires it.", name, value))
		}
	}
}

// patience is how long a write and its result wait for reads that they can do
// without.
const patience = 5 * time.Second

// send sends the request, and is the last step of a call.
func (c *Call) send(ctx context.Context) Result {
	if refusal := c.changeQuery(ctx); refusal != nil {
		return refusal.result()
	}
	response, err := c.Box.API.Do(ctx, c.Request)
	if c.Tool.Write != nil {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, patience) // the write is made or refused: the rest is extra
		defer stop()
	}
	if err == nil && response.Status >= 400 {
		response, err = c.fallBack(ctx, response)
	}
	if err != nil {
		return c.Tool.failed(failureOf(err)).result()
	}
	writing := c.Tool.Write
	if !response.ok() {
		refusal := c.Tool.refused(response, c.Project)
		refusal.Detail = c.redacted(refusal.Detail)
		if c.Tool.Explain != nil {
			c.Tool.Explain(ctx, c, refusal)
		}
		return refusal.result()
	}
	result := c.answered(ctx, response)
	if writing != nil && writing.After != nil && !result.IsError {
		result = writing.After(ctx, c, gjson.ParseBytes(response.Body), result)
	}
	return result
}

// fallBack asks in another way where the operation knows one. Where the key may
// not, the first refusal says more.
func (c *Call) fallBack(ctx context.Context, refused *Response) (*Response, error) {
	if c.Tool.Read == nil || c.Tool.Read.Fallback == nil {
		return refused, nil
	}
	other := c.Tool.Read.Fallback(refused, c.Request)
	if other == nil {
		return refused, nil
	}
	response, err := c.Box.API.Do(ctx, other)
	if err == nil && response.Status == http.StatusUnauthorized {
		return refused, nil
	}
	return response, err
}

// Argument is the text of a given argument, else of its default, else empty.
func (c *Call) Argument(name string) string { return c.Tool.argument(c.Args, name) }

// projectOf is the project that the call is about: the one it names, else the
// configured one, else the current one. Empty where the operation belongs to
// none.
func (t *Tool) projectOf(args *schema.Arguments, configured string) string {
	if t.Schema.Field("project_id") == nil {
		return ""
	}
	return cmp.Or(t.argument(args, "project_id"), configured, currentProject)
}

func (b *Toolbox) now() time.Time {
	if b.Now != nil {
		return b.Now()
	}
	return time.Now()
}

func failureOf(err error) *Failure {
	var failure *Failure
	if !errors.As(err, &failure) {
		failure = &Failure{Kind: Broken, Sent: true, Err: err}
	}
	return failure
}

func invalid(err error) Result {
	return (&Refusal{
		Code:   "invalid_arguments",
		Detail: err.Error(),
		Hint:   "Nothing was sent to PostHog. Correct the arguments and call again.",
	}).result()
}
