package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"posthog-mcp/tools/view"
)

// preview is a dry run's result: nothing was written.
func (p *plan) preview(ctx context.Context) Result {
	return Result{Object: p.previewed(ctx)}
}

// previewed shows the plan: exactly what would be sent, who would get something
// at once, and what would be there afterwards.
func (p *plan) previewed(ctx context.Context) json.RawMessage {
	o := view.NewObject(nil)
	o.Text("notice", strings.TrimSpace("Nothing was written or sent: this is what the call would do. "+p.args.Notice()))
	o.Text("method", p.request.Method)
	o.Text("path", p.request.Path)
	o.Text("query", p.request.Query)
	if p.request.Body != nil {
		o.JSON("body", p.request.Body)
	}
	o.Texts("at_once", p.atOnce)
	o.Texts("grave", p.grave)
	if p.replaces {
		o.Raw("replaces", p.saved)
	} else if changes := p.changes(); changes != nil {
		o.JSON("changes", changes)
	}
	if p.shown != nil {
		o.JSON("after", p.shown())
	}
	o.Texts("warnings", p.warnings)
	o.Texts("unchecked", p.unchecked)
	if p.box.Confirm.covers(p) && !callerOf(ctx).CanAsk {
		o.Text("confirmation", p.box.Seal.Seal(p.claim(ctx, purposePreview)))
	}
	return view.Clean(o.Bytes())
}

// resolve looks up what a preview can say beyond the request.
func (p *plan) resolve(ctx context.Context) {
	if p.tool.Resolve != nil {
		p.tool.Resolve(ctx, p)
	}
}

// question is the plan in a person's words.
func (p *plan) question() string {
	lines := []string{fmt.Sprintf("%s: %s?", p.tool.Title, p.subjectWords())}
	lines = append(lines, p.grave...)
	if len(p.atOnce) > 0 {
		lines = append(lines, "Sent at once to: "+strings.Join(p.atOnce, ", "))
	}
	if all := p.target.names(); p.target.value != "" && !slices.Equal(all, p.atOnce) {
		lines = append(lines, "All recipients ("+p.target.kind+"): "+strings.Join(all, ", "))
	}
	if p.words != nil {
		lines = append(lines, p.words()...)
	}
	return view.Text(strings.Join(append(lines, p.warnings...), "\n"))
}

// subjectWords names what the call is about.
func (p *plan) subjectWords() string {
	var words []string
	for _, part := range p.tool.route {
		if part.argument != "" && part.argument != "project_id" {
			words = append(words, strings.ReplaceAll(part.argument, "_", " ")+" "+p.tool.argument(p.args, part.argument))
		}
	}
	if words == nil {
		return "a new one"
	}
	return strings.Join(words, ", ")
}
