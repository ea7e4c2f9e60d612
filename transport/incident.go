package transport

import (
	"log/slog"

	"posthog-mcp/internal/incident"
)

// Incident logs a recovered panic with its stack, and returns the id under
// which it is found.
func Incident(log *slog.Logger, where string, panicked any) string {
	return incident.Record(log, "panic", panicked, "where", where)
}

// InternalError is what a client reads of an incident.
func InternalError(id string) string {
	return "Internal error in posthog-mcp; whether the call took effect is unknown. Its log has the details under the id " + id + "."
}
