package transport

import (
	"context"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// CanAsk tells whether the person behind the client can be asked in the middle
// of a call: a handler that returns an input_required result with a form gets
// their answer. request is the call as the handler got it, under ctx.
//
// From 2026-07-28 a client says with each call what it can do, and makes the
// call again with the answer. Before, it said so in its handshake, and the
// server asks on the session: over stdio and on an event stream. Streamable HTTP
// without sessions has none to ask on.
func CanAsk(ctx context.Context, request mcp.CallToolRequest) bool {
	if server.IsModernRequest(ctx) {
		capabilities := request.Params.Meta.ClientCapabilities()
		return capabilities != nil && showsForms(capabilities.Elicitation)
	}
	session, _ := server.ClientSessionFromContext(ctx).(server.SessionWithElicitation)
	client, ok := session.(server.SessionWithClientInfo)
	return ok && showsForms(client.GetClientCapabilities().Elicitation)
}

// showsForms tells whether a client declared elicitation in form mode. One that
// names no mode means that: there was no other before 2025-11-25.
// Source: the MCP specification, Elicitation, Capabilities.
func showsForms(declared *mcp.ElicitationCapability) bool {
	return declared != nil && (declared.Form != nil || declared.URL == nil)
}
