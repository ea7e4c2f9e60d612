package limit

import (
	"context"
	"strings"

	"posthog-mcp/tools"
	"posthog-mcp/transport/posthog"
)

// apart are the paths that PostHog throttles by themselves, by what is found in
// them: ten test deliveries a minute for a whole project, 240 calls a minute for
// insights, 30 look-ups a minute for a Slack workspace; users only where a
// password is changed. To hold back everything that a caller does because of one
// of those would be wrong, most of all where all callers share the server's key.
var apart = [...]string{"/test-delivery/", "/insights/", "/channels/", "/api/users/"}

// laneOf names what PostHog throttles together: a caller's calls, with the
// exceptions of [apart]. It has the key's fingerprint, not the key.
func laneOf(ctx context.Context, r *tools.Request) string {
	caller := "server"
	if key, own := posthog.KeyFrom(ctx); own {
		caller = key.Fingerprint()
	}
	for _, part := range apart {
		if strings.Contains(r.Path, part) {
			return caller + part
		}
	}
	return caller
}
