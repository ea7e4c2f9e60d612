package doctor

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"posthog-mcp/transport/posthog"
)

// A Region is a PostHog Cloud.
type Region struct {
	// Name is its value of POSTHOG_HOST.
	Name string
	Host *url.URL
}

// cloud has the regions of PostHog Cloud.
func cloud() (all []Region) {
	for _, name := range []string{"us", "eu"} {
		host, _ := posthog.ParseHost(name, false) // both names are known
		all = append(all, Region{name, host})
	}
	return all
}

// region is the region of the host, or nil.
func (e *exam) region() *Region {
	i := slices.IndexFunc(e.Regions, func(r Region) bool { return e.Host != nil && r.Host.String() == e.Host.String() })
	if i < 0 {
		return nil
	}
	return &e.Regions[i]
}

func (r *Region) title() string { return strings.ToUpper(r.Name) }

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
	if here == nil || e.ByLogin { // a login knows its region
		return failed(why+": "+a.why(), next+"; a key of another PostHog does not work here")
	}
	why += " in " + here.title()
	for _, other := range e.Regions {
		if other.Name == here.Name {
			continue
		}
		api := e.client(other.Host)
		usable, told := e.introspect(ctx, api)
		api.CloseIdle()
		switch {
		case told.ok() && usable != nil:
			e.report.Host.KeyRegion = other.Name
			return failed(fmt.Sprintf("the key belongs to PostHog Cloud %s, not to %s", other.title(), here.title()), "set POSTHOG_HOST="+other.Name)
		case e.unknown(told):
			why += ", nor in " + other.title()
		default:
			why += ", and " + other.title() + " could not be asked"
			next += ", or try POSTHOG_HOST=" + other.Name
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
