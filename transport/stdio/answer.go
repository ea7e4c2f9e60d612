package stdio

import (
	"context"

	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/transport"
	"posthog-mcp/transport/jsonrpc"
	"posthog-mcp/transport/payload"
	"posthog-mcp/transport/telemetry"
)

// take handles one message: at once where that is quick, else in a goroutine of
// its own.
func (c *conn) take(line []byte) {
	m, problem := jsonrpc.Parse(line)
	switch {
	case problem != nil:
		c.reply(m, problem)
	case m.IsResponse():
		c.session.Answer(m)
	case m.IsCancellation():
		// mcp-go's own list of calls does not have those that wait for a slot,
		// and takes 1 and "1" for the same id.
		c.pending.cancel(m.Raw)
	case c.accepted.Acquire(c.open, 1) == nil:
		c.accept(m)
	case m.ID != nil:
		c.reply(m, ending(m))
	}
}

// accept starts a request or a notification. The next line can cancel the request
// already, so it is added to the pending ones first.
func (c *conn) accept(m jsonrpc.Message) {
	ctx, call := c.pending.add(c.all, m.ID)
	// The message after the handshake finds it done, and a ping does not wait for
	// calls.
	if m.ID == nil || m.Method == string(mcp.MethodInitialize) || m.Method == string(mcp.MethodPing) {
		c.answer(ctx, m, call)
	} else {
		go c.answer(ctx, m, call)
	}
}

// answer has the server handle a message.
func (c *conn) answer(ctx context.Context, m jsonrpc.Message, call *call) {
	defer c.end(m, call)
	if m.ID != nil && m.Method == string(mcp.MethodToolsCall) && !c.begin(ctx, call) {
		call.response = transport.Encode(c.log, m, ending(m))
		return
	}
	ctx, result := payload.With(telemetry.WithRequestID(ctx, m.ID))
	response := c.server.HandleMessage(ctx, m.Raw)
	if m.ID != nil {
		call.response = result.Fill(transport.Encode(c.log, m, response))
	}
}

// begin waits for a slot for the call; false means that the call is not to be made.
// When the server cancels all calls, the first of them to end free their slots
// before the others are cancelled, so c.all counts as well.
func (c *conn) begin(ctx context.Context, call *call) bool {
	if c.slots.Acquire(ctx, 1) != nil {
		return false
	}
	call.slots = 1
	return c.all.Err() == nil
}

// end is deferred around [conn.answer]. It writes the response, also that to a
// message on which the server panicked, unless the client cancelled the request:
// MCP wants no answer then.
// Source: the MCP specification, Cancellation.
func (c *conn) end(m jsonrpc.Message, call *call) {
	if p := recover(); p != nil {
		call.response = transport.Broken(c.log, m, "stdio", p)
	}
	if c.pending.finish(call) && call.response != nil {
		c.out.write(call.response)
	}
	call.cancel()
	c.slots.Release(call.slots)
	c.accepted.Release(1)
}

// ending is the response to a request that is not handled any longer.
func ending(m jsonrpc.Message) mcp.JSONRPCMessage {
	return jsonrpc.Failure(m.ID, mcp.INTERNAL_ERROR, "posthog-mcp is ending; nothing was sent to PostHog")
}

// reply writes a response without the result of a tool.
func (c *conn) reply(m jsonrpc.Message, response mcp.JSONRPCMessage) {
	c.out.write(transport.Encode(c.log, m, response))
}
