package page

import (
	"fmt"
	"strings"
	"time"

	"posthog-mcp/internal/clients"
	"posthog-mcp/tools"
)

// fact is a line about the server.
type fact struct{ Name, Value string }

// callers says who may call.
var callers = map[Access]string{
	Passthrough: "Everyone with a PostHog key of their own. It is sent to PostHog and kept nowhere.",
	Token:       "Holders of a token that this server's operator gave out",
	None:        "Everyone on this machine, with the server's own key",
}

// needed says what callers bring.
var needed = map[Access]string{
	Passthrough: "a PostHog personal API key that has the scopes of the tools you want, or an OAuth token of PostHog",
	Token:       "the token that this server's operator gave you",
}

// credentials are short for it.
var credentials = map[Access]string{Passthrough: "your key", Token: "your token"}

// placeholders stand for it.
var placeholders = map[Access]string{Passthrough: clients.Placeholder, Token: "YOUR_TOKEN"}

// confirmed says what a person has to agree to.
var confirmed = map[tools.Confirm]string{
	tools.ConfirmDestructive: "A person agrees to what cannot be taken back.",
	tools.ConfirmSends:       "A person agrees to what sends messages, and to what cannot be taken back.",
}

// facts are the server's state, for people.
func (h *handler) facts(f fixed, now moment) []fact {
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
		{"Version", f.Version},
		{"PostHog", posthog},
		{"Who may call", callers[h.Access]},
		{"Tools", h.selection(f)},
	}
	if limits := h.limits(); len(limits) > 0 {
		facts = append(facts, fact{"Rules", strings.Join(limits, " ")})
	}
	return facts
}

// selection says which of the tools there are.
func (h *handler) selection(f fixed) string {
	text := fmt.Sprintf("All %d", f.Known)
	if f.Offered < f.Known {
		text = fmt.Sprintf("%d of %d", f.Offered, f.Known)
	}
	if h.Toolbox.Rules.ReadOnly {
		text += ", for reading only"
	}
	return text
}

// limits are the operator's other rules, without the names in them: those of
// customers and of colleagues, perhaps.
func (h *handler) limits() (limits []string) {
	rules := h.Toolbox.Rules
	if rules.ReadOnly {
		return nil // they are about what writes
	}
	if rules.Recipients.Restricts() {
		limits = append(limits, "Messages go only where the operator allows.")
	}
	if rules.DenyAccountChanges {
		limits = append(limits, "No changes of how people sign in.")
	}
	if text := confirmed[h.Toolbox.Confirm]; text != "" {
		limits = append(limits, text)
	}
	return limits
}

// duration is d in its largest unit, as people say it.
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
