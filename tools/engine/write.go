package engine

import (
	"context"
	"slices"

	"posthog-mcp/schema"
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
	dry := c.Args.Is("dry_run", "true")
	if !dry && !c.Box.plans(c.Tool) {
		return c.once(ctx, c.audited(nil))
	}
	p, refusal := c.plan(ctx)
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
	return c.once(ctx, c.audited(p))
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
