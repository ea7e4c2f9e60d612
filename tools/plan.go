package tools

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/recipient"
	"posthog-mcp/tools/view"
)

// plan is what a write is about to do, as far as it can be told before it is
// done.
type plan struct {
	*call
	// saved is what is there now; the zero value where nothing is.
	saved gjson.Result
	// after is what will be there: the saved members with the call's over them.
	after gjson.Result

	// target is where a subscription's messages go after the call.
	target target
	// atOnce are the recipients who get a message the moment it is done.
	atOnce []string
	// sends says that messages may leave at once, or on a schedule.
	sends bool
	// stops says that the call does nothing but end deliveries.
	stops bool
	// grave is what cannot be taken back, in sentences.
	grave []string
	// bound is what a consent is about, beside the recipients.
	bound []byte
	// rests are the fields that the operator's or the person's verdict rests on.
	rests []string
	// warnings are what a person would not expect; unchecked is what could not
	// be looked up, and why.
	warnings, unchecked []string
	// words are further lines of a question; nil for none.
	words func() []string
	// replaces says that what is saved is lost as a whole.
	replaces bool
	// shown is what will be there, as the agent will read it; nil where nothing
	// is known.
	shown func() []byte
}

// target is a destination as PostHog has it; the zero value is none.
type target struct{ kind, value string }

// plan looks at what is saved, where the tool has such a place, and works out
// what the call comes to.
func (c *call) plan(ctx context.Context) (*plan, *Refusal) {
	p := &plan{call: c, sends: c.tool.Sends}
	saved, refusal := c.readSaved(ctx)
	if refusal != nil {
		return nil, refusal
	}
	p.saved = saved
	p.after = gjson.ParseBytes(overlay(saved, c.body()))
	if c.tool.Effect == Delete {
		p.grave = append(p.grave, "What is deleted cannot be restored here.")
	}
	if c.tool.Plan != nil {
		c.tool.Plan(p)
	}
	return p, nil
}

// body is what the call sends, member by member.
func (c *call) body() (members []schema.Argument) {
	for _, a := range c.args.List {
		if c.tool.places[a.Field] == inBody {
			members = append(members, a)
		}
	}
	return members
}

// overlay is the saved object with the given members in the place of its own.
func overlay(saved gjson.Result, members []schema.Argument) []byte {
	object := []byte(saved.Raw)
	if !saved.IsObject() {
		object = []byte("{}")
	}
	for _, m := range members {
		object = view.Set(object, m.Field.Name, m.Raw)
	}
	return object
}

// changes are the saved members that the call gives another value, with both.
func (p *plan) changes() []byte {
	object, changed := view.NewObject(nil), false
	for _, m := range p.body() {
		before := p.saved.Get(m.Field.Name)
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

// audited is what an operator's record may have of the target.
func (c *call) audited(p *plan) string {
	t := target{argumentText(c.args, "target_type"), argumentText(c.args, "target_value")}
	switch {
	case p != nil:
		t = p.target
	case c.tool.Schema.Field("target_type") == nil:
		t = target{recipient.Email, argumentText(c.args, "email")} // a new address gets a mail
	}
	if t.value == "" {
		return ""
	}
	return recipient.Audit(t.kind, t.value)
}
