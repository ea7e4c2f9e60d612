package tokens

import (
	"context"

	"posthog-mcp/transport/posthog"
)

// server is the only caller of a server that shares its key with everyone who can
// connect.
const server = "server"

// CallerID identifies the caller, by the name of their token, or else by their
// PostHog key. It is no secret.
func CallerID(ctx context.Context) string { return callerOf(ctx, posthog.Key.Hash) }

// CallerName names the caller for logs and records: "token:" and the name of their
// token, or else the fingerprint of their PostHog key, or else "server".
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
