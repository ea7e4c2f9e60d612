package web

import (
	"context"
	"net/http"
	"time"

	"golang.org/x/sync/semaphore"

	"posthog-mcp/transport/jsonrpc"
)

const (
	// callsInFlight bounds the calls of one stream, if they are small. One that
	// waits for a person is among them: the bound on open questions leaves room
	// for others.
	callsInFlight = 64
	// smallCall is what a call counts at least, in bytes, for the goroutine and
	// the connection to PostHog that it has; a larger one counts its message.
	smallCall = 64 << 10
	// oneStream is what the calls of one stream may take, in bytes, and allStreams
	// those of all streams together: no stream has more than a sixteenth of it.
	oneStream  = callsInFlight * smallCall
	allStreams = 16 * oneStream
	// queueTimeout is how long a call waits for other streams' calls at most.
	queueTimeout = 10 * time.Second
)

// enter waits until a call may be made: for its stream's other calls as long as
// that takes, and then for those of all streams. A call that may not is answered
// here. One that may holds its room until leave is called, once its answer is on
// the stream: its post holds no connection any longer by then, so that nothing
// else would bound it.
func (s *streams) enter(w http.ResponseWriter, r *http.Request, st *stream, m jsonrpc.Message) (leave func(), entered bool) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(st.ctx, cancel)()
	size := int64(min(max(len(m.Raw), smallCall), oneStream))
	if acquire(ctx, st.calls, s.calls, size) {
		leave = func() { s.calls.Release(size); st.calls.Release(size) }
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
