package web

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/sync/semaphore"

	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/guard"
	"posthog-mcp/transport/jsonrpc"
	"posthog-mcp/transport/session"
	"posthog-mcp/transport/telemetry"
)

const (
	mostStreams   = 1000               // of all callers, at some 30 KB each: a caller can make tokens up
	callsInFlight = 64                 // of one stream, with those that wait for a person
	mostCalls     = 16 * callsInFlight // of all streams; a message counts once for each largePart bytes begun
	largePart     = 64 << 10           // so that their messages take 64 MiB at most
	// heartbeat is how often an event stream carries a comment: proxies close
	// connections on which nothing moves, many of them after a minute.
	heartbeat = 25 * time.Second
)

// stream is one open event stream of the older HTTP transport: the client posts its
// messages, and the answers come on the stream. mcp-go's own event streams continue the
// calls of a client that left, send the text of a panic to the client, and do not report
// when the last answer was sent.
type stream struct {
	*session.Session
	ctx    context.Context // of the calls, with the caller who opened the stream
	cancel context.CancelFunc
	calls  *semaphore.Weighted // in flight
	out    http.ResponseWriter
	// writing is the mutex of out. Waiting for it ends with the stream.
	writing chan struct{}
}

// open serves GET /sse until the client leaves.
func (s *Server) open(w http.ResponseWriter, r *http.Request) *guard.Refusal {
	ctx, refused := withSettings(r, s.CheckSelection)
	if refused != nil {
		return refused
	}
	if !s.streamRoom.TryAcquire(1) {
		return tooManyStreams
	}
	defer s.streamRoom.Release(1)
	st := &stream{out: w, writing: make(chan struct{}, 1), calls: semaphore.NewWeighted(callsInFlight)}
	st.Session = session.New(rand.Text(), st.message)
	st.ctx, st.cancel = context.WithCancel(s.MCP.WithContext(ctx, st))
	defer func() {
		st.cancel()
		st.writing <- struct{}{} // nothing is written to w afterwards
	}()
	s.streams.Store(st.SessionID(), st)
	defer s.streams.Delete(st.SessionID())
	if s.draining.Load() {
		return shuttingDown
	}
	_ = s.MCP.RegisterSession(ctx, st) // fails on an id that is in use; this one is new
	defer s.MCP.UnregisterSession(ctx, st.SessionID())

	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would hold events back
	w.WriteHeader(http.StatusOK)
	st.write("event: endpoint\ndata: %s/message?sessionId=%s\n\n", s.public.EscapedPath(), st.SessionID())
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-beat.C:
			st.write(": still here\n\n")
		case <-st.ctx.Done():
			return nil
		}
	}
}

// message writes a JSON-RPC message as an event.
func (st *stream) message(data []byte) { st.write("event: message\ndata: %s\n\n", data) }

// write sends one whole event. If the client does not read it, net/http ends the request's
// context, and the stream with it.
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

// post serves POST /message: one JSON-RPC message of the client of an open stream.
func (s *Server) post(w http.ResponseWriter, r *http.Request) *guard.Refusal {
	found, _ := s.streams.Load(r.URL.Query().Get("sessionId"))
	st, open := found.(*stream)
	switch {
	case !open || st.ctx.Err() != nil:
		return streamClosed
	case !engine.CallerOf(r.Context()).Same(engine.CallerOf(st.ctx)):
		return foreignStream
	}
	m, problem := jsonrpc.Parse(guard.Body(r))
	switch {
	case problem != nil && m.ID == nil:
		guard.WriteJSON(w, http.StatusBadRequest, problem)
		return nil
	case problem != nil:
		st.message(jsonrpc.Encode(s.Logger, m, problem, nil))
	case m.ID != nil && m.Method != "":
		if refused := s.start(r.Context(), st, m); refused != nil {
			return refused
		}
	case m.Method != "":
		// It may be a cancellation, which must not wait behind the calls.
		s.handle(r.Context(), st, m)
	default:
		st.Answer(m)
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// start starts a call once the stream has room for it. The call counts until its answer
// is on the stream.
func (s *Server) start(post context.Context, st *stream, m jsonrpc.Message) (refused *guard.Refusal) {
	if st.calls.Acquire(post, 1) != nil {
		return streamClosed // the client of the post left
	}
	weight := int64(1 + len(m.Raw)/largePart)
	switch {
	case st.ctx.Err() != nil: // a call that ended with the stream made room for this one
		refused = streamClosed
	case s.streamCalls.TryAcquire(weight):
		go func() {
			defer st.calls.Release(1)
			defer s.streamCalls.Release(weight)
			st.message(s.handle(post, st, m))
		}()
		return nil
	case s.draining.Load():
		refused = shuttingDown
	default:
		refused = tooManyCalls
	}
	st.calls.Release(1)
	return refused
}

// handle has mcp-go handle m, and returns the response as JSON; nil for a notification.
// The caller's limits are those of the post: the operator may have changed them since
// the stream was opened.
func (s *Server) handle(post context.Context, st *stream, m jsonrpc.Message) (response []byte) {
	defer func() {
		if p := recover(); p != nil {
			response = jsonrpc.Broken(s.Logger, m, "event stream", p)
		}
	}()
	caller := engine.CallerOf(st.ctx)
	caller.Limits = engine.CallerOf(post).Limits
	ctx, slot := jsonrpc.With(telemetry.WithRequestID(engine.WithCaller(st.ctx, caller), m.ID))
	handled := s.MCP.HandleMessage(ctx, m.Raw)
	if m.ID == nil {
		return nil
	}
	return jsonrpc.Encode(s.Logger, m, handled, slot)
}

// endStreams waits until the calls in flight are answered or ctx ends, and ends the
// streams. It does not wait for people. While it waits, and afterwards, no call can start.
func (s *Server) endStreams(ctx context.Context) {
	s.streams.Range(func(_, st any) bool { st.(*stream).End(); return true })
	_ = s.streamCalls.Acquire(ctx, mostCalls) // an error means that the calls are cut off
	s.streams.Range(func(_, st any) bool { st.(*stream).cancel(); return true })
}
