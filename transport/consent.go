package transport

import (
	"context"
	"errors"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/session"
)

// consent names the one thing that is ever asked: whether to go on.
const consent = "consent"

// CanAsk tells whether the person behind the client can be asked in the middle
// of a call: a handler that returns an input_required result with a form gets
// their answer. request is the call as the handler got it, under ctx.
//
// From 2026-07-28 a client says with each call what it can do, and makes the
// call again with the answer. Before, it said so in its handshake, and the
// server asks on the session: over stdio and on an event stream. Streamable HTTP
// without sessions has none to ask on.
func CanAsk(ctx context.Context, request mcp.CallToolRequest) bool {
	var declared *mcp.ElicitationCapability
	if server.IsModernRequest(ctx) {
		if capabilities := request.Params.Meta.ClientCapabilities(); capabilities != nil {
			declared = capabilities.Elicitation
		}
	} else if session, ok := server.ClientSessionFromContext(ctx).(server.SessionWithElicitation); ok {
		if client, ok := session.(server.SessionWithClientInfo); ok {
			declared = client.GetClientCapabilities().Elicitation
		}
	}
	// One that names no mode means forms: there was no other before 2025-11-25.
	// Source: the MCP specification, Elicitation, Capabilities.
	return declared != nil && (declared.Form != nil || declared.URL == nil)
}

// form is the question as MCP has it. Nothing is to be filled in: accept or
// decline is the answer.
func form(q *engine.Question) mcp.ElicitationParams {
	return mcp.ElicitationParams{
		Message:         q.Text,
		RequestedSchema: map[string]any{"type": "object", "properties": map[string]any{}},
	}
}

// ask puts the question to the person in the middle of the call, as clients
// before 2026-07-28 have it, and makes the call with the answer. mcp-go could
// do it too, but its error reaches no model.
func (h *handler) ask(ctx context.Context, request mcp.CallToolRequest, asking engine.Result) engine.Result {
	answer, err := server.ServerFromContext(ctx).RequestElicitation(ctx, mcp.ElicitationRequest{
		Request: mcp.Request{Method: string(mcp.MethodElicitationCreate)}, Params: form(asking.Question),
	})
	reply := engine.Reply(mcp.ElicitationResponseActionCancel)
	switch {
	case err == nil:
		reply = engine.Reply(answer.Action)
	case !errors.Is(err, session.ErrUnanswered):
		return asking.Unasked(err)
	}
	asked := engine.CallerOf(ctx)
	asked.CanAsk, asked.Answer = true, &engine.Answer{State: asking.Question.State, Reply: reply}
	result := h.Toolbox.Call(engine.WithCaller(ctx, asked), h.tool, request.Params.RawArguments)
	if result.Write != nil && result.Write.Target == "" {
		result.Write.Target = asking.Write.Target // after a no nothing is read again
	}
	return result
}

// callerOf adds to the caller of ctx whether their person can be asked, and what the
// person said if they were. An answer that comes with the call itself is of the
// newest revision: an older client cannot have been asked yet.
func callerOf(ctx context.Context, request mcp.CallToolRequest) engine.Caller {
	c := engine.CallerOf(ctx)
	c.CanAsk = CanAsk(ctx, request)
	answer := server.ElicitationResponse(request.Params.InputResponses, consent)
	if answer != nil && c.CanAsk && server.IsModernRequest(ctx) {
		c.Answer = &engine.Answer{State: request.Params.RequestState, Reply: engine.Reply(answer.Action)}
	}
	return c
}
