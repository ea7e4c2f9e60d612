package stdio

import (
	"context"

	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/transport"
	"posthog-mcp/transport/jsonrpc"
	"posthog-mcp/transport/payload"
	"posthog-mcp/transport/telemetry"
)

// take answers one message: at once where that is quick, else in a goroutine of
// its own.
func (c *conn) take(ctx context.Context, line []byte) {
	m, problem := jsonrpc.Parse(line)
	switch {
	case problem != nil:
		c.reply(m, problem)
		return
	case m.IsResponse():
		c.session.questions.Answer(m)
		return
	case m.IsCancellation():
		// mcp-go's own list of calls does not have those that wait for a slot,
		// and takes 1 and "1" for the same id.
		c.pending.cancel(m.Raw)
		return
	case m.ID == nil:
		c.answer(ctx, m, nil)
		return
	}
	select {
	case c.accepted <- struct{}{}:
	case <-ctx.Done():
		c.refuse(m)
		return
	}
	// The next line can take the request back already, so it is known first.
	own, call := c.pending.add(ctx, m.ID)
	switch {
	case call == nil:
		<-c.accepted
		c.refuse(m)
	case m.Method == string(mcp.MethodInitialize) || m.Method == string(mcp.MethodPing):
		// The message after the handshake finds it done, and a ping does not
		// wait for calls.
		c.answer(own, m, call)
	default:
		go c.answer(own, m, call)
	}
}

// answer hands a message to the server and writes the response, unless the
// client took the request back: MCP wants no answer then. The call is nil for a
// notification.
// Source: the MCP specification, Cancellation.
func (c *conn) answer(ctx context.Context, m jsonrpc.Message, call *call) {
	defer c.end(m, call)
	if m.Method == string(mcp.MethodToolsCall) && call != nil {
		if !c.begin(ctx) {
			c.respond(call, m, ending(m))
			return
		}
		defer func() { <-c.slots }()
	}
	ctx, result := payload.With(telemetry.WithRequestID(ctx, m.ID))
	response := c.server.HandleMessage(ctx, m.Raw)
	if call != nil && c.pending.answered(call) {
		c.write(result.Fill(transport.Encode(c.log, m, response)))
	}
}

// begin waits for a slot for the call of ctx; false means that the call is not
// to be made. The end of all calls reaches each of them one by one, and the
// first of them to end free their slots: so the context is looked at again.
func (c *conn) begin(ctx context.Context) bool {
	select {
	case c.slots <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	if c.all.Err() != nil || ctx.Err() != nil {
		<-c.slots
		return false
	}
	return true
}

// end is deferred around [conn.answer]: a panic outside of the tools is
// answered, too.
func (c *conn) end(m jsonrpc.Message, call *call) {
	if p := recover(); p != nil {
		id := transport.Incident(c.log, "stdio", p)
		if call != nil {
			c.respond(call, m, jsonrpc.Failure(m.ID, mcp.INTERNAL_ERROR, transport.InternalError(id)))
		}
	}
	if call != nil {
		c.pending.done(call)
		<-c.accepted
	}
}

// respond writes the response to a request that the client still wants.
func (c *conn) respond(call *call, m jsonrpc.Message, response mcp.JSONRPCMessage) {
	if c.pending.answered(call) {
		c.reply(m, response)
	}
}

// refuse answers a request that was read when the end had already begun.
func (c *conn) refuse(m jsonrpc.Message) { c.reply(m, ending(m)) }

func ending(m jsonrpc.Message) mcp.JSONRPCMessage {
	return jsonrpc.Failure(m.ID, mcp.INTERNAL_ERROR, "posthog-mcp is ending; nothing was sent to PostHog")
}

// reply writes a response that holds no tool's result.
func (c *conn) reply(m jsonrpc.Message, response mcp.JSONRPCMessage) {
	c.write(transport.Encode(c.log, m, response))
}

// write writes a response, after the notifications that belong before it.
func (c *conn) write(response []byte) {
	c.writing.Lock()
	defer c.writing.Unlock()
	for _, notification := range c.session.queued() {
		c.out.write(notification)
	}
	c.out.write(response)
}
