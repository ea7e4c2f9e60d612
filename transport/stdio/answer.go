package stdio

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/transport/jsonrpc"
	"posthog-mcp/transport/telemetry"
)

// call is a message that is being handled. The client may cancel a request until it
// is answered.
type call struct {
	jsonrpc.Message
	ctx    context.Context
	cancel context.CancelCauseFunc
}

var errCancelled = errors.New("cancelled by the client")

func (c *conn) take(line []byte) {
	m, problem := jsonrpc.Parse(line)
	switch {
	case problem != nil:
		c.reply(m, problem)
	case m.IsResponse():
		c.session.Answer(m)
	case m.IsCancellation():
		c.cancel(m.Raw)
	case c.accepted.Acquire(c.open, 1) == nil:
		r := &call{Message: m}
		r.ctx, r.cancel = context.WithCancelCause(c.all)
		c.pending.Store(keyOf(m.ID), r) // the next line can cancel it already
		// The message after the handshake finds it done, and a ping does not wait for
		// calls.
		if m.ID == nil || m.Method == string(mcp.MethodInitialize) || m.Method == string(mcp.MethodPing) {
			c.answer(r)
		} else {
			go c.answer(r)
		}
	case m.ID != nil:
		c.reply(m, ending)
	}
}

// cancel cancels the request that a notifications/cancelled names. The request of an
// unknown id is answered already, or never was. mcp-go's own list of calls does not
// have those that wait for a slot, and takes 1 and "1" for the same id.
func (c *conn) cancel(message []byte) {
	var notification struct {
		Params struct {
			RequestID json.RawMessage `json:"requestId"`
		}
	}
	if json.Unmarshal(message, &notification) != nil || notification.Params.RequestID == nil {
		return
	}
	if r, found := c.pending.LoadAndDelete(keyOf(notification.Params.RequestID)); found {
		r.(*call).cancel(errCancelled)
	}
}

// keyOf is the same for the same id, however its string is escaped; the number
// 1 and the string "1" are two.
func keyOf(id json.RawMessage) string {
	var text string
	if json.Unmarshal(id, &text) == nil {
		return strconv.Quote(text)
	}
	return string(id)
}

// answer has the server handle a message, and writes the response unless the client
// cancelled the request: MCP wants none then.
// Source: the MCP specification, Cancellation.
func (c *conn) answer(r *call) {
	var response []byte
	var slots int64
	defer func() {
		if p := recover(); p != nil {
			response = jsonrpc.Broken(c.log, r.Message, "stdio", p)
		}
		c.pending.CompareAndDelete(keyOf(r.ID), r) // if a client uses an id twice, it has the later call
		if response != nil && !errors.Is(context.Cause(r.ctx), errCancelled) {
			c.write(response)
		}
		r.cancel(nil)
		c.slots.Release(slots)
		c.accepted.Release(1)
	}()
	if r.ID != nil && r.Method == string(mcp.MethodToolsCall) {
		if c.slots.Acquire(r.ctx, 1) == nil {
			slots = 1
		}
		// When the server cancels all calls, the first of them to end free their slots
		// before the others are cancelled, so c.all counts as well.
		if slots == 0 || c.all.Err() != nil {
			response = jsonrpc.Encode(c.log, r.Message, ending, nil)
			return
		}
	}
	ctx, slot := jsonrpc.With(telemetry.WithRequestID(r.ctx, r.ID))
	handled := c.server.HandleMessage(ctx, r.Raw)
	if r.ID != nil {
		response = jsonrpc.Encode(c.log, r.Message, handled, slot)
	}
}

// ending is the response to a request that is not handled any longer.
var ending = jsonrpc.Failure(nil, mcp.INTERNAL_ERROR, "posthog-mcp is ending; nothing was sent to PostHog")

// reply writes a response without the result of a tool.
func (c *conn) reply(m jsonrpc.Message, response mcp.JSONRPCMessage) {
	c.write(jsonrpc.Encode(c.log, m, response, nil))
}
