package engine

import (
	"strings"

	"posthog-mcp/tools/recipient"
)

// Rules are the limits that an operator sets. They hold for every caller, and
// are enforced before anything is sent. The zero value has none.
type Rules struct {
	Selection
	// Recipients are where messages may go; nil allows every place.
	Recipients *recipient.Allow
	// DenyAccountChanges refuses calls that change how a person signs in, or which
	// project and organization they have open, and the deletion of an account.
	DenyAccountChanges bool
}

// rule is a rule about writes. A new one is a value in [rules], its setting in
// [Rules], and a flag that sets it.
type rule struct {
	// deny says why a write is refused; empty allows it.
	deny func(r Rules, p *Plan) string
	// planned tells whether the rule needs to know what a call of the tool comes to,
	// beside what is saved. Nil is for a rule about the arguments alone: it is asked
	// before anything is read, and of the plan it has the call.
	planned func(r Rules, t *Tool) bool
}

// rules are all of them, in the order in which they are asked.
var rules = []rule{
	{deny: Rules.denyAccountChange},
	{deny: Rules.denyRecipient, planned: Rules.judgesRecipients},
}

// denied refuses a write that a rule forbids: one of those that need a plan, or of
// the others.
func (b *Toolbox) denied(p *Plan, planned bool) *Refusal {
	for _, r := range rules {
		if (r.planned != nil) != planned {
			continue
		}
		if why := r.deny(b.Rules, p); why != "" {
			return denied(why)
		}
	}
	return nil
}

// denied is a refusal of the operator's.
func denied(detail string) *Refusal {
	return &Refusal{Code: "denied", Detail: detail, Hint: "Nothing was sent to PostHog. Only who runs this server can change that rule."}
}

// denyAccountChange refuses changes of an account, where they are switched off.
func (r Rules) denyAccountChange(p *Plan) string {
	changes := p.Tool.Write.AccountChanges
	if !r.DenyAccountChanges || changes == nil {
		return ""
	}
	if what := changes(p.Args); len(what) > 0 {
		return "Changing an account is switched off here (--deny-account-changes): " + strings.Join(what, ", ") + "."
	}
	return ""
}

func (r Rules) judgesRecipients(t *Tool) bool { return t.MayNotify() && r.Recipients.Restricts() }

// denyRecipient refuses a plan whose messages would go where they may not. A call
// that only ends deliveries is always allowed.
func (r Rules) denyRecipient(p *Plan) string {
	if p.Stops || p.Target == (recipient.Target{}) {
		return ""
	}
	if err := r.Recipients.Check(p.Target.Kind, p.Target.Value); err != nil {
		return "Denied: " + strings.TrimSuffix(err.Error(), ".") + "."
	}
	return ""
}
