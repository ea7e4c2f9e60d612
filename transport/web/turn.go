package web

import (
	"context"
	"net/http"
	"time"

	"posthog-mcp/transport/jsonrpc"
)

const (
	// oneStream is what the calls of one stream may take, in bytes: a call takes
	// what its message does, and a small one as much as [largeBody], for the
	// goroutine and the connection to PostHog that it has.
	oneStream = callsInFlight * largeBody
	// allStreams is what those of all streams may take together: no stream has
	// more than a sixteenth of it.
	allStreams = 16 * oneStream
	// turnPatience is how long a call waits for other streams' calls at most.
	turnPatience = 10 * time.Second
)

// enter waits for the turn of a call: for room in its stream, for as long as that
// takes, and then among the calls of all streams, in the order in which they
// came. A call that gets no turn is answered here. One that does has the room
// until leave is called, once its answer is on the stream: its post holds no
// connection any longer by then, so that nothing else would bound it.
func (s *streams) enter(w http.ResponseWriter, r *http.Request, st *stream, m jsonrpc.Message) (leave func(), entered bool) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(st.ctx, cancel)()
	size := int64(min(max(len(m.Raw), largeBody), oneStream))
	leave = func() { s.calls.Release(size); st.calls.Release(size) }
	if s.acquire(ctx, st, size) {
		if st.ctx.Err() == nil {
			return leave, true
		}
		leave() // a stream that ends makes room, maybe for its own
	}
	switch {
	case st.ctx.Err() != nil:
		answerClosed(w)
	case r.Context().Err() == nil:
		w.Header().Set("Retry-After", "10")
		answer(w, http.StatusServiceUnavailable, "too_many_calls", "Too many calls of event streams are in flight. Nothing was sent to PostHog: call again later, or over Streamable HTTP on /mcp.")
	}
	return nil, false
}

func (s *streams) acquire(ctx context.Context, st *stream, size int64) bool {
	if st.calls.Acquire(ctx, size) != nil {
		return false
	}
	ctx, stop := context.WithTimeout(ctx, turnPatience)
	defer stop()
	if s.calls.Acquire(ctx, size) != nil {
		st.calls.Release(size)
		return false
	}
	return true
}
