package doctor

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// A Region is one of the places that PostHog runs for its customers.
type Region struct {
	// Name is what POSTHOG_HOST takes for it.
	Name string
	Host *url.URL
}

// region is the region that runs host, or nil.
func (e *exam) region(host *url.URL) *Region {
	for i, r := range e.Regions {
		if host != nil && r.Host.String() == host.String() {
			return &e.Regions[i]
		}
	}
	return nil
}

func (r *Region) title() string { return strings.ToUpper(r.Name) }

// dead are the words about tokens that the host knows: no other region does
// then.
var dead = []string{"Access token has expired.", "User associated with", "Access token is not associated with"}

// refusedKey says what to do about a key that the host does not take. Every
// region has keys of its own, and answers to those of another as to garbage.
func (e *exam) refusedKey(ctx context.Context, a answer) Finding {
	why, next := "PostHog does not know the key", "make a new one at "+e.keyPage()
	if e.Key.OAuth() {
		why, next = "PostHog does not know the token, or it has expired", e.logInAgain()
	}
	if slices.ContainsFunc(dead, func(words string) bool { return strings.HasPrefix(a.detail(), words) }) {
		return failed("PostHog knows the token and refuses it: "+a.why(), next)
	}
	here := e.region(e.Host)
	if here == nil || e.ByLogin { // a login knows its region
		return failed(why+": "+a.why(), next+"; a key of another PostHog does not work here")
	}
	why += " in " + here.title()
	for _, other := range e.Regions {
		if other.Name == here.Name {
			continue
		}
		switch known, told := e.knownIn(ctx, other.Host); {
		case known:
			e.report.Host.KeyRegion = other.Name
			return failed(fmt.Sprintf("the key belongs to PostHog Cloud %s, not to %s", other.title(), here.title()), "set POSTHOG_HOST="+other.Name)
		case told:
			why += ", nor in " + other.title()
		default:
			why += ", and " + other.title() + " could not be asked"
			next += ", or try POSTHOG_HOST=" + other.Name
		}
	}
	return failed(why+": "+a.why(), next)
}

// logInAgain is how a new OAuth token comes about.
func (e *exam) logInAgain() string {
	if e.ByLogin {
		return logIn
	}
	return "log in again, in the client that the token is from"
}

// knownIn asks another region about the key; told is whether that had an answer.
func (e *exam) knownIn(ctx context.Context, host *url.URL) (known, told bool) {
	api := e.client(host)
	defer api.CloseIdle()
	usable, a := e.introspect(ctx, api)
	known = a.ok() && usable != nil
	return known, known || e.unknown(a)
}
