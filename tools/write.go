package tools

import "context"

// Write is what an operator's record has of a write that was asked for. It
// names no person: of recipients it has the domains.
type Write struct {
	Tool string
	// Target is where messages would go: domains, a Slack channel's id, a host.
	Target string
	// Outcome is done, refused (by PostHog, or nothing was sent), denied (by the
	// operator's rules), declined (by the person), unconfirmed or unknown.
	Outcome string
}

// The outcomes of a write.
const (
	outcomeDone        = "done"
	outcomeRefused     = "refused"
	outcomeDenied      = "denied"
	outcomeDeclined    = "declined"
	outcomeUnconfirmed = "unconfirmed"
	outcomeUnknown     = "unknown"
)

// written notes what became of a write; reads are not noted.
func (r Result) written(t *Tool, outcome, target string) Result {
	if t.Effect != Read {
		r.Write = &Write{Tool: t.Name, Target: target, Outcome: outcome}
	}
	return r
}

// write makes a call that changes or sends something: the operator's rules and
// the person come first. What is saved is read only where one of them, or a
// preview, asks for it.
func (c *call) write(ctx context.Context) Result {
	if denied := c.box.Rules.denyAccount(c); denied != nil {
		return denied.result().written(c.tool, outcomeDenied, "")
	}
	if no := declined(ctx); no != nil {
		return no.result().written(c.tool, outcomeDeclined, c.audited(nil))
	}
	dry := says(c.args, "dry_run", "true")
	var p *plan
	if dry || c.box.looksFirst(c.tool) {
		var refusal *Refusal
		if p, refusal = c.plan(ctx); refusal != nil {
			return refusal.before().result().written(c.tool, outcomeRefused, "")
		}
		if denied := c.box.Rules.deny(p); denied != nil {
			return denied.result().written(c.tool, outcomeDenied, c.audited(p))
		}
	}
	if dry {
		p.resolve(ctx)
		return p.preview(ctx)
	}
	if p != nil && c.box.Confirm.covers(p) {
		if stop, outcome := p.confirm(ctx); stop != nil {
			return stop.written(c.tool, outcome, c.audited(p))
		}
	}
	result := c.once(ctx)
	return result.written(c.tool, c.outcome(result), c.audited(p))
}

// outcome says in a word what became of the write.
func (c *call) outcome(r Result) string {
	switch {
	case !r.IsError:
		return outcomeDone
	case r.Acted():
		return outcomeUnknown
	}
	return outcomeRefused
}

// Acted says of a write that PostHog did what was asked, or may have. Any other
// can be made again.
func (r Result) Acted() bool {
	return !r.IsError || r.Unsure || r.Status >= 200 && r.Status <= 299 || r.Status >= 500
}

// before says of a refusal that it met the look at what is saved, not the
// write.
func (e *Refusal) before() *Refusal {
	e.Hint = "Nothing was changed or sent: this was the look at what is saved now. " + e.Hint
	return e
}
