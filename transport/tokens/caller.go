package tokens

import (
	"context"

	"posthog-mcp/transport/posthog"
)

// server is the one caller of a server that shares its key with everybody who
// can connect.
const server = "server"

// CallerID is the same for the same caller, and never for two: it is made from the
// name of their token, else from their PostHog key. It is no secret.
func CallerID(ctx context.Context) string { return callerOf(ctx, posthog.Key.Hash) }

// CallerName names the caller for logs and records: the name of their token with
// "token:" before it, else the fingerprint of their PostHog key, else "server".
func CallerName(ctx context.Context) string { return callerOf(ctx, posthog.Key.Fingerprint) }

func callerOf(ctx context.Context, nameKey func(posthog.Key) string) string {
	if name := NameFrom(ctx); name != "" {
		return "token:" + name
	}
	if key, ok := posthog.KeyFrom(ctx); ok {
		return nameKey(key)
	}
	return server
}
