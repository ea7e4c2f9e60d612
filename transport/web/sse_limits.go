package web

import (
	"context"
	"net/http"
	"time"

	"golang.org/x/sync/semaphore"

	"posthog-mcp/transport/jsonrpc"
)

const (
	// callsInFlight bounds the calls of one stream, if they are small. Those that
	// wait for a person count too, and are fewer: see [session.Questions].
	callsInFlight = 64
	// smallCall is the least room of a call, in bytes, for its goroutine and its
	// connection to PostHog. A call with a larger message takes the message's size.
	smallCall = 64 << 10
	// oneStream is the room of one stream's calls, in bytes, and allStreams that of
	// all streams together.
	oneStream  = callsInFlight * smallCall
	allStreams = 16 * oneStream
	// queueTimeout is how long a call waits for other streams' calls at most.
	queueTimeout = 10 * time.Second
)

// enter waits for room for a call: in its own stream without a limit of time, and then
// among the calls of all streams. If there is none, it answers the post. The call holds
// its room until leave is called, once its answer is on the stream. Nothing else bounds
// it: by then its post holds no connection any longer.
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
