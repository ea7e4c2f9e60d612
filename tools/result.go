package tools

import (
	"encoding/json"
	"fmt"

	"posthog-mcp/tools/view"
)

// Result is what a call gives the agent.
type Result struct {
	// Object is one compact JSON object without a line break.
	Object json.RawMessage
	// Text is for a client that shows text only: sentences on failure. Empty on
	// success, where the object is the text.
	Text    string
	IsError bool   // the call did not do what was asked
	Status  int    // PostHog's, of HTTP; 0 when nothing was answered
	Scope   string // that the key lacks; empty when that is not the reason
	Unsure  bool   // a write may have been made all the same
	// Question, when not nil, is to be put to the person before anything is
	// done; of the other members only Write is then set.
	Question *Question
	// Write is for the operator's record; nil for what is no write.
	Write *Write
}

// Write is what an operator's record has of a write that was asked for. It
// names no person: of recipients it has the domains.
type Write struct {
	Tool    string
	Target  string // where messages would go: domains, a Slack channel's id, a host
	Outcome Outcome
}

// Outcome is what became of a write, in the word that an operator's record has
// for it.
type Outcome string

// The outcomes of a write. Unless it is done or unknown, this call sent nothing, or
// PostHog refused it.
const (
	OutcomeDone        Outcome = "done"
	OutcomeUnknown     Outcome = "unknown"     // PostHog may have made it
	OutcomeRepeated    Outcome = "repeated"    // the duplicate guard had the result of an earlier call
	OutcomeRefused     Outcome = "refused"     // by PostHog, or nothing could be sent
	OutcomeDenied      Outcome = "denied"      // by a rule of the operator's
	OutcomeDeclined    Outcome = "declined"    // by the person
	OutcomeUnconfirmed Outcome = "unconfirmed" // a person has to agree to it, and did not yet, or could not be asked
)

// Outcomes lists them all.
func Outcomes() []Outcome {
	return []Outcome{OutcomeDone, OutcomeRepeated, OutcomeRefused, OutcomeDenied, OutcomeDeclined, OutcomeUnconfirmed, OutcomeUnknown}
}

// sent is the result of a write that was sent.
func (r Result) sent() Result {
	r.Write = &Write{Outcome: OutcomeRefused}
	switch {
	case !r.IsError:
		r.Write.Outcome = OutcomeDone
	case r.Acted():
		r.Write.Outcome = OutcomeUnknown
	}
	return r
}

// Acted says of a write that PostHog did what was asked, or may have. Any other
// can be made again.
func (r Result) Acted() bool {
	return !r.IsError || r.Unsure || r.Status >= 200 && r.Status <= 299 || r.Status >= 500
}

// With is the result with one member more, whose value is JSON.
func (r Result) With(name string, value []byte) Result {
	r.Object = view.Clean(view.Set(r.Object, name, value))
	return r
}

// Unasked is the result in the place of r, whose [Question] could not be asked.
func (r Result) Unasked(err error) Result {
	unasked := refuse("unasked", fmt.Sprintf("A person has to agree to this call, and could not be asked: %v.", err), "Nothing was changed or sent.", "").result()
	unasked.Write = r.Write
	return unasked
}
