package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/seal"
	"posthog-mcp/tools/view"
)

// Toolbox calls the tools of a catalogue. It is safe for concurrent use.
type Toolbox struct {
	API     Upstream
	Project string // of calls that name none: digits or @current; empty for @current
	// Host is where PostHog shows things to people, for links:
	// https://us.posthog.com. Empty for links without a host.
	Host  string
	Now   func() time.Time // the clock that schedules are read by; nil for the machine's
	Rules Rules
	// Confirm says which writes a person has to agree to; it needs a Seal.
	Confirm Confirm
	Seal    *seal.Sealer
	Once    Once      // nil repeats whatever is asked for
	Learned *sync.Map // what PostHog's refusals told of its limits; nil forgets
}

// Call is one call of a tool whose arguments are in order.
type Call struct {
	Rendering
	Box      *Toolbox
	Request  *Request
	Project  string // digits or @current; empty where the tool belongs to none
	Timezone string // of the project, as PostHog calls it; empty where it was not read

	planned *Plan  // nil where none was needed
	added   string // says what is sent beside what the call gives
}

// Call checks the arguments, sends the request and puts the answer into words.
// Whatever goes wrong is a Result that says what, and the way out: nothing is
// sent when the arguments are not in order, or the operator's rules forbid it.
func (b *Toolbox) Call(ctx context.Context, t *Tool, arguments json.RawMessage) Result {
	c := &Call{Box: b, Rendering: Rendering{Tool: t, Now: b.now(), Host: b.Host, Single: !t.Read.List}}
	var result Result
	switch refusal := c.prepare(ctx, arguments); {
	case refusal != nil:
		result = refusal.result()
	case t.Effect == Read:
		result = c.send(ctx)
	default:
		result = c.write(ctx)
	}
	if len(result.Object) > view.MostBytes {
		result.Object = view.Fit(result.Object, view.MostBytes)
	}
	if t.Effect == Read {
		result.Write = nil // reads are not recorded
	} else if w := result.Write; w != nil {
		result.Write = &Write{Tool: t.Name, Target: c.target(), Outcome: w.Outcome}
	}
	return result
}

// prepare refuses what the caller may not call, and arguments that are not in order.
func (c *Call) prepare(ctx context.Context, arguments json.RawMessage) *Refusal {
	if refusal := c.Box.denies(ctx, c.Tool); refusal != nil {
		return refusal
	}
	limits := CallerOf(ctx).Limits
	if err := c.check(arguments, cmp.Or(limits.Project, c.Box.Project, currentProject)); err != nil {
		return refuse("invalid_arguments", err.Error(), "Nothing was sent to PostHog. Correct the arguments and call again.", "")
	}
	return limits.deniesProject(c.Project)
}

// check makes the request; configured is the project of a call that names none.
func (c *Call) check(arguments json.RawMessage, configured string) (err error) {
	t := c.Tool
	if c.Args, err = t.Schema.Check(arguments); err != nil {
		return err
	}
	if t.Schema.Field("project_id") != nil {
		c.Project = cmp.Or(t.argument(c.Args, "project_id"), configured)
	}
	c.Base = c.Host + projectPath(c.Project)
	if raw := c.Args.Get("fields"); raw != nil {
		var paths []string
		_ = json.Unmarshal(raw, &paths) // they were checked
		c.chosen = true
		if c.fields, err = view.ParseFields(paths); err != nil {
			return schema.Problems{{Field: "fields", Text: err.Error()}}
		}
	}
	if t.Check != nil {
		if found := t.Check(c.Args, c.Now); len(found) > 0 {
			return found
		}
	}
	for _, name := range t.Write.Added {
		if value := t.Write.Defaults.Get(name).Raw; c.Args.Get(name) == nil {
			c.Args.List = append(c.Args.List, schema.Argument{Field: t.Schema.Field(name), Raw: []byte(value)})
			c.added = view.Join(c.added, fmt.Sprintf("%s %s is added: newer PostHog requires it.", name, value))
		}
	}
	c.Request, err = t.request(c.Args, c.Project)
	return err
}

type learned struct {
	most int
	at   time.Time
}

// Learn keeps a limit of PostHog's that a refusal told, of a project that stays the
// same: it can depend on the plan.
func (c *Call) Learn(ctx context.Context, name string, most int) {
	if c.Box.Learned != nil && c.Project != currentProject {
		c.Box.Learned.Store([3]string{name, CallerOf(ctx).ID, c.Project}, learned{most, c.Now})
	}
}

// Learned is the limit of that name; false where none is known. After a day the plan or
// the version may be another.
func (c *Call) Learned(ctx context.Context, name string) (most int, known bool) {
	if c.Box.Learned == nil {
		return 0, false
	}
	value, _ := c.Box.Learned.Load([3]string{name, CallerOf(ctx).ID, c.Project})
	last, known := value.(learned)
	return last.most, known && c.Now.Sub(last.at) < 24*time.Hour
}

// patience is how long a write and its result wait for reads that they can do without.
const patience = 5 * time.Second

// send sends the request, and is the last step of a call.
func (c *Call) send(ctx context.Context) Result {
	t := c.Tool
	if t.Read.Query != nil || t.Read.List {
		if refusal := c.changeQuery(ctx); refusal != nil {
			return refusal.result()
		}
	}
	response, err := c.Box.API.Do(ctx, c.Request)
	if t.Effect != Read {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, patience) // the write is made or refused: the rest is extra
		defer stop()
	}
	if err == nil && response.Status >= 400 && t.Read.Fallback != nil {
		response, err = c.fallBack(ctx, response)
	}
	if err != nil {
		return t.failed(err).result()
	}
	if !response.ok() {
		refusal := t.refused(response, c.Project)
		refusal.Detail = c.redacted(refusal.Detail)
		if t.Explain != nil {
			t.Explain(ctx, c, refusal)
		}
		return refusal.result()
	}
	result := c.answered(ctx, response)
	if t.Write.After != nil && !result.IsError {
		result = t.Write.After(ctx, c, gjson.ParseBytes(response.Body), result)
	}
	return result
}

// changeQuery asks for enough rows to search, or for those of a list without pages, and
// has the operation change the query, where it wants to.
func (c *Call) changeQuery(ctx context.Context) (refusal *Refusal) {
	query, _ := url.ParseQuery(c.Request.Query) // escaped just now
	whole := c.Tool.Read.List && c.Tool.Schema.Field("limit") == nil
	if whole || c.Tool.Read.NameOf != nil && len(view.Words(c.Args.Text("search"))) > 0 {
		query.Set("limit", strconv.Itoa(LookedAt))
	}
	if c.Tool.Read.Query != nil {
		refusal = c.Tool.Read.Query(ctx, c, query)
	}
	c.Request.Query = query.Encode()
	return refusal
}

// fallBack asks in another way where the operation knows one. Where the key may
// not, the first refusal says more.
func (c *Call) fallBack(ctx context.Context, refused *Response) (*Response, error) {
	if other := c.Tool.Read.Fallback(refused, c.Request); other != nil {
		if response, err := c.Box.API.Do(ctx, other); err != nil || response.Status != http.StatusUnauthorized {
			return response, err
		}
	}
	return refused, nil
}

// projectPath is where people find a project; empty for the one that they have open.
func projectPath(project string) string {
	if project == "" || strings.Trim(project, "0123456789") != "" {
		return ""
	}
	return "/project/" + project
}

// Argument is the text of a given argument, else of its default, else empty.
func (c *Call) Argument(name string) string { return c.Tool.argument(c.Args, name) }

func (b *Toolbox) now() time.Time {
	if b.Now != nil {
		return b.Now()
	}
	return time.Now()
}
