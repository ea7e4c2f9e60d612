package limit

import (
	"context"
	"strings"

	"posthog-mcp/tools"
)

// separatelyThrottled are parts of the paths that PostHog throttles apart: ten
// test deliveries a minute for a whole project, 240 calls a minute for insights,
// 30 look-ups a minute for a Slack workspace; users only where a password is
// changed. To hold back all calls of a key because of one of those would be wrong,
// most of all where all callers share the server's key.
var separatelyThrottled = [...]string{"/test-delivery/", "/insights/", "/channels/", "/api/users/"}

// keyOf names what PostHog throttles together: the calls made with a key, with
// the exceptions of [separatelyThrottled]. It has a hash of the key, not the key.
func keyOf(ctx context.Context, r *tools.Request) string {
	caller := "server"
	if key := tools.CallerOf(ctx).Key; key != nil {
		caller = key.Hash()
	}
	for _, part := range separatelyThrottled {
		if strings.Contains(r.Path, part) {
			return caller + part
		}
	}
	return caller
}
