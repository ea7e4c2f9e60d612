package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"time"

	"posthog-mcp/schema"
	"posthog-mcp/tools/recipient"
	"posthog-mcp/tools/view"
)

// write makes a call that changes or sends something: the operator's rules and
// the person come first. What is saved is read only where one of them, or a
// preview, asks for it.
func (c *Call) write(ctx context.Context) Result {
	refusal := c.Box.Rules.forbids(&Plan{Call: c}, false)
	if refusal == nil {
		refusal = notAgreed(ctx)
	}
	if refusal == nil {
		refusal = c.settleProject(ctx)
	}
	if refusal != nil {
		return refusal.result()
	}
	dry := c.Args.Is("dry_run", "true")
	judged := dry || c.Box.Confirm != ConfirmOff || c.Box.Rules.plans(c.Tool)
	if judged || c.looks() {
		if stop := c.judge(ctx, dry, judged); stop != nil {
			return *stop
		}
	}
	return c.once(ctx)
}

// judge plans the write. The result, when not nil, is what to answer instead of making it.
// Where nobody judges it, the write can do without a plan.
func (c *Call) judge(ctx context.Context, dry, judged bool) *Result {
	looking := ctx
	if !judged {
		var stop context.CancelFunc
		looking, stop = context.WithTimeout(ctx, patience)
		defer stop()
	}
	p, refusal := c.plan(looking)
	switch {
	case refusal != nil && judged:
		return new(refusal.before().result())
	case refusal != nil: // the write itself is refused too, or can do without
		return nil
	}
	c.planned = p
	if refusal := c.Box.Rules.forbids(p, true); refusal != nil {
		return new(refusal.result())
	}
	p.pin()
	switch {
	case dry:
		p.resolve(ctx)
		return &Result{Object: p.previewed(ctx, view.MostBytes, false)}
	case c.Box.Confirm.Covers(p):
		return p.confirm(ctx)
	}
	return nil
}

// looks tells whether the result says more where the write is planned first: a
// plan costs a read where there is something saved.
func (c *Call) looks() bool {
	w := c.Tool.Write
	return w.Plan != nil && (w.Saved == "" || w.Looks != nil && w.Looks(c.Args))
}

// before says of a refusal that it met a look at what is there, not the write.
func (e *Refusal) before() *Refusal {
	e.Hint = "Nothing was changed or sent: this was the look at what is saved now. " + e.Hint
	e.Outcome = OutcomeRefused
	return e
}

// target is what an operator's record may have of the target: without a plan, of the one
// that the arguments name. A new address of an account gets a mail.
func (c *Call) target() string {
	switch {
	case c.planned != nil:
		return c.planned.Target.Audit()
	case c.Args == nil:
		return ""
	case c.Tool.Schema.Field("target_type") == nil:
		return recipient.Target{Kind: recipient.Email, Value: c.Args.Text("email")}.Audit()
	}
	return recipient.Target{Kind: c.Args.Text("target_type"), Value: c.Args.Text("target_value")}.Audit()
}

// Once keeps a caller from making the same call twice within a while, by
// mistake. Its implementation knows how long that is.
type Once interface {
	// Do makes the call of that key, unless it was made before: then it returns
	// what came of it, and how long ago. A call that is still being made is waited
	// for, as long as ctx allows; what comes of it is then the answer to both.
	Do(ctx context.Context, key string, call func() Result) (r Result, ago time.Duration, repeated bool)
}

// guarded tells whether the duplicate guard watches the call: what it sends would reach
// people twice if it were repeated.
func (c *Call) guarded() bool {
	return c.Box.Once != nil && c.Tool.MayNotify() && (c.Tool.Method == http.MethodPost || c.Args.Is(c.Tool.Write.Sending, "true"))
}

// once sends the call, unless the duplicate guard has its result already.
func (c *Call) once(ctx context.Context) Result {
	if !c.guarded() {
		return c.send(ctx).sent()
	}
	hash := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %s", CallerOf(ctx).ID, c.Tool.Name, c.Request.Path, c.meant()))
	result, ago, repeated := c.Box.Once.Do(ctx, hex.EncodeToString(hash[:]), func() Result { return c.send(ctx) })
	if !repeated {
		return result.sent()
	}
	words := fmt.Sprintf("Not made again: the same call was made %s ago, and this is what came of it.", inSeconds(seconds(ago)))
	result.Object = view.WithNotice(result.Object, words)
	if result.Text != "" {
		result.Text = words + "\n" + result.Text
	}
	result.Write = &Write{Outcome: OutcomeRepeated}
	return result
}

// meant is the same for calls that come to the same: a value that PostHog would
// take anyway for something new is as good as none. In a change each counts.
func (c *Call) meant() []byte {
	members := InUTC(c.Body())
	if c.Tool.Effect != Update {
		members = slices.DeleteFunc(members, func(m schema.Argument) bool {
			usual := c.Tool.Write.Defaults.Get(m.Field.Name).Raw
			return slices.Contains([]string{"null", `""`, "[]", "{}", usual}, string(m.Raw))
		})
	}
	return spelt(members)
}

// Unsettled is the result of a call that a [Once] does not make: the same call
// was made or is being made, and nobody can tell what comes of it.
func Unsettled() Result {
	r := refuse("unsettled", "The same call was made or is being made, and what comes of it is not known.",
		"This one was not sent to PostHog. Find out what became of the first before you repeat it.", "").result()
	r.Unsure = true
	return r
}
