package recipient

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// lazy compiles an expression at its first use, to keep the start-up fast.
func lazy(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

// Addresses splits the value of an email subscription as PostHog's worker does:
// at the commas, without trimming. It returns the items that are addresses, in the sense
// of this package, and the numbers of all others, from 1.
func Addresses(value string) (addresses []string, wrong []int) {
	for i, item := range strings.Split(value, ",") {
		if _, ok := readAddress(item); ok {
			addresses = append(addresses, item)
		} else {
			wrong = append(wrong, i+1)
		}
	}
	return addresses, wrong
}

const (
	// Source: RFC 5321, section 4.5.3.1. A path's 256 include two brackets.
	longestLocal   = 64
	longestAddress = 254
	// Of a name in the Domain Name System, without the length bytes. Source: RFC 1035,
	// section 2.3.4.
	longestDomain = 253
	// Of a Slack channel's name, in characters: after an id, and without one.
	longestShown = 100
	longestName  = 80
)

// localPart is the dot-atom of RFC 5322, section 3.2.3, without % ! / and |.
var localPart = lazy("^" + atom + `(?:\.` + atom + `)*$`)

const atom = "[0-9A-Za-z_#$&'*+=?^`{}~-]+"

// reread finds what is legal in a dot-atom, but some program reads another address in.
var reread = lazy(`=\?|\$\{|^(?i:IMCEA)`)

// readAddress returns the domain of an address.
func readAddress(item string) (domain string, ok bool) {
	local, rest, _ := strings.Cut(item, "@")
	domain, ok = readDomain(rest)
	return domain, ok && len(local) <= longestLocal && len(local+"@"+domain) <= longestAddress &&
		localPart().MatchString(local) && !reread().MatchString(local)
}

// hostName is a name of two labels or more. Its last label begins with a letter,
// which excludes IP addresses in any spelling (127.1, 0x7f.1).
var hostName = lazy(`^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$`)

// letters are the characters allowed in names of other scripts. The idna package
// also accepts signs such as a fraction slash, which newer standards don't.
// Source: RFC 5892, section 2.1.
var letters = lazy(`^[\pL\pM\pN.-]+$`)

// deviations are the letters that the older IDNA drops or replaces and the
// newer one keeps. PostHog's mailer, which is in Python, follows the older one:
// mail for faß.example would go to fass.example.
// Source: UTS #46, section 2.3.
const deviations = "ßς\u200C\u200D"

// readDomain returns a host name in ASCII and lower case. Other scripts must be
// spelt as they are registered: nothing is mapped to ASCII letters or dots (ａ, ⅽ, 。),
// so a look-alike is another domain, or none. A final dot is refused, because mail
// servers refuse it.
func readDomain(s string) (string, bool) {
	if len(s) > longestDomain { // idna takes quadratic time
		return "", false
	}
	s = lowerASCII(s)
	if strings.ContainsFunc(s, func(r rune) bool { return r > '~' }) {
		ascii, err := idna.Registration.ToASCII(s)
		if err != nil || !letters().MatchString(s) || strings.ContainsAny(s, deviations) {
			return "", false
		}
		s = ascii
	}
	return s, hostName().MatchString(s)
}

// lowerASCII lowers ASCII letters only. strings.ToLower would turn the Kelvin sign
// into a k.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// readPattern reads a domain, or "*." and a domain for all names below it.
func readPattern(entry string) (pattern string, ok bool) {
	above, wild := strings.CutPrefix(entry, "*.")
	if !wild {
		return readDomain(entry)
	}
	below, ok := readDomain("x." + above)
	return "*" + strings.TrimPrefix(below, "x"), ok
}

func matches(entries []string, place string) bool {
	return slices.ContainsFunc(entries, func(entry string) bool {
		suffix, wild := strings.CutPrefix(entry, "*")
		return entry == place || entry == anyPlace || wild && strings.HasSuffix(place, suffix)
	})
}

// plainURL is a URL whose host every program reads alike: the host ends at a port,
// at a slash or with the URL, and readDomain accepts only a name. This excludes
// users and disguised hosts (https://a@b/, https://b\@a/), addresses in brackets,
// and the tabs and newlines that some programs drop. The scheme lists both cases of
// its letters, since (?i) would accept a long s (ſ) for an s.
var plainURL = lazy(`^[Hh][Tt][Tt][Pp][Ss]?://([^/:]+)(?::[0-9]{1,5})?(?:/(?:[!-$&-\[\]-~]|%[0-9A-Fa-f]{2})*)?$`)

func readURL(value string) (host string, ok bool) {
	found := plainURL().FindStringSubmatch(value)
	if found == nil {
		return "", false
	}
	return readDomain(found[1])
}

// readTeams takes the host alone, too: newer versions of PostHog return no more.
func readTeams(value string) (host string, ok bool) {
	if host, ok = readURL(value); ok {
		return host, ok
	}
	return readDomain(value)
}

// IsTeams reports whether the value is a URL that PostHog takes for a channel of
// Microsoft Teams. Source: ee/tasks/subscriptions/teams_subscriptions.py.
func IsTeams(value string) bool {
	_, ok := readURL(value)
	return ok && teamsURL().MatchString(lowerASCII(value))
}

var teamsURL = lazy(`^https://[a-z0-9.-]+\.(?:logic\.azure\.com(?::443)?/workflows/.*triggers/manual/paths/invoke` +
	`|webhook\.office\.com(?::443)?/webhookb2/.*incomingwebhook/|(?:powerautomate|flow\.microsoft)\.com(?::443)?/.` +
	`|environment\.api\.powerplatform\.com(?::443)?/powerautomate/automations/direct/.*workflows/)`)

var (
	// channel is an id, optionally followed by a pipe and a name for people.
	// PostHog's worker posts to the id, and nobody checks the name. PostHog's pages
	// take a comma in it as the start of another channel, so commas are refused.
	// The name's length is checked apart: a limit in the expression would delay the
	// start-up by tens of milliseconds.
	channel = lazy(`^(` + ChannelID + `)(?:\|([^,|\pC]*))?$`)
	// channelName is a name without an id, which Slack resolves.
	channelName = lazy(`^#([\pL\pM\pN_-]+)$`)
)

// ChannelID is the pattern of an id in PostHog's channel picker, with a maximum
// that keeps audit lines short: Slack's ids have 9 to 11 characters. A person's id
// (U…) is excluded, since PostHog's messages to persons fail.
const ChannelID = `[CGD][A-Z0-9]{8,40}`

func readChannel(value string) (id string, ok bool) {
	found := channel().FindStringSubmatch(value)
	if found == nil || utf8.RuneCountInString(found[2]) > longestShown {
		return "", false
	}
	return found[1], true
}

func readID(entry string) (id string, ok bool) {
	id, _ = readChannel(entry)
	return id, id != "" && id == entry
}

// readPosted returns a channel's id, or its name if there is no id.
func readPosted(value string) (channel string, ok bool) {
	if id, ok := readChannel(value); ok {
		return id, true
	}
	found := channelName().FindStringSubmatch(value)
	return value, found != nil && utf8.RuneCountInString(found[1]) <= longestName
}
