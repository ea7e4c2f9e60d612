package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
	"github.com/tidwall/pretty"

	"posthog-mcp/tools/view"
)

// preview is a dry run's result: nothing was written.
func (p *Plan) preview(ctx context.Context) Result {
	return Result{Object: p.previewed(ctx, view.MostBytes, false)}
}

// previewed shows the plan in at most most bytes: exactly what would be sent,
// who would get something at once, and what would be there afterwards. Masked,
// it has no passwords. Where a person has to agree, it has a confirmation, unless
// something had to be left out: a person agrees to what they saw.
func (p *Plan) previewed(ctx context.Context, most int, masked bool) json.RawMessage {
	preview := p.planned(masked)
	if !p.Box.Confirm.Covers(p) || CallerOf(ctx).CanAsk {
		return view.Fit(preview, most)
	}
	confirmed := view.Set(preview, "confirmation", gjson.AppendJSONString(nil, p.Box.Seal.Seal(p.claim(ctx, purposePreview))))
	if len(confirmed) > most {
		return view.Fit(view.Noticed(preview, "This is too large to be shown as a whole, so nobody can agree to it: split the call."), most)
	}
	return confirmed
}

// planned is the plan as an object.
func (p *Plan) planned(masked bool) []byte {
	o := view.NewObject(nil)
	o.Text("notice", view.Join(view.Join("Nothing was written or sent: this is what the call would do.", p.added), p.Args.Notice()))
	o.Texts("would_fail", p.WouldFail)
	o.Text("method", p.Request.Method)
	o.Text("path", p.Request.Path)
	o.Text("query", p.Request.Query)
	if p.Request.Body != nil && !(masked && p.secret()) {
		o.JSON("body", p.Request.Body)
	}
	o.Texts("at_once", p.AtOnce)
	o.Texts("perhaps_at_once", p.Perhaps)
	o.Texts("grave", p.Irreversible)
	if p.Replaces {
		o.Raw("replaces", p.Saved)
	} else if changes := p.changes(); changes != nil {
		o.JSON("changes", changes)
	}
	if p.Shown != nil {
		o.JSON("after", p.Shown())
	}
	o.Texts("warnings", p.warned())
	o.Texts("unchecked", p.Unchecked)
	return view.Clean(o.Bytes())
}

// secret tells whether the call holds a password.
func (p *Plan) secret() bool { return slices.ContainsFunc(p.Args.List, isPassword) }

// warned is all that a preview warns of.
func (p *Plan) warned() []string { return slices.Concat(p.Doubts, p.Warnings, p.unseen()) }

// unseen warns of characters in the call that a preview cannot show.
func (p *Plan) unseen() []string {
	for _, a := range p.Body() {
		if !bytes.Equal(view.Clean(a.Raw), a.Raw) {
			return []string{a.Field.Name + " holds characters that nobody can see; they would be sent, and are not shown here."}
		}
	}
	return nil
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
	lines := []string{fmt.Sprintf("%s: %s?", p.Tool.Title, p.subjectWords())}
	lines = append(lines, p.Irreversible...)
	if len(p.AtOnce) > 0 {
		lines = append(lines, "Sent at once to: "+strings.Join(quoted(p.AtOnce), ", "))
	}
	if len(p.Perhaps) > 0 {
		lines = append(lines, "Perhaps sent at once to: "+strings.Join(quoted(p.Perhaps), ", "))
	}
	if all := p.Target.Names(); p.Target.Value != "" && !slices.Equal(all, p.AtOnce) {
		lines = append(lines, "All recipients ("+quoted([]string{p.Target.Kind})[0]+"): "+strings.Join(quoted(all), ", "))
	}
	if p.Words != nil {
		lines = append(lines, p.Words()...)
	}
	if given := p.given(); given != "" {
		lines = append(lines, "The call sets "+given)
	}
	if p.Project != "" {
		lines = append(lines, "Project: "+p.Project)
	}
	return view.Text(strings.Join(slices.Concat(lines, p.WouldFail, p.warned()), "\n"))
}

// given is what the call sets, whole: a person agrees to what they saw. The
// recipients stand in lines of their own, and passwords are not shown.
func (p *Plan) given() string {
	var words []string
	for _, a := range p.Body() {
		switch {
		case a.Field.Name == "target_value":
		case isPassword(a):
			words = append(words, a.Field.Name+" (not shown)")
		default:
			words = append(words, a.Field.Name+": "+string(pretty.Ugly(a.Raw))) // white space could push the rest out of sight
		}
	}
	return strings.Join(words, ", ")
}

// plainWord is what stands in a question as it is: an address, a channel, a
// host.
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

// subjectWords names what the call is about.
func (p *Plan) subjectWords() string {
	var words []string
	for _, name := range argumentsOf(p.Tool.Route) {
		if name != "project_id" {
			words = append(words, strings.ReplaceAll(name, "_", " ")+" "+p.Argument(name))
		}
	}
	if words == nil {
		return "a new one"
	}
	return strings.Join(words, ", ")
}
