// Package recipient reads where a subscription's messages go, PostHog's
// target_type and target_value, and holds it against what an operator allows.
//
// PostHog checks next to nothing of a target, and its worker reads it in its
// own way. So what is understood here is less than what PostHog stores: a value
// that two programs could read in two ways counts as unreadable.
//
// An address is a dot-atom, an @ and a host name, and nothing that a mail server
// in use, old or new, reads as something else than the mailbox of that name at
// that host. So all of these are refused: display names, angle brackets, groups
// (;), quoted strings, comments, routes, source routes, white space, control
// characters and backslashes; encoded words (=?utf-8?q?…?=), which Python's and
// other parsers decode, @ included; the percent hack (a%b), bang paths (b!a), files
// (/a) and programs (|a), which name another place; addresses that Exchange unpacks
// (IMCEASMTP-a+40b) and strings that Exim expanded (${…}); letters beyond ASCII
// before the @; IP addresses, single labels and a last dot behind it. Tags (+), and
// the = of addresses for bounces, are in order. Whatever is accepted, net/mail reads
// as that address too, alone and in the list.
//
// A webhook's URL is a secret: whoever knows it can post. Nothing here repeats
// more of it than the host.
package recipient

import (
	"fmt"
	"slices"
	"strings"
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
	// unreadable stands for what may not be repeated, since it is not known
	// what is secret in it.
	unreadable = "unreadable"
	// handful is how many names a sentence or an audit line has at most.
	handful = 5
)

// Added returns who would be a recipient after a change and was none before, in
// words for the person who decides: PostHog messages newly added recipients at
// once. Of mail they are the addresses, compared as PostHog's worker does,
// letter by letter; a different Slack channel is the value as it is stored; a
// different URL is its host. An item that cannot be read is not repeated. The
// value before is empty for a new subscription, or one of another kind.
func Added(kind, before, after string) []string {
	switch {
	case kind == Email:
		return addedAddresses(before, after)
	case after == "" || after == before:
		return nil
	case kind == Slack && channelOf(after) != unreadable:
		return []string{after}
	}
	return []string{Audit(kind, after)}
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

// Audit returns what a log may say of the value: the domains of its addresses,
// sorted, each once and at most a handful; the id of a Slack channel; the host
// of a URL. It is "unreadable" where there is no such thing, and empty for an
// empty value.
func Audit(kind, value string) string {
	if value == "" {
		return ""
	}
	switch kind {
	case Email:
		return auditAddresses(value)
	case Slack:
		return channelOf(value)
	case Webhook, Teams:
		if host, ok := hostOf(kind, value); ok {
			return host
		}
	}
	return unreadable
}

func auditAddresses(value string) string {
	var domains []string
	broken := false
	for item := range strings.SplitSeq(value, ",") {
		if a, ok := readAddress(item); ok {
			domains = append(domains, a.domain)
		} else {
			broken = true
		}
	}
	slices.Sort(domains)
	domains = slices.Compact(domains)
	if broken {
		domains = append(domains, unreadable)
	}
	return listing(domains)
}

// listing joins a handful of names, and says how many there are besides.
func listing(names []string) string {
	if more := len(names) - handful; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:handful], ", "), more)
	}
	return strings.Join(names, ", ")
}
