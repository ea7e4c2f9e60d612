package transport

import (
	"log/slog"

	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/transport/jsonrpc"
)

// Encode is the response to m as JSON. What cannot be encoded becomes an
// incident: without any answer the client would wait for ever.
func Encode(log *slog.Logger, m jsonrpc.Message, response mcp.JSONRPCMessage) []byte {
	data, err := jsonrpc.Encode(m, response)
	if err != nil {
		return Broken(log, m, "encode an answer", err)
	}
	return data
}

// Broken is the response to a message on which this server failed, for a reason that
// only the log has; nil for a notification.
func Broken(log *slog.Logger, m jsonrpc.Message, place string, reason any) []byte {
	id := Incident(log, place, reason)
	if m.ID == nil {
		return nil
	}
	data, _ := jsonrpc.Encode(m, jsonrpc.Failure(m.ID, mcp.INTERNAL_ERROR, InternalError(id)))
	return data
}
