package web

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"golang.org/x/sync/semaphore"

	"posthog-mcp/transport"
	"posthog-mcp/transport/jsonrpc"
	"posthog-mcp/transport/payload"
	"posthog-mcp/transport/peer"
)

// heartbeat is how often an event stream carries a comment: proxies close
// connections on which nothing moves, many of them after a minute.
const heartbeat = 25 * time.Second

// stream is one open event stream, and what mcp-go knows of its client.
type stream struct {
	peer.Identity
	questions *peer.Questions

	id  string
	log *slog.Logger
	// ctx ends with the stream, and with it the calls whose answers would have
	// nowhere to go. It holds the key of the caller who opened the stream.
	ctx    context.Context
	cancel context.CancelFunc
	// calls is the room of this stream's calls, in bytes: see [streams.enter].
	calls         *semaphore.Weighted
	notifications chan mcp.JSONRPCNotification
	initialized   atomic.Bool

	out http.ResponseWriter
	// turn is held by who writes to out, and for ever once the handler returned.
	turn chan struct{}
}

var (
	_ server.SessionWithClientInfo  = (*stream)(nil)
	_ server.SessionWithElicitation = (*stream)(nil)
)

// SessionID is the id by which the client posts.
func (st *stream) SessionID() string { return st.id }

// NotificationChannel takes what the server wants to tell the client.
func (st *stream) NotificationChannel() chan<- mcp.JSONRPCNotification { return st.notifications }

// Initialize marks the handshake as done.
func (st *stream) Initialize() { st.initialized.Store(true) }

// Initialized tells whether the handshake is done.
func (st *stream) Initialized() bool { return st.initialized.Load() }

// RequestElicitation asks the person behind the client: see [peer.Questions.Ask].
func (st *stream) RequestElicitation(ctx context.Context, request mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	return st.questions.Ask(ctx, request.Params)
}

// serve keeps the stream open until its ctx ends. The calls write to it; address
// is where the client posts them.
func (st *stream) serve(address string) {
	defer st.leave()
	st.write("event: endpoint\ndata: %s?sessionId=%s\n\n", address, st.id)
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case n := <-st.notifications:
			st.tell(n)
		case <-beat.C:
			st.write(": still here\n\n")
		case <-st.ctx.Done():
			return
		}
	}
}

func (st *stream) leave() {
	st.cancel()
	st.turn <- struct{}{}
}

// send writes the answer to m as an event, with the result of a call.
func (st *stream) send(m jsonrpc.Message, response mcp.JSONRPCMessage, result *payload.Slot) {
	st.message(result.Fill(transport.Encode(st.log, m, response)))
}

// tell writes what the server says unasked.
func (st *stream) tell(n mcp.JSONRPCNotification) {
	if data, err := json.Marshal(n); err == nil {
		st.message(data)
	}
}

// message writes a JSON-RPC message as an event.
func (st *stream) message(data []byte) { st.write("event: message\ndata: %s\n\n", data) }

// write sends one event, whole. When the client does not take it, net/http ends
// the request's context, and the stream with it.
func (st *stream) write(format string, a ...any) {
	select {
	case st.turn <- struct{}{}:
	case <-st.ctx.Done():
		return
	}
	defer func() { <-st.turn }()
	_, _ = fmt.Fprintf(st.out, format, a...)
	_ = http.NewResponseController(st.out).Flush()
}

// handle has mcp-go answer m. The call has the values of the post it came
// with, and the life of the stream.
func (st *stream) handle(post context.Context, mcpServer *server.MCPServer, m jsonrpc.Message) (response mcp.JSONRPCMessage) {
	// What the caller is offered was settled when the stream was opened.
	post = transport.WithSettings(context.WithoutCancel(post), st.ctx)
	ctx, cancel := context.WithCancel(post)
	defer cancel()
	defer context.AfterFunc(st.ctx, cancel)()
	defer func() {
		if p := recover(); p != nil {
			incident := transport.Incident(st.log, "event stream", p)
			response = *jsonrpc.Failure(m.ID, mcp.INTERNAL_ERROR, transport.InternalError(incident))
		}
	}()
	return mcpServer.HandleMessage(mcpServer.WithContext(ctx, st), m.Raw)
}
