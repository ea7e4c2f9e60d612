package stdio

import (
	"context"

	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/transport"
	"posthog-mcp/transport/jsonrpc"
	"posthog-mcp/transport/payload"
	"posthog-mcp/transport/telemetry"
)

// take answers one message, at once where that is quick, else on the side.
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
		// mcp-go's own list of calls does not have those that wait for their
		// turn, and takes 1 and "1" for the same id.
		c.pending.cancel(line)
		return
	case quick(m):
		c.answer(ctx, m, nil)
		return
	}
	size := int64(len(line) + overhead)
	if c.waiting.Acquire(ctx, size) != nil {
		c.turnAway(m, nil)
		return
	}
	// The call can be taken back from the next line on, so it is known first.
	own, call := c.pending.add(ctx, m.ID)
	accepted := c.run(func() {
		defer c.waiting.Release(size)
		defer c.pending.end(call)
		if m.Method == string(mcp.MethodToolsCall) {
			if !c.begin(ctx, own) {
				c.turnAway(m, call)
				return
			}
			defer func() { <-c.calls }()
		}
		c.answer(own, m, call)
	})
	if !accepted {
		c.waiting.Release(size)
		c.turnAway(m, call)
	}
}

// quick tells whether a message is answered at once, however many calls are
// being made. The handshake is, so that what follows it finds it done.
func quick(m jsonrpc.Message) bool {
	return m.ID == nil || m.Method == string(mcp.MethodInitialize) || m.Method == string(mcp.MethodPing)
}

// begin waits for the turn of the call that runs under own; false means that it
// is not to be made. The end of all calls reaches each of them one by one, and
// the first of them to end make room: so all is looked at too.
func (c *conn) begin(all, own context.Context) bool {
	select {
	case c.calls <- struct{}{}:
	case <-own.Done():
		return false
	}
	if all.Err() != nil || own.Err() != nil {
		<-c.calls
		return false
	}
	return true
}

// turnAway answers a request that the end came before.
func (c *conn) turnAway(m jsonrpc.Message, call *call) {
	if c.pending.end(call) {
		c.reply(m, jsonrpc.Failure(m.ID, mcp.INTERNAL_ERROR, "posthog-mcp is ending; nothing was sent to PostHog"))
	}
}

// answer hands a message to the server and writes what comes back, unless the
// client took the call back: MCP wants no answer then.
// Source: the MCP specification, Cancellation.
func (c *conn) answer(ctx context.Context, m jsonrpc.Message, call *call) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		id := transport.Incident(c.log, "stdio", p)
		if m.ID != nil && c.pending.end(call) {
			c.reply(m, jsonrpc.Failure(m.ID, mcp.INTERNAL_ERROR, transport.InternalError(id)))
		}
	}()
	ctx, result := c.marks.With(telemetry.WithRequestID(ctx, m.ID))
	response := c.server.HandleMessage(ctx, m.Raw)
	if m.ID == nil {
		return
	}
	c.session.flush(ctx)
	if c.pending.end(call) {
		c.out.write(transport.Encode(c.log, m, response), result)
	}
}

// reply writes an answer that holds no tool's result.
func (c *conn) reply(m jsonrpc.Message, response mcp.JSONRPCMessage) {
	c.out.write(transport.Encode(c.log, m, response), &payload.Slot{})
}
