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
	if err == nil {
		return data
	}
	incident := Incident(log, "encode an answer", err)
	data, _ = jsonrpc.Encode(m, jsonrpc.Failure(m.ID, mcp.INTERNAL_ERROR, InternalError(incident)))
	return data
}
