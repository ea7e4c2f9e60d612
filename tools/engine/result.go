package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/view"
)

// Outcome is what became of a write, in the word that an operator's record has
// for it.
type Outcome string

// The outcomes of a write.
const (
	// OutcomeDone: PostHog made it.
	OutcomeDone Outcome = "done"
	// OutcomeRepeated: the duplicate guard answered it with the result of an
	// earlier call; nothing was sent.
	OutcomeRepeated Outcome = "repeated"
	// OutcomeRefused: PostHog refused it, or nothing could be sent.
	OutcomeRefused Outcome = "refused"
	// OutcomeDenied: a rule of the operator's forbids it; nothing was sent.
	OutcomeDenied Outcome = "denied"
	// OutcomeDeclined: the person said no; nothing was sent.
	OutcomeDeclined Outcome = "declined"
	// OutcomeUnconfirmed: a person has to agree to it, and did not yet, or could
	// not be asked; nothing was sent.
	OutcomeUnconfirmed Outcome = "unconfirmed"
	// OutcomeUnknown: PostHog may have made it.
	OutcomeUnknown Outcome = "unknown"
)

// Outcomes lists them all.
func Outcomes() []Outcome {
	return []Outcome{OutcomeDone, OutcomeRepeated, OutcomeRefused, OutcomeDenied, OutcomeDeclined, OutcomeUnconfirmed, OutcomeUnknown}
}

// Write is what an operator's record has of a write that was asked for. It
// names no person: of recipients it has the domains.
type Write struct {
	Tool string
	// Target is where messages would go: domains, a Slack channel's id, a host.
	Target  string
	Outcome Outcome
}

// written notes what became of a write; reads are not noted.
func (r Result) written(t *Tool, outcome Outcome, target string) Result {
	if t.Effect != Read {
		r.Write = &Write{Tool: t.Name, Target: target, Outcome: outcome}
	}
	return r
}

// outcome says in a word what became of a write that was sent.
func (r Result) outcome() Outcome {
	switch {
	case !r.IsError:
		return OutcomeDone
	case r.Acted():
		return OutcomeUnknown
	}
	return OutcomeRefused
}

// Acted says of a write that PostHog did what was asked, or may have. Any other
// can be made again.
func (r Result) Acted() bool {
	return !r.IsError || r.Unsure || r.Status >= 200 && r.Status <= 299 || r.Status >= 500
}

// effects adds to the result of a write who gets a message, and the warnings that
// its view and its preview have, whatever fields were chosen. Of the preview's
// reasons to fail none came true.
func (c *Call) effects(ctx context.Context, object []byte, answer gjson.Result) []byte {
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
	for _, w := range gjson.GetBytes(concise.item(nil, answer, nil, ""), "warnings").Array() {
		warnings = append(warnings, w.String())
	}
	for _, w := range p.Warnings {
		if !slices.Contains(warnings, w) {
			warnings = append(warnings, w)
		}
	}
	object = withTexts(withTexts(object, "at_once", p.AtOnce), "perhaps_at_once", p.Perhaps)
	return withTexts(object, "warnings", warnings)
}

func withTexts(object []byte, name string, words []string) []byte {
	if len(words) == 0 {
		return object
	}
	value, _ := json.Marshal(words)
	return view.Set(object, name, value)
}

// With is the result with one member more, whose value is JSON.
func (r Result) With(name string, value []byte) Result {
	r.Object = view.Clean(view.Set(r.Object, name, value))
	return r
}
