package engine

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/recipient"
	"posthog-mcp/tools/view"
)

// Plan is what a write is about to do, as far as it can be told before it is
// done.
type Plan struct {
	*Call
	// Saved is what is there now; the zero value where nothing is.
	Saved gjson.Result
	// After is what will be there: the saved members with the call's over them.
	After gjson.Result

	// Target is where messages go after the call.
	Target recipient.Target
	// AtOnce are the recipients who get a message the moment it is done. Perhaps
	// are those who get one from some versions of PostHog only.
	AtOnce, Perhaps []string
	// WouldFail says why PostHog refuses the call, or does not do what it asks for,
	// and what to do instead.
	WouldFail []string
	// Notifies says that messages may leave at once, or on a schedule.
	Notifies bool
	// Stops says that the call does nothing but end deliveries.
	Stops bool
	// Irreversible has a sentence for each effect that cannot be undone.
	Irreversible []string
	// Bound is what a consent is about, beside the recipients.
	Bound []byte
	// Pinned are the fields that the verdict of the operator or the person rests on.
	Pinned []string
	// Doubts say which versions of PostHog refuse the call, or under what condition:
	// once it is made, none of them came true.
	Doubts []string
	// Warnings are what a person would not expect; Unchecked is what could not
	// be looked up, and why.
	Warnings, Unchecked []string
	// Words are further lines of a question; nil for none.
	Words func() []string
	// Replaces says that what is saved is lost as a whole.
	Replaces bool
	// Shown is what will be there, as the agent will read it; nil where nothing
	// is known.
	Shown func() []byte
}

// plan looks at what is saved, where the tool has such a place, and works out
// what the call comes to.
func (c *Call) plan(ctx context.Context) (*Plan, *Refusal) {
	p := &Plan{Call: c, Notifies: c.Tool.MayNotify()}
	saved, refusal := c.ReadSaved(ctx)
	if refusal != nil {
		return nil, refusal
	}
	p.Saved, p.Planned = saved, true
	p.After = Overlay(saved, c.Body())
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
		value, saved := p.Args.Get(name), p.Saved.Get(name)
		return value != nil && !sameJSON(cmp.Or(saved.Raw, "null"), string(value))
	})
}

// Set gives a member of what will be there a value, which is written as JSON.
func (p *Plan) Set(name string, value any) {
	text, _ := json.Marshal(value)
	p.After = gjson.ParseBytes(view.Set([]byte(p.After.Raw), name, text))
}

// ShowAfter shows what will be there with the operation's own view.
func (p *Plan) ShowAfter(render func(o *view.Object, object gjson.Result, r Rendering)) {
	p.Shown = func() []byte {
		o := view.NewObject(nil)
		render(o, p.After, p.Rendering)
		return o.Bytes()
	}
}

// Missed notes a look-up that did not work: PostHog will refuse what it does
// not find, and the rest stays open.
// It is false where nothing was refused.
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

// Body is what the call sends, member by member.
func (c *Call) Body() (members []schema.Argument) {
	for _, a := range c.Args.List {
		if c.Tool.place(a.Field) == inBody {
			members = append(members, a)
		}
	}
	return members
}

// Overlay is the saved object with the given members in the place of its own.
func Overlay(saved gjson.Result, members []schema.Argument) gjson.Result {
	object := []byte(saved.Raw)
	if !saved.IsObject() {
		object = []byte("{}")
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
		if !m.Field.IsTime() {
			continue
		}
		if at, ok := schema.ParseTime(m.Text()); ok {
			out[i].Raw, _ = json.Marshal(at.UTC())
		}
	}
	return out
}

// changes are the saved members that the call gives another value, with both.
func (p *Plan) changes() []byte {
	object, changed := view.NewObject(nil), false
	for _, m := range p.Body() {
		before := p.Saved.Get(m.Field.Name)
		if isPassword(m) || !before.Exists() || sameJSON(before.Raw, string(m.Raw)) {
			continue
		}
		change := view.NewObject(nil)
		change.JSON("from", []byte(before.Raw))
		change.JSON("to", m.Raw)
		object.JSON(m.Field.Name, change.Bytes())
		changed = true
	}
	if !changed {
		return nil
	}
	return object.Bytes()
}

// isPassword tells whether an argument must not be shown, even to its caller's
// person.
func isPassword(a schema.Argument) bool { return a.Field.Secret && a.Field.Name != "target_value" }

func sameJSON(a, b string) bool {
	var x, y bytes.Buffer
	if json.Compact(&x, []byte(a)) != nil || json.Compact(&y, []byte(b)) != nil {
		return false
	}
	return x.String() == y.String() || gjson.Parse(a).Type == gjson.String && gjson.Parse(a).String() == gjson.Parse(b).String()
}

// audited is what an operator's record may have of the target. Before a plan is
// made, it is the one that the arguments name; a new address of an account gets a
// mail.
func (c *Call) audited(p *Plan) string {
	switch {
	case p != nil:
		return p.Target.Audit()
	case c.Tool.Schema.Field("target_type") == nil:
		return recipient.Target{Kind: recipient.Email, Value: c.Args.Text("email")}.Audit()
	}
	return recipient.Target{Kind: c.Args.Text("target_type"), Value: c.Args.Text("target_value")}.Audit()
}
