package recipient

import (
	"regexp"
	"sync"
)

// plainURL is a URL whose host every program reads alike: it ends at a port, at
// a slash or with the URL, and readDomain takes nothing but a name for it. So
// there are no users and no hosts in disguise (https://a@b/, https://b\@a/), no
// addresses in brackets, and none of the tabs and newlines that some programs
// drop. The scheme's letters stand in both cases, since (?i) would take a long
// s (ſ) for an s.
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

// hostOf returns the host of a webhook or of a Teams channel, of which newer
// versions of PostHog return nothing but the host.
func hostOf(kind, value string) (host string, ok bool) {
	if host, ok = readURL(value); ok || kind != Teams {
		return host, ok
	}
	return readDomain(value)
}
