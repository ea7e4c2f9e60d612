package doctor

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// region is the name of the region of the host, or empty.
func (e *exam) region() string {
	for name, host := range e.Regions {
		if e.Host != nil && host.String() == e.Host.String() {
			return name
		}
	}
	return ""
}

// expired are how PostHog's refusals of a token begin that the host knows: then no
// other region knows it.
var expired = []string{"Access token has expired.", "User associated with", "Access token is not associated with"}

// refusedKey says what to do about a key that the host refuses. Every region has keys
// of its own, and answers to those of another region as to unknown ones.
func (e *exam) refusedKey(ctx context.Context, a answer) Finding {
	why, next := "PostHog does not know the key", "make a new one at "+e.keyPage()
	if e.Key.OAuth() {
		why, next = "PostHog does not know the token, or it has expired", e.loginAgain()
	}
	if slices.ContainsFunc(expired, func(words string) bool { return strings.HasPrefix(a.detail(), words) }) {
		return failed("PostHog knows the token and refuses it: "+a.why(), next)
	}
	here := e.region()
	if here == "" || e.ByLogin { // a login knows its region
		return failed(why+": "+a.why(), next+"; a key of another PostHog does not work here")
	}
	why += " in " + strings.ToUpper(here)
	for _, other := range slices.Sorted(maps.Keys(e.Regions)) {
		if other == here {
			continue
		}
		api := e.client(e.Regions[other])
		usable, told := e.introspect(ctx, api)
		api.CloseIdle()
		switch {
		case told.ok() && usable != nil:
			e.report.Host.KeyRegion = other
			return failed("the key belongs to PostHog Cloud "+strings.ToUpper(other)+", not to "+strings.ToUpper(here), "set POSTHOG_HOST="+other)
		case e.unknown(told):
			why += ", nor in " + strings.ToUpper(other)
		default:
			why += ", and " + strings.ToUpper(other) + " could not be asked"
			next += ", or try POSTHOG_HOST=" + other
		}
	}
	return failed(why+": "+a.why(), next)
}

// loginAgain is how a new OAuth token comes about.
func (e *exam) loginAgain() string {
	if e.ByLogin {
		return "run posthog-mcp login"
	}
	return "log in again, in the client that the token is from"
}
