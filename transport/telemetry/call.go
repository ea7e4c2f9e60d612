package telemetry

import (
	"context"
	"log/slog"
	"net/http"
	"sync"

	"go.opentelemetry.io/otel/trace"
)

// Call is the record of one call at PostHog, for the log line that is written at
// its end.
type Call struct {
	trace trace.TraceID

	mu                        sync.Mutex
	status, requests, retries int
	sent, received            int64
	// failed is how often each request failed that did not succeed since.
	failed map[asked]int
}

// asked tells the requests of a call apart.
type asked struct{ method, target string }

type callKey struct{}

// Begin starts the record of a call; the requests to PostHog that are made
// under the context are noted in it. [Telemetry.Middleware] does this.
func Begin(ctx context.Context) (context.Context, *Call) {
	c := &Call{failed: map[asked]int{}}
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
// call is part of no trace. There are none of a nil Call.
func (c *Call) Attrs() []slog.Attr {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	attrs := []slog.Attr{
		slog.Int("upstream_status", c.status), slog.Int("requests", c.requests), slog.Int("retries", c.retries),
		slog.Int64("bytes_sent", c.sent), slog.Int64("bytes_received", c.received),
	}
	if c.trace.IsValid() {
		attrs = append(attrs, slog.String("trace_id", c.trace.String()))
	}
	return attrs
}

// begin notes a request, and returns how often it failed before: it is a retry
// when it did.
func (c *Call) begin(r *http.Request) (failed int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests++
	c.sent += max(r.ContentLength, 0)
	if failed = c.failed[askedBy(r)]; failed > 0 {
		c.retries++
	}
	return failed
}

// answered notes the status of an answer.
func (c *Call) answered(status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.status = status
}

// end notes how a request went.
func (c *Call) end(r *http.Request, received int64, failed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.received += received
	if failed {
		c.failed[askedBy(r)]++
	} else {
		delete(c.failed, askedBy(r))
	}
}

func askedBy(r *http.Request) asked { return asked{r.Method, r.URL.RequestURI()} }
