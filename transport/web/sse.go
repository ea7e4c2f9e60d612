package web

import (
	"context"
	"net/http"

	"posthog-mcp/tools"
	"posthog-mcp/transport"
	"posthog-mcp/transport/guard"
	"posthog-mcp/transport/jsonrpc"
)

const (
	// mostStreams bounds the open event streams of all callers together, at some
	// 30 KB each: a caller can make tokens up.
	mostStreams = 1000
	// mostCalls bounds the calls of all streams together, and so their memory.
	mostCalls = 16 * callsInFlight
)

// open serves GET /sse of the older HTTP transport until the client leaves: a client opens
// an event stream, receives an address, and posts its messages to that address. The
// answers come on the stream.
func (s *Server) open(w http.ResponseWriter, r *http.Request) *guard.Refusal {
	ctx, refused := withSettings(r, s.CheckSelection)
	switch {
	case refused != nil:
		return refused
	case r.Method != http.MethodGet:
		return wrongMethod(http.MethodGet, "Open an event stream with GET.")
	}
	st := s.newStream(ctx, w)
	defer st.close()
	if refused := s.add(st); refused != nil {
		return refused
	}
	defer s.remove(st)
	_ = s.MCP.RegisterSession(ctx, st) // fails on an id that is in use; this one is new
	defer s.MCP.UnregisterSession(ctx, st.SessionID())

	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would hold events back
	w.WriteHeader(http.StatusOK)
	st.serve(s.described.prefix() + messagePath)
	return nil
}

func (s *Server) add(st *stream) *guard.Refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.draining.Load():
		return shuttingDown
	case len(s.streams) >= mostStreams:
		return tooManyStreams
	}
	s.streams[st.SessionID()] = st
	return nil
}

func (s *Server) remove(st *stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.streams, st.SessionID())
}

func (s *Server) find(id string) *stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.streams[id]
}

// post serves POST /message: one JSON-RPC message of the client of an open stream.
func (s *Server) post(w http.ResponseWriter, r *http.Request) *guard.Refusal {
	if r.Method != http.MethodPost {
		return wrongMethod(http.MethodPost, "Send JSON-RPC messages with POST.")
	}
	st := s.find(r.URL.Query().Get("sessionId"))
	switch {
	case st == nil || st.ctx.Err() != nil:
		return streamClosed
	case !tools.CallerOf(r.Context()).Same(tools.CallerOf(st.ctx)):
		return foreignStream
	}
	m, problem := jsonrpc.Parse(guard.Body(r))
	switch {
	case problem != nil && m.ID == nil:
		guard.WriteJSON(w, http.StatusBadRequest, problem)
		return nil
	case problem != nil:
		st.message(transport.Encode(st.log, m, *problem))
	case m.ID != nil && m.Method != "":
		if refused := s.start(r.Context(), st, m); refused != nil {
			return refused
		}
	case m.Method != "":
		// It may be a cancellation, which must not wait behind the calls.
		st.handle(r.Context(), m)
	default:
		st.Answer(m)
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// start starts a call, whose answer goes to the stream. It first waits until fewer than
// [callsInFlight] of the stream's calls are in flight. The call counts until its answer is
// on the stream.
func (s *Server) start(post context.Context, st *stream, m jsonrpc.Message) *guard.Refusal {
	select {
	case st.calls <- struct{}{}:
	case <-st.ctx.Done():
		return streamClosed
	case <-post.Done():
		return cutOff // nobody reads it
	}
	leave := func() { <-st.calls }
	switch {
	case st.ctx.Err() != nil:
		leave() // a call that ended with the stream made room for this one
		return streamClosed
	case !s.streamCalls.TryAcquire(1):
		leave()
		if s.draining.Load() {
			return shuttingDown
		}
		return tooManyCalls
	}
	go func() {
		defer leave()
		defer s.streamCalls.Release(1)
		st.message(st.handle(post, m))
	}()
	return nil
}

// endStreams waits until the calls in flight are answered or ctx ends, and ends the
// streams. It does not wait for people: their questions end without an answer. From its
// Acquire on, no call can start.
func (s *Server) endStreams(ctx context.Context) {
	s.mu.Lock()
	for _, st := range s.streams {
		st.End()
	}
	s.mu.Unlock()
	_ = s.streamCalls.Acquire(ctx, mostCalls) // an error means that the calls are cut off
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.streams {
		st.cancel()
	}
}
