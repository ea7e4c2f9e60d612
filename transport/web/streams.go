package web

import (
	"context"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"posthog-mcp/tools"
	"posthog-mcp/transport"
	"posthog-mcp/transport/guard"
	"posthog-mcp/transport/jsonrpc"
)

const (
	// mostStreams bounds the open event streams of all callers together, at some
	// 30 KB each: a caller can make tokens up.
	mostStreams = 1000
	// callsInFlight bounds the calls of one stream, if they are small. Those that
	// wait for a person count too: see [session.Questions].
	callsInFlight = 64
	// smallCall is the least size of a call, in bytes, with its goroutine and its
	// connection to PostHog. A larger message counts with its own size.
	smallCall = 64 << 10
	// oneStream and allStreams bound the size of one stream's calls, and of those of
	// all streams.
	oneStream  = callsInFlight * smallCall
	allStreams = 16 * oneStream
	// queueTimeout is how long a call waits for other streams' calls at most.
	queueTimeout = 10 * time.Second
)

// streams are the open event streams of the older HTTP transport: a client opens one
// with GET /sse, receives an address, and posts its messages to that address. The
// answers come on the stream.
//
// mcp-go's own event streams continue the calls of a client that left, send the text of
// a panic to the client, and do not report when the last answer was sent.
type streams struct {
	Options
	// address is where clients post their messages.
	address string
	// calls bounds the calls of all streams together, in bytes.
	calls *semaphore.Weighted

	mu     sync.Mutex
	byID   map[string]*stream
	closed bool
	// running are the messages that were accepted and not yet answered.
	running sync.WaitGroup
}

func newStreams(o Options, described resource) *streams {
	return &streams{
		Options: o, address: described.prefix() + messagePath,
		calls: semaphore.NewWeighted(allStreams), byID: map[string]*stream{},
	}
}

// open serves GET /sse until the client leaves.
func (s *streams) open(w http.ResponseWriter, r *http.Request) {
	ctx, err := withSettings(r, s.CheckSelection)
	if err != nil {
		answerSettings(w, err)
		return
	}
	if r.Method != http.MethodGet {
		answerMethod(w, http.MethodGet, "Open an event stream with GET.")
		return
	}
	st := s.newStream(ctx, w)
	defer st.close()
	if !s.add(w, st) {
		return
	}
	defer s.remove(st)
	_ = s.MCP.RegisterSession(ctx, st) // fails on an id that is in use; this one is new
	defer s.MCP.UnregisterSession(ctx, st.SessionID())

	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would hold events back
	w.WriteHeader(http.StatusOK)
	st.serve(s.address)
}

// add adds the stream, or answers that it is refused.
func (s *streams) add(w http.ResponseWriter, st *stream) bool {
	s.mu.Lock()
	closed, full := s.closed, len(s.byID) >= mostStreams
	if !closed && !full {
		s.byID[st.SessionID()] = st
	}
	s.mu.Unlock()
	switch {
	case closed:
		answerDraining(w)
	case full:
		w.Header().Set("Retry-After", "30")
		answer(w, http.StatusServiceUnavailable, "too_many_streams", "Too many event streams are open. Use Streamable HTTP on /mcp, which needs none.")
	}
	return !closed && !full
}

func (s *streams) remove(st *stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byID, st.SessionID())
}

// post serves POST /message: one JSON-RPC message of the client of an open stream.
func (s *streams) post(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		answerMethod(w, http.MethodPost, "Send JSON-RPC messages with POST.")
		return
	}
	st := s.find(r.URL.Query().Get("sessionId"))
	if st == nil || st.ctx.Err() != nil {
		answerClosed(w)
		return
	}
	if !tools.CallerOf(r.Context()).Same(tools.CallerOf(st.ctx)) {
		answer(w, http.StatusForbidden, "foreign_session", "This session belongs to another caller: its stream was opened with another token.")
		return
	}
	m, problem := jsonrpc.Parse(guard.Body(r))
	switch {
	case problem != nil && m.ID == nil:
		writeJSON(w, http.StatusBadRequest, problem)
		return
	case problem != nil:
		st.message(transport.Encode(st.log, m, *problem))
	case m.ID != nil && m.Method != "":
		s.call(w, r, st, m)
		return
	case m.Method != "":
		// It may be a cancellation, which must not wait behind the calls.
		st.handle(r.Context(), m)
	default:
		st.Answer(m)
	}
	w.WriteHeader(http.StatusAccepted)
}

// call accepts a request, whose answer goes to the stream. It first waits for the calls
// of its stream, without a timeout, and then for those of all streams. The call counts
// until its answer is on the stream.
func (s *streams) call(w http.ResponseWriter, r *http.Request, st *stream, m jsonrpc.Message) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(st.ctx, cancel)()
	size := int64(min(max(len(m.Raw), smallCall), oneStream))
	entered := acquire(ctx, st.calls, s.calls, size)
	leave := func() { s.calls.Release(size); st.calls.Release(size) }
	switch {
	case !entered && st.ctx.Err() != nil:
		answerClosed(w)
	case !entered && r.Context().Err() != nil: // nobody reads an answer
	case !entered:
		w.Header().Set("Retry-After", "10")
		answer(w, http.StatusServiceUnavailable, "too_many_calls", "Too many calls of event streams are in flight. Nothing was sent to PostHog: call again later, or over Streamable HTTP on /mcp.")
	case st.ctx.Err() != nil:
		leave() // a call that ended with the stream made room for this one
		answerClosed(w)
	case !s.run(func() {
		defer leave()
		st.message(st.handle(r.Context(), m))
	}):
		leave()
		answerDraining(w)
	default:
		w.WriteHeader(http.StatusAccepted)
	}
}

func acquire(ctx context.Context, own, all *semaphore.Weighted, size int64) bool {
	if own.Acquire(ctx, size) != nil {
		return false
	}
	ctx, stop := context.WithTimeout(ctx, queueTimeout)
	defer stop()
	if all.Acquire(ctx, size) != nil {
		own.Release(size)
		return false
	}
	return true
}

// run does work in a goroutine, unless the server is about to end.
func (s *streams) run(work func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.running.Go(work)
	}
	return !s.closed
}

func (s *streams) find(id string) *stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byID[id]
}

// finish refuses new streams and calls, waits until the calls in flight are answered or
// ctx ends, and ends the streams. It does not wait for people: their questions end
// without an answer.
func (s *streams) finish(ctx context.Context) {
	s.mu.Lock()
	s.closed = true
	for _, st := range s.byID {
		st.End()
	}
	s.mu.Unlock()
	answered := make(chan struct{})
	go func() { s.running.Wait(); close(answered) }()
	select {
	case <-answered:
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.byID {
		st.cancel()
	}
}

func answerClosed(w http.ResponseWriter) {
	answer(w, http.StatusNotFound, "session_closed", "No event stream is open under this sessionId. Open one with GET /sse.")
}
