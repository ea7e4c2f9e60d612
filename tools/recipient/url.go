package recipient

import (
	"regexp"
	"sync"
)

// plainURL is a URL whose host every program reads alike: the host ends at a port,
// at a slash or with the URL, and readDomain accepts only a name. This excludes
// users and disguised hosts (https://a@b/, https://b\@a/), addresses in brackets,
// and the tabs and newlines that some programs drop. The scheme lists both cases of
// its letters, since (?i) would accept a long s (ſ) for an s.
var plainURL = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[Hh][Tt][Tt][Pp][Ss]?://([^/:]+)(?::[0-9]{1,5})?(?:/(?:[!-$&-\[\]-~]|%[0-9A-Fa-f]{2})*)?$`)
})

// readURL returns the host of a webhook, in ASCII and lower case.
func readURL(value string) (host string, ok bool) {
	found := plainURL().FindStringSubmatch(value)
	if found == nil {
		return "", false
	}
	return readDomain(found[1])
}

// hostOf returns the host of a webhook or of a Teams channel. Newer versions of
// PostHog return only the host of a Teams channel.
func hostOf(kind, value string) (host string, ok bool) {
	if host, ok = readURL(value); ok || kind != Teams {
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

var teamsURL = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^https://[a-z0-9.-]+\.(?:logic\.azure\.com(?::443)?/workflows/.*triggers/manual/paths/invoke` +
		`|webhook\.office\.com(?::443)?/webhookb2/.*incomingwebhook/|(?:powerautomate|flow\.microsoft)\.com(?::443)?/.` +
		`|environment\.api\.powerplatform\.com(?::443)?/powerautomate/automations/direct/.*workflows/)`)
})
