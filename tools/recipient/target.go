package recipient

import "strings"

// Target is a destination as PostHog has it, a target_type and a target_value.
// The zero value is none.
type Target struct{ Kind, Value string }

// Names are the recipients one by one, as a person may read them. Of a URL, which
// is a secret, it is the host.
func (t Target) Names() []string {
	switch t.Kind {
	case Email:
		return strings.Split(t.Value, ",")
	case Slack:
		return []string{t.Value}
	}
	return []string{Audit(t.Kind, t.Value)}
}

// Audit is what a log may say of the target: see [Audit].
func (t Target) Audit() string { return Audit(t.Kind, t.Value) }

// Added are the recipients that t has and before has not: PostHog sends to them
// at once. It delivers no webhooks.
func (t Target) Added(before Target) []string {
	switch {
	case t.Kind == Webhook:
		return nil
	case before.Kind != t.Kind:
		return t.Names()
	}
	return Added(t.Kind, before.Value, t.Value)
}
