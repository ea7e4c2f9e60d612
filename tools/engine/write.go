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
	"posthog-mcp/tools/view"
)

// write makes a call that changes or sends something: the operator's rules and
// the person come first. What is saved is read only where one of them, or a
// preview, asks for it.
func (c *Call) write(ctx context.Context) Result {
	if denied := c.Box.denied(&Plan{Call: c}, false); denied != nil {
		return denied.result().written(c.Tool, OutcomeDenied, c.audited(nil))
	}
	if refusal, outcome := notAgreed(ctx); refusal != nil {
		return refusal.result().written(c.Tool, outcome, c.audited(nil))
	}
	if refusal := c.settleProject(ctx); refusal != nil {
		return refusal.before().result().written(c.Tool, OutcomeRefused, c.audited(nil))
	}
	dry, plans := c.Args.Is("dry_run", "true"), c.Box.plans(c.Tool)
	if !dry && !plans && !c.looks() {
		return c.once(ctx, c.audited(nil))
	}
	looking := ctx
	if !dry && !plans {
		var stop context.CancelFunc
		looking, stop = context.WithTimeout(ctx, patience)
		defer stop()
	}
	p, refusal := c.plan(looking)
	if refusal != nil && !dry && !plans {
		return c.once(ctx, c.audited(nil)) // the write itself is refused too, or can do without
	}
	if refusal != nil {
		return refusal.before().result().written(c.Tool, OutcomeRefused, c.audited(nil))
	}
	if denied := c.Box.denied(p, true); denied != nil {
		return denied.result().written(c.Tool, OutcomeDenied, c.audited(p))
	}
	p.pin()
	if dry {
		p.resolve(ctx)
		return p.preview(ctx)
	}
	if c.Box.Confirm.Covers(p) {
		if stop, outcome := p.confirm(ctx); stop != nil {
			return stop.written(c.Tool, outcome, c.audited(p))
		}
	}
	c.planned = p
	return c.once(ctx, c.audited(p))
}

// looks tells whether the result says more where the write is planned first: a
// plan costs a read where there is something saved.
func (c *Call) looks() bool {
	w := c.Tool.Write
	return w.Plan != nil && (w.Saved == "" || w.Looks != nil && w.Looks(c.Args))
}

// plans tells whether a write is planned before it is made.
func (b *Toolbox) plans(t *Tool) bool {
	return b.Confirm != ConfirmOff || slices.ContainsFunc(rules, func(r rule) bool { return r.planned != nil && r.planned(b.Rules, t) })
}

// before says of a refusal that it met a look at what is there, not the write.
func (e *Refusal) before() *Refusal {
	e.Hint = "Nothing was changed or sent: this was the look at what is saved now. " + e.Hint
	return e
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

// Once keeps a caller from making the same call twice within a while, by
// mistake. Its implementation knows how long that is.
type Once interface {
	// Do makes the call of that key, unless it was made before: then it returns
	// what came of it, and how long ago. A call that is still being made is waited
	// for, as long as ctx allows; what comes of it is then the answer to both.
	Do(ctx context.Context, key string, call func() Result) (r Result, ago time.Duration, repeated bool)
}

// guarded tells whether the duplicate guard watches the call: it sends what
// would reach people twice if it were repeated, a new subscription or a test
// delivery.
func (c *Call) guarded() bool {
	return c.Box.Once != nil && c.Tool.MayNotify() && (c.Tool.Method == http.MethodPost || c.Args.Is(c.Tool.Write.Sending, "true"))
}

// once sends the call, unless the duplicate guard has its result already.
func (c *Call) once(ctx context.Context, target string) Result {
	if !c.guarded() {
		result := c.send(ctx)
		return result.written(c.Tool, result.outcome(), target)
	}
	hash := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %s", CallerOf(ctx).ID, c.Tool.Name, c.Request.Path, c.meant()))
	result, ago, repeated := c.Box.Once.Do(ctx, hex.EncodeToString(hash[:]), func() Result { return c.send(ctx) })
	if repeated {
		return result.repeated(ago).written(c.Tool, OutcomeRepeated, target)
	}
	return result.written(c.Tool, result.outcome(), target)
}

// meant is the same for calls that come to the same: a value that PostHog would
// take anyway for something new is as good as none. In a change each counts.
func (c *Call) meant() []byte {
	var members []schema.Argument
	for _, m := range InUTC(c.Body()) {
		if c.Tool.Effect == Update {
			members = append(members, m)
		} else if usual := c.Tool.Write.Defaults.Get(m.Field.Name).Raw; !slices.Contains([]string{"null", `""`, "[]", "{}", usual}, string(m.Raw)) {
			members = append(members, m)
		}
	}
	return spelt(members)
}

// Unsettled is the result of a call that a [Once] does not make: the same call
// was made or is being made, and nobody can tell what comes of it.
func Unsettled() Result {
	return (&Refusal{
		Code:   "unsettled",
		Detail: "The same call was made or is being made, and what comes of it is not known.",
		Hint:   "This one was not sent to PostHog. Find out what became of the first before you repeat it.",
		Unsure: true,
	}).result()
}

// repeated says of a result that it is an earlier call's.
func (r Result) repeated(ago time.Duration) Result {
	words := fmt.Sprintf("Not made again: the same call was made %s ago, and this is what came of it.", inSeconds(ago))
	r.Object = view.Noticed(r.Object, words)
	if r.Text != "" {
		r.Text = words + "\n" + r.Text
	}
	return r
}
