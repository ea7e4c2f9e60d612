package page

import (
	"fmt"
	"strings"
	"time"

	"posthog-mcp/internal/clients"
	"posthog-mcp/tools"
)

// fact is one line about the server.
type fact struct{ Name, Value string }

// auth has the words for each access.
var auth = map[Access]struct {
	callers     string // who may call
	needed      string // the credential of a caller
	credential  string // its short name
	placeholder string // what stands for it in snippets
}{
	Passthrough: {
		"Everyone with a PostHog key of their own. It is sent to PostHog and kept nowhere.",
		"a PostHog personal API key that has the scopes of the tools you want, or an OAuth token of PostHog",
		"your key", clients.Placeholder,
	},
	Token: {
		"Holders of a token that this server's operator gave out",
		"the token that this server's operator gave you",
		"your token", "YOUR_TOKEN",
	},
	None: {callers: "Everyone on this machine, with the server's own key"},
}

// confirmed says which calls need a person's consent.
var confirmed = map[tools.Confirm]string{
	tools.ConfirmDestructive: "A person must agree to calls that cannot be undone.",
	tools.ConfirmSends:       "A person must agree to calls that send messages, and to calls that cannot be undone.",
}

// facts describes the server's state for people.
func (h *handler) facts(d data, now variant) []fact {
	posthog := h.Toolbox.Host
	if posthog == "" {
		posthog = "An embedded sandbox"
	}
	state := "Ready"
	if now.draining {
		state = "Shutting down: calls in flight are finished, new ones refused"
	}
	facts := []fact{
		{"State", state},
		{"Running for", now.running},
		{"Version", d.Version},
		{"PostHog", posthog},
		{"Who may call", auth[h.Access].callers},
		{"Tools", selection(d, h.Toolbox.Rules.ReadOnly)},
	}
	if limits := h.limits(); len(limits) > 0 {
		facts = append(facts, fact{"Rules", strings.Join(limits, " ")})
	}
	return facts
}

// selection says how many of the tools are offered.
func selection(d data, readOnly bool) string {
	text := fmt.Sprintf("All %d", d.Known)
	if d.Offered < d.Known {
		text = fmt.Sprintf("%d of %d", d.Offered, d.Known)
	}
	if readOnly {
		text += ", for reading only"
	}
	return text
}

// limits describes the operator's other rules. It leaves out the names in them,
// which may be those of customers and colleagues.
func (h *handler) limits() (limits []string) {
	rules := h.Toolbox.Rules
	if rules.ReadOnly {
		return nil // the other rules are about writes
	}
	if rules.Recipients.Restricts() {
		limits = append(limits, "Messages go only where the operator allows.")
	}
	if rules.DenyAccountChanges {
		limits = append(limits, "Settings for signing in cannot be changed.")
	}
	if text := confirmed[h.Toolbox.Confirm]; text != "" {
		limits = append(limits, text)
	}
	return limits
}

// duration returns d in words, in its largest unit.
func duration(d time.Duration) string {
	for _, unit := range []struct {
		name string
		of   time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}} {
		switch n := int64(d / unit.of); {
		case n == 1:
			return "1 " + unit.name
		case n > 1:
			return fmt.Sprintf("%d %ss", n, unit.name)
		}
	}
	return "less than a minute"
}
