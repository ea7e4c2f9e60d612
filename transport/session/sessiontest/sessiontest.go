// Package sessiontest is an MCP server that asks the person, for tests of the
// transports that carry its questions. Only tests import it.
package sessiontest

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/transport"
	"posthog-mcp/transport/jsonrpc"
)

// State goes with each question and comes back. An encoder could change any of it.
const State = "sealed+/=<&>\u2028\"é"

// Form is the schema of the answer.
const Form = `{"type":"object","properties":{"go":{"type":"boolean"}},"required":["go"]}`

// Server has the tools ask, which asks the person once under the key "confirm" and tells
// what came back, and can-ask, which tells whether it could.
func Server() *server.MCPServer {
	s := server.NewMCPServer("asking", "1", server.WithToolCapabilities(false))
	s.AddTool(mcp.NewTool("ask"), ask)
	s.AddTool(mcp.NewTool("can-ask"), func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultText(strconv.FormatBool(transport.CanAsk(ctx, request))), nil
	})
	return s
}

// Told is what ask says of the answer.
type Told struct {
	Action  string `json:"action"`
	Content any    `json:"content"`
	State   string `json:"state"`
}

// ask leaves a draft of its result behind, as a tool may. Only its last result may be seen.
func ask(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	answer := server.ElicitationResponse(request.Params.InputResponses, "confirm")
	if answer == nil {
		jsonrpc.Put(ctx, "a draft", []byte(`{"draft":true}`))
		return server.NewInputRequestBuilder(State).Elicit("confirm", mcp.ElicitationParams{
			Message: "unparsable <b>\u2028\"Send it?\"", RequestedSchema: json.RawMessage(Form),
		}).ToolResult(), nil
	}
	told, err := json.Marshal(Told{Action: string(answer.Action), Content: answer.Content, State: request.Params.RequestState})
	if err != nil {
		return nil, err
	}
	text, object := jsonrpc.Put(ctx, "", told)
	return &mcp.CallToolResult{
		Content:              []mcp.Content{mcp.TextContent{Type: mcp.ContentTypeText, Text: text}},
		RawStructuredContent: object,
	}, nil
}
