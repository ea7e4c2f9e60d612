package transport

import (
	"log/slog"

	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/internal/incident"
	"posthog-mcp/transport/jsonrpc"
)

// InternalError is what a client reads of an incident.
func InternalError(id string) string {
	return "Internal error in posthog-mcp; whether the call took effect is unknown. Its log has the details under the id " + id + "."
}

// Encode is the response to m as JSON. What cannot be encoded becomes an
// incident: without any answer the client would wait for ever.
func Encode(log *slog.Logger, m jsonrpc.Message, response mcp.JSONRPCMessage) []byte {
	data, err := jsonrpc.Encode(m, response)
	if err != nil {
		return Broken(log, m, "encode an answer", err)
	}
	return data
}

// Broken makes an incident of a panic, and returns the response to m as JSON; nil for
// a notification.
func Broken(log *slog.Logger, m jsonrpc.Message, where string, panicked any) []byte {
	id := incident.Record(log, "panic", panicked, "where", where)
	if m.ID == nil {
		return nil
	}
	data, _ := jsonrpc.Encode(m, jsonrpc.Failure(m.ID, mcp.INTERNAL_ERROR, InternalError(id)))
	return data
}
