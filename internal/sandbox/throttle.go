package sandbox

import (
	"fmt"
	"net/http"
	"time"

	"posthog-mcp/internal/sandbox/drf"
)

// A rate is so many requests in so much time.
type rate struct {
	name   string
	limit  int
	window time.Duration
}

// A throttling says which rates a route counts against, and by whom.
type throttling int

const (
	// perKey: requests with a personal key, counted by key; tokens pass. So
	// do those that ask the event database, perQuery, and those that list
	// recordings, perListing.
	perKey throttling = iota
	perQuery
	perListing
	// perTeam: test deliveries, counted by project, whoever asks.
	perTeam
	// perPassword: writes to a user that name current_password, by user.
	perPassword
	// unthrottled: no rate at all.
	unthrottled
)

var (
	burst          = rate{"burst", 480, time.Minute}
	sustained      = rate{"sustained", 4800, time.Hour}
	queryBurst     = rate{"clickhouse_burst", 240, time.Minute}
	querySustained = rate{"clickhouse_sustained", 1200, time.Hour}
	testDelivery   = rate{"subscription_test_delivery", 10, time.Minute}
	userPassword   = rate{"user_authentication", 5, time.Minute}
	channelLookups = rate{"channel_lookup", 30, time.Minute}
)

// listings are the rates of listing recordings, by plan.
func listings(plan string) []rate {
	perMinute, perHour := 60, 300
	switch plan {
	case "free":
		perMinute, perHour = 12, 60
	case "enterprise":
		perMinute, perHour = 100, 400
	}
	return []rate{{"listing_burst", perMinute, time.Minute}, {"listing_sustained", perHour, time.Hour}}
}

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
	switch c.route.throttling {
	case unthrottled:
		return nil, ""
	case perTeam:
		if !c.switches.TestDeliveryLimit {
			return nil, ""
		}
		return []rate{testDelivery}, fmt.Sprint(c.project["id"])
	case perPassword:
		if data, err := c.object(); err == nil && c.r.Method != http.MethodGet {
			if _, named := data["current_password"]; named {
				return []rate{userPassword}, c.user.text("uuid")
			}
		}
		return nil, ""
	}
	if !c.switches.RateLimits || c.oauth() {
		return nil, ""
	}
	return c.keyRates(), c.cred.text("token")
}

func (c *call) keyRates() []rate {
	switch c.route.throttling {
	case perQuery:
		return []rate{queryBurst, querySustained}
	case perListing:
		return append(listings(c.plan(c.project.text("organization"))), queryBurst, querySustained)
	}
	return []rate{burst, sustained}
}

// count adds the call to its rate's history, or says how long until there is
// room. A refused call is not counted, as in the framework.
func (c *call) count(r rate, who string) time.Duration {
	key := r.name + " " + who
	history := c.history[key]
	for len(history) > 0 && !history[0].After(c.now.Add(-r.window)) {
		history = history[1:]
	}
	if len(history) >= r.limit {
		c.history[key] = history
		return max(r.window-c.now.Sub(history[0]), time.Nanosecond)
	}
	c.history[key] = append(history, c.now)
	return 0
}
