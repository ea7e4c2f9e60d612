package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"posthog-mcp/internal/sandbox/drf"
)

// rules are what of PostHog's rules is a table: rules.json.
var rules = sync.OnceValue(func() (r struct {
	Fields map[string][]drf.Field
	Rates  map[string][]rate
	// Notifications says what a setting holds: a flag, a number, a map of
	// flags, or maps of them.
	Notifications map[string]string
	Choices       map[string][]string
},
) {
	load("rules", &r)
	return r
})

func fields(serializer string) []drf.Field { return rules().Fields[serializer] }

// oneOf says whether the value is among the choices of that name.
func oneOf(choices, value string) bool { return slices.Contains(rules().Choices[choices], value) }

// A rate is so many requests in so much time.
type rate struct {
	Name    string
	Limit   int
	Seconds int
}

// What a route counts against; routes that say nothing count by key: requests
// with a personal key, while tokens pass. So do those that ask the event
// database, and those that list recordings.
const (
	perQuery    = "query"
	perListing  = "listing"
	perTeam     = "team"     // for test deliveries, counted by project, whoever asks
	perPassword = "password" // for writes to a user that name current_password
	unthrottled = "none"
)

// throttle counts the call against each of its rates and refuses it when there
// were too many of one.
func (c *call) throttle() *drf.Error {
	rates, who := c.rates()
	var wait time.Duration
	for _, r := range rates {
		wait = max(wait, c.count(r, who))
	}
	if wait == 0 {
		return nil
	}
	return drf.Throttled(wait)
}

// rates are those the call counts against, and whose they are.
func (c *call) rates() ([]rate, string) {
	all, kind := rules().Rates, c.route.throttling
	switch {
	case kind == perTeam && c.switches.TestDeliveryLimit:
		return all[kind], fmt.Sprint(c.project["id"])
	case kind == perPassword && c.r.Method != http.MethodGet:
		if data, err := c.object(); err == nil && drf.Values(data).Has("current_password") {
			return all[kind], c.user.text("uuid")
		}
	case kind == unthrottled, kind == perTeam, kind == perPassword, !c.switches.RateLimits, c.oauth():
	case kind == "":
		return all["key"], c.cred.text("token")
	case kind == perListing:
		return slices.Concat(all[kind+" "+c.plan(c.project.text("organization"))], all[perQuery]), c.cred.text("token")
	default:
		return all[kind], c.cred.text("token")
	}
	return nil, ""
}

// count adds the call to its rate's history, or says how long until there is
// room. A refused call is not counted, as in the framework.
func (c *call) count(r rate, who string) time.Duration {
	key, window := r.Name+" "+who, time.Duration(r.Seconds)*time.Second
	history := c.history[key]
	for len(history) > 0 && !history[0].After(c.now.Add(-window)) {
		history = history[1:]
	}
	c.history[key] = history
	if len(history) >= r.Limit {
		return max(window-c.now.Sub(history[0]), time.Nanosecond)
	}
	c.history[key] = append(history, c.now)
	return 0
}
