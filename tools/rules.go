package tools

import (
	"fmt"
	"strings"

	"posthog-mcp/tools/recipient"
)

// Rules are the limits that an operator sets. They hold for every caller, and
// are enforced before anything is sent. The zero value has none.
type Rules struct {
	Selection
	// Recipients are where messages may go; nil allows every place.
	Recipients *recipient.Allow
	// DenyAccountChanges refuses what changes how a person signs in, or which
	// project and organization they have open, and the deletion of an account.
	DenyAccountChanges bool
}

// denied is a refusal of the operator's.
func denied(detail string) *Refusal {
	return &Refusal{Code: "denied", Detail: detail, Hint: "Nothing was sent to PostHog. Only who runs this server can change that rule."}
}

// denyAccount refuses changes of an account, where they are switched off.
func (r Rules) denyAccount(c *call) *Refusal {
	if !r.DenyAccountChanges || c.tool.Account == nil {
		return nil
	}
	if what := c.tool.Account(c.args); len(what) > 0 {
		return denied("Changing an account is switched off here (--deny-account-changes): " + strings.Join(what, ", ") + ".")
	}
	return nil
}

// looksFirst tells whether a write has to be planned before it is made.
func (b *Toolbox) looksFirst(t *Tool) bool {
	return b.Confirm != ConfirmOff || t.Sends && b.Rules.Recipients.Restricts()
}

// deny refuses a plan whose messages would go where they may not. What only
// ends deliveries is always allowed.
func (r Rules) deny(p *plan) *Refusal {
	if p.stops || p.target == (target{}) {
		return nil
	}
	if err := r.Recipients.Check(p.target.kind, p.target.value); err != nil {
		return denied(fmt.Sprintf("Denied: %s.", strings.TrimSuffix(err.Error(), ".")))
	}
	return nil
}
