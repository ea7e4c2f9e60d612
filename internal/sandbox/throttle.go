package sandbox

import (
	"net/http"
	"strconv"
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
	// perKey: requests with a personal key, counted by key; tokens pass.
	perKey throttling = iota
	// perTeam: test deliveries, counted by project, whoever asks.
	perTeam
	// perPassword: writes to a user that name current_password, by user.
	perPassword
	// unthrottled: no rate at all.
	unthrottled
)

var (
	burst           = rate{"burst", 480, time.Minute}
	sustained       = rate{"sustained", 4800, time.Hour}
	testDelivery    = rate{"subscription_test_delivery", 10, time.Minute}
	userPassword    = rate{"user_authentication", 5, time.Minute}
	channelLookups  = rate{"channel_lookup", 30, time.Minute}
	recordingBursts = rate{"listing_burst", 60, time.Minute}
)

// throttle counts the call and refuses it when there were too many.
func (c *call) throttle() *drf.Error {
	switch c.route.throttling {
	case perKey:
		if !c.switches.RateLimits || c.cred.oauth {
			return nil
		}
		return tooMany(max(c.count(burst, c.cred.token), c.count(sustained, c.cred.token)))
	case perTeam:
		if !c.switches.TestDeliveryLimit {
			return nil
		}
		return tooMany(c.count(testDelivery, strconv.FormatInt(c.project.ID, 10)))
	case perPassword:
		data, err := c.object()
		if _, named := data["current_password"]; err != nil || !named || c.r.Method == http.MethodGet {
			return nil
		}
		return tooMany(c.count(userPassword, c.user.UUID))
	}
	return nil
}

func tooMany(wait time.Duration) *drf.Error {
	if wait <= 0 {
		return nil
	}
	return drf.Throttled(wait)
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
