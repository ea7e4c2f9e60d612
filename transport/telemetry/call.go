package telemetry

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/trace"
)

// Call is what became of one call at PostHog, for the log line that is written
// at its end. The methods of nil do nothing.
type Call struct {
	trace    trace.TraceID
	status   atomic.Int32
	requests atomic.Int32
	retries  atomic.Int32
	sent     atomic.Int64
	received atomic.Int64

	mu sync.Mutex
	// failed is how often each request failed that did not succeed since.
	failed map[asked]int
}

// asked tells the requests of a call apart.
type asked struct{ method, target string }

type callKey struct{}

// Begin starts the record of a call; the requests to PostHog that are made
// under the context are noted in it. [Telemetry.Middleware] does this.
func Begin(ctx context.Context) (context.Context, *Call) {
	c := &Call{}
	return context.WithValue(ctx, callKey{}, c), c
}

// From is the record of the call that ctx belongs to; nil when there is none.
func From(ctx context.Context) *Call {
	c, _ := ctx.Value(callKey{}).(*Call)
	return c
}

// Attrs are what a log line says of the call: upstream_status is that of
// PostHog's last answer, 0 for none; requests counts what was sent to PostHog,
// retries how many of these repeated one that failed; bytes_sent and
// bytes_received are of their bodies, unpacked; trace_id is left out when the
// call is part of no trace.
func (c *Call) Attrs() []slog.Attr {
	if c == nil {
		return nil
	}
	attrs := []slog.Attr{
		slog.Int64("upstream_status", int64(c.status.Load())),
		slog.Int64("requests", int64(c.requests.Load())), slog.Int64("retries", int64(c.retries.Load())),
		slog.Int64("bytes_sent", c.sent.Load()), slog.Int64("bytes_received", c.received.Load()),
	}
	if c.trace.IsValid() {
		attrs = append(attrs, slog.String("trace_id", c.trace.String()))
	}
	return attrs
}

// begin notes a request, and returns how often it failed before: it is a retry
// when it did.
func (c *Call) begin(r *http.Request) (failed int) {
	if c == nil {
		return 0
	}
	c.requests.Add(1)
	c.sent.Add(max(r.ContentLength, 0))
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.failed) == 0 {
		return 0 // without a word about what was asked
	}
	failed = c.failed[askedBy(r)]
	if failed > 0 {
		c.retries.Add(1)
	}
	return failed
}

// answered notes the status of an answer.
func (c *Call) answered(status int) {
	if c != nil {
		c.status.Store(int32(status)) //nolint:gosec // three digits
	}
}

// end notes how a request went.
func (c *Call) end(r *http.Request, received int64, failed bool) {
	if c == nil {
		return
	}
	c.received.Add(received)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case failed:
		if c.failed == nil {
			c.failed = map[asked]int{}
		}
		c.failed[askedBy(r)]++
	case len(c.failed) > 0:
		delete(c.failed, askedBy(r))
	}
}

func askedBy(r *http.Request) asked { return asked{r.Method, r.URL.RequestURI()} }
