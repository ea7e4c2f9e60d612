package web

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/tools"
	"posthog-mcp/transport"
	"posthog-mcp/transport/jsonrpc"
	"posthog-mcp/transport/payload"
	"posthog-mcp/transport/session"
	"posthog-mcp/transport/telemetry"
)

const (
	// callsInFlight bounds the calls of one stream. Those that wait for a person count
	// too: see [session.Session].
	callsInFlight = 64
	// heartbeat is how often an event stream carries a comment: proxies close
	// connections on which nothing moves, many of them after a minute.
	heartbeat = 25 * time.Second
)

// stream is one open event stream, with the session of its client.
//
// mcp-go's own event streams continue the calls of a client that left, send the text of
// a panic to the client, and do not report when the last answer was sent.
type stream struct {
	*session.Session
	mcp *server.MCPServer
	log *slog.Logger
	// ctx is the context of the stream's calls, with the caller who opened it. It ends
	// with the stream, since the answers then have no way to the client.
	ctx    context.Context
	cancel context.CancelFunc
	// calls has an element for each call in flight.
	calls chan struct{}

	out http.ResponseWriter
	// writing is the mutex of out. Waiting for it ends with the stream. It stays locked
	// once the handler has returned.
	writing chan struct{}
}

func (s *Server) newStream(ctx context.Context, out http.ResponseWriter) *stream {
	st := &stream{mcp: s.MCP, log: s.Logger, out: out, writing: make(chan struct{}, 1), calls: make(chan struct{}, callsInFlight)}
	st.Session = session.New(rand.Text(), st.message)
	st.ctx, st.cancel = context.WithCancel(s.MCP.WithContext(ctx, st))
	return st
}

// serve keeps the stream open until its ctx ends. The calls write to it; address
// is where the client posts them.
func (st *stream) serve(address string) {
	st.write("event: endpoint\ndata: %s?sessionId=%s\n\n", address, st.SessionID())
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case n := <-st.Notifications:
			if data, err := json.Marshal(n); err == nil {
				st.message(data)
			}
		case <-beat.C:
			st.write(": still here\n\n")
		case <-st.ctx.Done():
			return
		}
	}
}

// close ends the stream. Nothing is written to it afterwards.
func (st *stream) close() {
	st.cancel()
	st.writing <- struct{}{}
}

// message writes a JSON-RPC message as an event.
func (st *stream) message(data []byte) { st.write("event: message\ndata: %s\n\n", data) }

// write sends one whole event. If the client does not read it, net/http ends the
// request's context, and the stream with it.
func (st *stream) write(format string, a ...any) {
	select {
	case st.writing <- struct{}{}:
	case <-st.ctx.Done():
		return
	}
	defer func() { <-st.writing }()
	_, _ = fmt.Fprintf(st.out, format, a...)
	_ = http.NewResponseController(st.out).Flush()
}

// handle has mcp-go handle m, and returns the response as JSON; nil for a notification.
// The caller's limits are those of the post: the operator may have changed them since
// the stream was opened.
func (st *stream) handle(post context.Context, m jsonrpc.Message) (response []byte) {
	defer func() {
		if p := recover(); p != nil {
			response = transport.Broken(st.log, m, "event stream", p)
		}
	}()
	caller := tools.CallerOf(st.ctx)
	caller.Limits = tools.CallerOf(post).Limits
	ctx, result := payload.With(telemetry.WithRequestID(tools.WithCaller(st.ctx, caller), m.ID))
	handled := st.mcp.HandleMessage(ctx, m.Raw)
	if m.ID == nil {
		return nil
	}
	return result.Fill(transport.Encode(st.log, m, handled))
}
