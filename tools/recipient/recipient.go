// Package recipient reads the recipients of a subscription (PostHog's target_type
// and target_value) and checks them against an operator's allow-lists.
//
// PostHog checks almost nothing of a target, and its worker reads it in its own
// way. So this package accepts less than PostHog stores: a value that two programs
// could read in two ways counts as unreadable.
//
// An address is a dot-atom, an @ and a host name. It must be one that every mail
// server, old or new, delivers to the mailbox of that name at that host. All of
// these are refused:
//   - display names, angle brackets, groups (;), quoted strings, comments, routes,
//     white space, control characters and backslashes
//   - encoded words (=?utf-8?q?eve=40evil.example?=), which parsers decode although an
//     address must not contain one (RFC 2047, section 5)
//   - the percent hack (a%b), bang paths (b!a), files (/a) and programs (|a), by which
//     some mail servers still deliver elsewhere
//   - IMCEASMTP-eve+40evil.example, which Exchange unpacks and forwards to the address
//     inside (Microsoft's bulletin MS99-027), and ${…}, which some versions of Exim ran
//     as a command (CVE-2019-10149)
//   - letters beyond ASCII before the @; IP addresses, single labels and a final
//     dot after it
//
// Tags (+) and the = of bounce addresses are accepted.
//
// A webhook's URL is a secret: anyone who knows it can post. This package repeats
// only its host.
package recipient

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"posthog-mcp/tools/view"
)

// The kinds of recipients. Source: PostHog's API, target_type; teams is newer
// than the documentation page.
const (
	Email   = "email"
	Slack   = "slack"
	Webhook = "webhook"
	Teams   = "teams"
)

const (
	unreadable = "unreadable" // stands for what may hold a secret
	handful    = 5            // names in a sentence or an audit line
)

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
	case Teams:
		return []string{"Teams, " + t.Audit()}
	}
	return []string{t.Audit()}
}

// Shared are the recipients of t that other has too. Of Teams' channels PostHog
// tells the host alone, so that two at one host count as the same.
func (t Target) Shared(other Target) (both []string) {
	switch {
	case t.Kind != other.Kind:
		return nil
	case t.Kind == Email:
		theirs := strings.Split(strings.ToLower(other.Value), ",")
		return slices.DeleteFunc(t.Names(), func(name string) bool { return !slices.Contains(theirs, strings.ToLower(name)) })
	case t.Audit() == unreadable || t.Audit() != other.Audit():
		return nil
	}
	return t.Names()
}

// NewSince returns the recipients that t has and before has not, in words for the
// person who decides: PostHog sends to them at once. It delivers no webhooks. Email
// addresses are compared as PostHog's worker does, letter by letter; a new Slack
// channel is returned as it is stored. Of a change of the same kind, an unreadable
// item is not repeated.
func (t Target) NewSince(before Target) []string {
	switch {
	case t.Kind == Webhook:
		return nil
	case before.Kind != t.Kind, t.Kind == Teams && t != before:
		return t.Names()
	case t.Kind == Email:
		return addedAddresses(before.Value, t.Value)
	case t.Value == "" || t == before:
		return nil
	case t.Kind == Slack && t.Audit() != unreadable:
		return []string{t.Value}
	}
	return []string{t.Audit()}
}

func addedAddresses(before, after string) (added []string) {
	known := map[string]bool{"": true}
	for item := range strings.SplitSeq(before, ",") {
		known[item] = true
	}
	for i, item := range strings.Split(after, ",") {
		if known[item] {
			continue
		}
		known[item] = true
		if _, ok := readAddress(item); !ok {
			item = fmt.Sprintf("item %d (no plain address)", i+1)
		}
		added = append(added, item)
	}
	return added
}

// Audit returns the part of the target that a log may hold: the domains of its
// addresses, sorted, each once and at most five; the id of a Slack channel; the
// host of a URL. It is "unreadable" for a value without such a part, and empty for
// an empty value.
func (t Target) Audit() string {
	if t.Value == "" {
		return ""
	}
	// A change can keep the kind, which only PostHog knows.
	kind := cmp.Or(t.Kind, view.When(strings.Contains(t.Value, "://"), Webhook), view.When(strings.Contains(t.Value, "@"), Email), Slack)
	items := []string{t.Value}
	if kind == Email {
		items = strings.Split(t.Value, ",")
	}
	k, known := kinds[kind]
	if !known {
		return unreadable
	}
	var places []string
	for _, item := range items {
		if place, ok := k.audit(item); ok {
			places = append(places, place)
		}
	}
	broken := len(places) < len(items)
	slices.Sort(places)
	places = slices.Compact(places)
	if broken {
		places = append(places, unreadable)
	}
	return view.Few(places, handful)
}
