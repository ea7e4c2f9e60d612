package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/seal"
	"posthog-mcp/tools/view"
)

// Confirm says which writes a person has to agree to.
type Confirm string

// The choices of [Confirm].
const (
	ConfirmOff Confirm = ""
	// ConfirmDestructive is what cannot be taken back: deletions, a link that
	// dies or opens, a change of how somebody signs in.
	ConfirmDestructive Confirm = "destructive"
	ConfirmSends       Confirm = "sends" // also what sends messages
)

// Covers tells whether a person has to agree to the plan.
func (c Confirm) Covers(p *Plan) bool {
	return c != ConfirmOff && len(p.Irreversible) > 0 || c == ConfirmSends && p.Notifies && !p.Stops
}

// Question is what a person is asked before a write is made.
type Question struct {
	Text  string // what it would do, every recipient included
	State string // comes back with the answer; it is sealed
}

// The purposes of a seal: a question's state is no confirmation.
const (
	purposeQuestion = "question"
	purposePreview  = "preview"
)

// notAgreed refuses a call whose person was asked and did not agree.
func notAgreed(ctx context.Context) *Refusal {
	switch answer := CallerOf(ctx).Answer; {
	case answer == nil || answer.Reply == Accept:
		return nil
	case answer.Reply == Decline:
		return refuse("declined", "The person did not agree to this call.",
			"Nothing was changed or sent. Ask the person what they want instead; do not repeat the call.", OutcomeDeclined)
	}
	return refuse("unanswered", "The question whether to make this call was closed without an answer: perhaps no person saw it.",
		"Nothing was changed or sent. Tell the person what the call would do; make it again when somebody can answer. A client that runs without a person closes every question.", OutcomeUnconfirmed)
}

// confirm makes sure that a person agreed to the plan. The result, when not
// nil, is what to answer instead of making the call.
func (p *Plan) confirm(ctx context.Context) *Result {
	caller, token, purpose := CallerOf(ctx), p.Args.Text("confirmation"), purposePreview
	switch {
	case caller.Answer != nil:
		token, purpose = caller.Answer.State, purposeQuestion
	case caller.CanAsk:
		p.resolve(ctx)
		question := &Question{Text: p.question(), State: p.Box.Seal.Seal(p.claim(ctx, purposeQuestion))}
		return &Result{Question: question, Write: &Write{Outcome: OutcomeUnconfirmed}}
	case token == "":
		return new(p.unconfirmed(ctx))
	}
	err := p.Box.Seal.Open(ctx, token, p.claim(ctx, purpose))
	if err == nil {
		return nil
	}
	hint := "Nothing was changed or sent. Call again without confirmation for a new preview, and show it to the person."
	if errors.Is(err, seal.ErrUsed) {
		hint = "This call did nothing; an earlier one with this confirmation did: " + p.Tool.Write.Verify + "."
	}
	return new(refuse("confirmation_invalid", fmt.Sprintf("The confirmation does not hold: %v.", err), hint, OutcomeUnconfirmed).result())
}

// unconfirmed is the answer where only the agent can ask the person.
func (p *Plan) unconfirmed(ctx context.Context) Result {
	p.resolve(ctx)
	preview := p.previewed(ctx, view.MostBytes/2, true)
	if !gjson.GetBytes(preview, "confirmation").Exists() {
		return refuse("too_large_to_confirm", "A person has to agree to this call, and it is too large to be shown to one as a whole.",
			"Nothing was changed or sent. Split the call, for example into several with fewer recipients each.", OutcomeUnconfirmed).result()
	}
	result := refuse("confirmation_required", "A person has to agree to this call first: who runs this server wants it so.",
		"Nothing was changed or sent. Show the person the preview; when they agree, call again with the same arguments and the preview's confirmation. It holds for 10 minutes, once.",
		OutcomeUnconfirmed).result().With("preview", preview)
	result.Text += "\n" + string(preview)
	return result
}

// claim is what a confirmation is bound to: another caller, tool, argument,
// project or recipient makes it worthless.
func (p *Plan) claim(ctx context.Context, purpose string) seal.Claim {
	effect, _ := json.Marshal([]any{p.Project, p.Target.Kind, p.Target.Value, p.AtOnce, p.Perhaps, p.Irreversible, string(p.Bound)})
	return seal.Claim{
		Purpose: purpose, Caller: CallerOf(ctx).ID, Tool: p.Tool.Name,
		Arguments: canonical(p.Args), Effect: effect,
	}
}

// canonical is the same for the same arguments, without what only says how to call.
func canonical(args *schema.Arguments) []byte {
	apart := []string{"dry_run", "confirmation", "fields", "project_id"} // the project stands beside the arguments, as a number
	return spelt(slices.DeleteFunc(slices.Clone(args.List), func(a schema.Argument) bool { return slices.Contains(apart, a.Field.Name) }))
}

// spelt is an object in the one spelling that it has: no white space, no needless
// escapes, and its members in order.
func spelt(members []schema.Argument) []byte {
	spelt := jsontext.Value(object(members))
	_ = spelt.Canonicalize(jsontext.CanonicalizeRawInts(false), jsontext.CanonicalizeRawFloats(false)) // it is JSON: it was read from JSON
	return spelt
}
