package tools

import "context"

// write makes a call that changes or sends something: the operator's rules and
// the person come first. What is saved is read only where one of them, or a
// preview, asks for it.
func (c *call) write(ctx context.Context) Result {
	if denied := c.box.Rules.denyAccount(c); denied != nil {
		return denied.result().written(c.tool, OutcomeDenied, c.audited(nil))
	}
	if refusal, outcome := notAgreed(ctx); refusal != nil {
		return refusal.result().written(c.tool, outcome, c.audited(nil))
	}
	if refusal := c.settleProject(ctx); refusal != nil {
		return refusal.before().result().written(c.tool, OutcomeRefused, c.audited(nil))
	}
	dry := says(c.args, "dry_run", "true")
	if !dry && !c.box.looksFirst(c.tool) {
		return c.once(ctx, c.audited(nil))
	}
	p, refusal := c.plan(ctx)
	if refusal != nil {
		return refusal.before().result().written(c.tool, OutcomeRefused, c.audited(nil))
	}
	if denied := c.box.Rules.deny(p); denied != nil {
		return denied.result().written(c.tool, OutcomeDenied, c.audited(p))
	}
	p.pin()
	if dry {
		p.resolve(ctx)
		return p.preview(ctx)
	}
	if c.box.Confirm.covers(p) {
		if stop, outcome := p.confirm(ctx); stop != nil {
			return stop.written(c.tool, outcome, c.audited(p))
		}
	}
	return c.once(ctx, c.audited(p))
}

// before says of a refusal that it met a look at what is there, not the write.
func (e *Refusal) before() *Refusal {
	e.Hint = "Nothing was changed or sent: this was the look at what is saved now. " + e.Hint
	return e
}
