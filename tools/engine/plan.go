package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
	"github.com/tidwall/pretty"

	"posthog-mcp/schema"
	"posthog-mcp/tools/recipient"
	"posthog-mcp/tools/view"
)

// Plan is what a write is about to do, as far as it can be told before it is done.
type Plan struct {
	*Call
	// Saved is what is there now; the zero value where nothing is. After is what will be
	// there: the saved members with the call's over them.
	Saved, After gjson.Result

	Target recipient.Target // where messages go after the call
	// AtOnce are the recipients who get a message the moment it is done. Perhaps
	// are those who get one from some versions of PostHog only.
	AtOnce, Perhaps []string
	// Notifies says that messages may leave at once, or on a schedule; Stops, that the
	// call does nothing but end deliveries.
	Notifies, Stops bool
	// Bound is what a consent is about, beside the recipients, and Pinned are the
	// fields that the verdict of the operator or the person rests on.
	Bound  []byte
	Pinned []string

	// WouldFail says why PostHog refuses the call, or does not do what it asks for,
	// and what to do instead. Doubts say which versions of PostHog refuse it, or under
	// what condition: once it is made, none of them came true.
	WouldFail, Doubts []string
	// Irreversible are effects that cannot be undone, and Warnings what a person would
	// not expect; Unchecked is what could not be looked up, and why.
	Irreversible, Warnings, Unchecked []string
	Words                             func() []string // further lines of a question; nil for none
	// ShowAfter shows what will be there; nil where nothing is known.
	ShowAfter func(o *view.Object, object gjson.Result, r Rendering)
	Replaces  bool // what is saved is lost as a whole
}

// plan looks at what is saved, if anything is, and works out what the call comes to.
func (c *Call) plan(ctx context.Context) (*Plan, *Refusal) {
	saved, refusal := c.ReadSaved(ctx)
	if refusal != nil {
		return nil, refusal
	}
	c.Planned = true
	p := &Plan{Call: c, Notifies: c.Tool.MayNotify(), Saved: saved, After: Overlay(saved, c.Body())}
	p.Final(view.When(c.Tool.Effect == Delete, "What is deleted cannot be restored here."))
	if c.Tool.Write.Plan != nil {
		c.Tool.Write.Plan(p)
	}
	return p, nil
}

// Warn adds a warning. An empty one adds nothing, here and below.
func (p *Plan) Warn(sentence string) { p.Warnings = with(p.Warnings, sentence) }

// Doubt adds a reason why some versions of PostHog refuse the call, or all of them
// under a condition.
func (p *Plan) Doubt(sentence string) { p.Doubts = with(p.Doubts, sentence) }

// Fail adds a reason why the call does not do what it asks for.
func (p *Plan) Fail(sentence string) { p.WouldFail = with(p.WouldFail, sentence) }

// Final adds an effect that cannot be undone.
func (p *Plan) Final(sentence string) { p.Irreversible = with(p.Irreversible, sentence) }

func with(all []string, sentence string) []string {
	if sentence == "" {
		return all
	}
	return append(all, sentence)
}

// Gives tells whether the call has one of the arguments.
func (r Rendering) Gives(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return r.Args.Get(name) != nil })
}

// Changes tells whether the call gives one of the members another value than the
// saved one.
func (p *Plan) Changes(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		value := p.Args.Get(name)
		return value != nil && !sameJSON(cmp.Or(p.Saved.Get(name).Raw, "null"), value)
	})
}

func sameJSON(a string, b json.RawMessage) bool {
	x, y := gjson.Parse(a), gjson.ParseBytes(b)
	return string(pretty.Ugly([]byte(a))) == string(pretty.Ugly(b)) || x.Type == gjson.String && x.String() == y.String()
}

// Set gives a member of what will be there a value, which is written as JSON.
func (p *Plan) Set(name string, value any) {
	text, _ := json.Marshal(value)
	p.After = gjson.ParseBytes(view.Set([]byte(p.After.Raw), name, text))
}

// Missed notes a look-up that did not work: PostHog will refuse what it does
// not find, and the rest stays open. It is false where nothing was refused.
func (p *Plan) Missed(what string, r *Refusal) bool {
	switch {
	case r == nil:
	case r.Status == http.StatusNotFound:
		p.Fail("The project has no " + what + ".")
	case r.Scope != "":
		p.Unchecked = append(p.Unchecked, what+": the key lacks the scope "+r.Scope)
	default:
		p.Unchecked = append(p.Unchecked, what+": "+strings.TrimSuffix(r.Detail, "."))
	}
	return r != nil
}

// pin adds to the request the saved fields that the verdict on the plan rests
// on, with the values that were looked at. Two calls at one moment are each
// judged by what is saved; when they land on one another, whichever lands last
// leaves what was judged as a whole. A lock would not do: other replicas and
// other clients write too.
func (p *Plan) pin() {
	members := p.Body()
	given := len(members)
	for _, name := range p.Pinned {
		value, field := p.After.Get(name), p.Tool.Schema.Field(name)
		if value.Exists() && field != nil && p.Args.Get(name) == nil {
			members = append(members, schema.Argument{Field: field, Raw: []byte(value.Raw)})
		}
	}
	if len(members) > given {
		p.Request.Body = p.Tool.body(members)
	}
}

// Body is what the call sends, member by member.
func (c *Call) Body() []schema.Argument { return c.Tool.sent(c.Args) }

// Overlay is the saved object with the given members in the place of its own.
func Overlay(saved gjson.Result, members []schema.Argument) gjson.Result {
	object := []byte("{}")
	if saved.IsObject() {
		object = []byte(saved.Raw)
	}
	for _, m := range members {
		object = view.Set(object, m.Field.Name, m.Raw)
	}
	return gjson.ParseBytes(object)
}

// InUTC writes the dates among the members as PostHog gives them back.
func InUTC(members []schema.Argument) []schema.Argument {
	out := slices.Clone(members)
	for i, m := range out {
		if m.Field.IsTime() {
			if at, ok := schema.ParseTime(m.Text()); ok {
				out[i].Raw, _ = json.Marshal(at.UTC())
			}
		}
	}
	return out
}
