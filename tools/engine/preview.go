package engine

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
	"github.com/tidwall/pretty"

	"posthog-mcp/schema"
	"posthog-mcp/tools/view"
)

// previewed shows the plan in at most most bytes: exactly what would be sent,
// who would get something at once, and what would be there afterwards. Masked,
// it has no passwords. Where a person has to agree, it has a confirmation, unless
// something had to be left out: a person agrees to what they saw.
func (p *Plan) previewed(ctx context.Context, most int, masked bool) json.RawMessage {
	preview := p.object(masked)
	if !p.Box.Confirm.Covers(p) || CallerOf(ctx).CanAsk {
		return view.Fit(preview, most)
	}
	confirmed := view.Set(preview, "confirmation", gjson.AppendJSONString(nil, p.Box.Seal.Seal(p.claim(ctx, purposePreview))))
	if len(confirmed) > most {
		return view.Fit(view.WithNotice(preview, "This is too large to be shown as a whole, so nobody can agree to it: split the call."), most)
	}
	return confirmed
}

// object is the plan as the agent reads it.
func (p *Plan) object(masked bool) []byte {
	o := view.NewObject(nil)
	o.Text("notice", view.Join("Nothing was written or sent: this is what the call would do.", p.added, p.Args.Notice()))
	o.Texts("would_fail", p.WouldFail)
	o.Text("method", p.Request.Method)
	o.Text("path", p.Request.Path)
	o.Text("query", p.Request.Query)
	if p.Request.Body != nil && !(masked && slices.ContainsFunc(p.Args.List, isPassword)) {
		o.JSON("body", p.Request.Body)
	}
	o.Texts("at_once", p.AtOnce)
	o.Texts("perhaps_at_once", p.Perhaps)
	o.Texts("grave", p.Irreversible)
	if p.Replaces {
		o.Raw("replaces", p.Saved)
	} else {
		p.showChanges(o)
	}
	if p.ShowAfter != nil {
		after := view.NewObject(nil)
		p.ShowAfter(after, p.After, p.Rendering)
		o.JSON("after", after.Bytes())
	}
	o.Texts("warnings", p.warned())
	o.Texts("unchecked", p.Unchecked)
	return view.Clean(o.Bytes())
}

// showChanges adds the saved members that the call gives another value, with both.
func (p *Plan) showChanges(o *view.Object) {
	changes := view.NewObject(nil)
	for _, m := range p.Body() {
		before := p.Saved.Get(m.Field.Name)
		if !isPassword(m) && before.Exists() && !sameJSON(before.Raw, m.Raw) {
			changes.JSON(m.Field.Name, fmt.Appendf(nil, `{"from":%s,"to":%s}`, before.Raw, m.Raw))
		}
	}
	if all := changes.Bytes(); len(all) > len("{}") {
		o.JSON("changes", all)
	}
}

// isPassword tells whether an argument must not be shown, even to its caller's person.
func isPassword(a schema.Argument) bool { return a.Field.Secret && a.Field.Name != "target_value" }

// warned is all that a preview warns of, also of characters that it cannot show.
func (p *Plan) warned() []string {
	all := slices.Concat(p.Doubts, p.Warnings)
	unseen := func(a schema.Argument) bool { return !bytes.Equal(view.Clean(a.Raw), a.Raw) }
	if at := slices.IndexFunc(p.Body(), unseen); at >= 0 {
		all = append(all, p.Body()[at].Field.Name+" holds characters that nobody can see; they would be sent, and are not shown here.")
	}
	return all
}

// resolve looks up what a preview can say beyond the request.
func (p *Plan) resolve(ctx context.Context) {
	for _, resolve := range []func(context.Context, *Plan){p.Tool.Write.Resolve, p.Tool.Write.Lasting} {
		if resolve != nil {
			resolve(ctx, p)
		}
	}
}

// question is the plan in a person's words.
func (p *Plan) question() string {
	subject := ""
	for _, name := range argumentsOf(p.Tool.Route) {
		if name != "project_id" {
			subject += ", " + strings.ReplaceAll(name, "_", " ") + " " + p.Argument(name)
		}
	}
	lines := []string{p.Tool.Title + ": " + cmp.Or(strings.TrimPrefix(subject, ", "), "a new one") + "?"}
	lines = append(lines, p.Irreversible...)
	add := func(label string, words ...string) {
		if all := strings.Join(words, ", "); all != "" {
			lines = append(lines, label+all)
		}
	}
	add("Sent at once to: ", quoted(p.AtOnce)...)
	add("Perhaps sent at once to: ", quoted(p.Perhaps)...)
	if all := p.Target.Names(); p.Target.Value != "" && !slices.Equal(all, p.AtOnce) {
		add("All recipients ("+quoted([]string{p.Target.Kind})[0]+"): ", quoted(all)...)
	}
	if p.Words != nil {
		lines = append(lines, p.Words()...)
	}
	add("The call sets ", p.given()...)
	add("Project: ", p.Project)
	return view.Text(strings.Join(slices.Concat(lines, p.WouldFail, p.warned()), "\n"))
}

// given is what the call sets, whole: a person agrees to what they saw. The
// recipients stand in lines of their own, and passwords are not shown.
func (p *Plan) given() (words []string) {
	for _, a := range p.Body() {
		switch {
		case a.Field.Name == "target_value":
		case isPassword(a):
			words = append(words, a.Field.Name+" (not shown)")
		default:
			words = append(words, a.Field.Name+": "+string(pretty.Ugly(a.Raw))) // white space could push the rest out of sight
		}
	}
	return words
}

// plainWord is what stands in a question as it is: an address, a channel, a host.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9._+@|#-]+$`)

// quoted puts what is more than a word in quotes: it is PostHog's data, or the
// agent's, and must not pass for a line of ours.
func quoted(words []string) []string {
	out := make([]string, len(words))
	for i, word := range words {
		if out[i] = word; !plainWord.MatchString(word) {
			out[i] = strconv.Quote(word)
		}
	}
	return out
}

// effects adds to the result of a write who gets a message, and the warnings that
// its view and its preview have, whatever fields were chosen. Of the preview's
// reasons to fail none came true.
func (c *Call) effects(ctx context.Context, object []byte) []byte {
	p := cmp.Or(c.planned, &Plan{Call: c})
	if c.Tool.Write.Lasting != nil {
		c.Tool.Write.Lasting(ctx, p)
	}
	concise := c.Rendering // again: Lasting may know more by now, such as the time zone
	concise.chosen = false
	var warnings []string
	if c.planned == nil && c.looks() && c.Tool.MayNotify() {
		warnings = append(warnings, "Who gets a message at once is not known: what was saved before could not be read in time.")
	}
	for _, w := range gjson.GetBytes(concise.item(nil, c.answer, nil, ""), "warnings").Array() {
		warnings = append(warnings, w.String())
	}
	for _, w := range p.Warnings {
		if !slices.Contains(warnings, w) {
			warnings = append(warnings, w)
		}
	}
	for _, part := range []struct {
		name  string
		words []string
	}{{"at_once", p.AtOnce}, {"perhaps_at_once", p.Perhaps}, {"warnings", warnings}} {
		if len(part.words) > 0 {
			value, _ := json.Marshal(part.words)
			object = view.Set(object, part.name, value)
		}
	}
	return object
}
