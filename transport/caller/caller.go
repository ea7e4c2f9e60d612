// Package caller tells callers apart.
package caller

import (
	"context"

	"posthog-mcp/transport/posthog"
	"posthog-mcp/transport/tokens"
)

// Server is the one caller of a server that shares its key with everybody who
// can connect.
const Server = "server"

// ID is the same for the same caller: the name of their token with "token:"
// before it, else the fingerprint of their PostHog key, else [Server]. It is no
// secret.
func ID(ctx context.Context) string {
	if name := tokens.NameFrom(ctx); name != "" {
		return "token:" + name
	}
	if key, ok := posthog.KeyFrom(ctx); ok {
		return key.Fingerprint()
	}
	return Server
}
