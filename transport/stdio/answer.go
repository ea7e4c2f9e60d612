package stdio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/transport"
	"posthog-mcp/transport/payload"
)

// take answers one message, at once where that is quick, else on the side.
func (c *conn) take(ctx context.Context, line []byte) {
	m, problem := parse(line)
	switch {
	case problem != nil:
		c.reply(m.ID, *problem)
		return
	case m.response():
		return
	case m.ID == nil && m.Method == string(mcp.MethodNotificationCancelled):
		// mcp-go's own list of calls does not have those that wait for their
		// turn, and takes 1 and "1" for the same id.
		c.pending.cancel(line)
		return
	case m.quick():
		c.answer(ctx, &m, line, nil)
		return
	}
	size := int64(len(line) + overhead)
	if c.waiting.Acquire(ctx, size) != nil {
		c.turnAway(m.ID, nil)
		return
	}
	// The call can be taken back from the next line on, so it is known first.
	own, call := c.pending.add(ctx, m.ID)
	accepted := c.run(func() {
		defer c.waiting.Release(size)
		defer c.pending.end(call)
		if m.Method == string(mcp.MethodToolsCall) {
			if !c.begin(ctx, own) {
				c.turnAway(m.ID, call)
				return
			}
			defer func() { <-c.calls }()
		}
		c.answer(own, &m, line, call)
	})
	if !accepted {
		c.waiting.Release(size)
		c.turnAway(m.ID, call)
	}
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
func (c *conn) turnAway(id json.RawMessage, call *call) {
	if c.pending.end(call) {
		c.reply(id, failure(mcp.INTERNAL_ERROR, "posthog-mcp is ending; nothing was sent to PostHog"))
	}
}

// answer hands a message to the server and writes what comes back, unless the
// client took the call back: MCP wants no answer then.
// Source: the MCP specification, Cancellation.
func (c *conn) answer(ctx context.Context, m *message, line []byte, call *call) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		id := transport.Incident(c.log, "stdio", p)
		if m.ID != nil && c.pending.end(call) {
			c.reply(m.ID, failure(mcp.INTERNAL_ERROR, transport.InternalError(id)))
		}
	}()
	ctx, result := c.marks.With(ctx)
	response := c.server.HandleMessage(ctx, line)
	if m.ID == nil {
		return
	}
	c.session.flush(ctx)
	if c.pending.end(call) {
		c.send(m.ID, inWords(m.Method, response), result)
	}
}

// reply writes an answer that holds no tool's result.
func (c *conn) reply(id json.RawMessage, response mcp.JSONRPCMessage) {
	c.send(id, response, &payload.Slot{})
}

// send writes an answer under the id as the client wrote it: mcp-go reads ids
// as floating-point numbers, which change beyond 2^53.
func (c *conn) send(id json.RawMessage, response mcp.JSONRPCMessage, result *payload.Slot) {
	data, err := encode(id, response)
	if err != nil {
		// Without an answer the client would wait for ever.
		incident := transport.Incident(c.log, "stdio: encode an answer", err)
		data, _ = encode(id, failure(mcp.INTERNAL_ERROR, transport.InternalError(incident)))
	}
	c.out.write(result.Fill(data))
}

func encode(id json.RawMessage, response mcp.JSONRPCMessage) ([]byte, error) {
	var known mcp.RequestId // null
	if id != nil {
		known = mcp.NewRequestId(id)
	}
	switch r := response.(type) {
	case mcp.JSONRPCResponse:
		r.ID = known
		return json.Marshal(r)
	case mcp.JSONRPCError:
		r.ID = known
		return json.Marshal(r)
	case nil:
		return nil, errors.New("no answer")
	}
	return nil, fmt.Errorf("an answer of type %T", response)
}

// inWords replaces mcp-go's account of parameters that it could not read, which
// names Go types, and its code for them, which is that of a broken message.
func inWords(method string, response mcp.JSONRPCMessage) mcp.JSONRPCMessage {
	refused, ok := response.(mcp.JSONRPCError)
	if !ok || !strings.HasPrefix(refused.Error.Message, "unparsable ") {
		return response
	}
	return failure(mcp.INVALID_PARAMS, "the params of "+method+" are not as MCP defines them")
}
