package telemetry

import (
	"context"
	"log/slog"
	"net/http"
	"sync"

	"go.opentelemetry.io/otel/trace"
)

// Call is the record of one call, for the log line at its end.
type Call struct {
	id    string // of the client's JSON-RPC request; empty if unknown
	trace trace.TraceID

	mu                        sync.Mutex
	status, requests, retries int
	sent, received            int64
	// failed is how often each request has failed since it last succeeded.
	failed map[asked]int
}

// asked identifies a request of a call.
type asked struct{ method, target string }

type callKey struct{}

// Begin starts the record of a call, which counts the requests to PostHog under the
// context. [Telemetry.Middleware] does this.
func Begin(ctx context.Context) (context.Context, *Call) {
	c := &Call{failed: map[asked]int{}}
	if request := From(ctx); request != nil {
		c.id = request.id
	}
	return context.WithValue(ctx, callKey{}, c), c
}

// From returns the record of the call of ctx; nil if there is none.
func From(ctx context.Context) *Call {
	c, _ := ctx.Value(callKey{}).(*Call)
	return c
}

// Attrs returns the attributes of the call's log line: upstream_status of PostHog's last
// answer, 0 for none; requests to PostHog; retries, the requests that repeat a failed
// one; bytes_sent and bytes_received, of the uncompressed bodies; trace_id, if the call
// is part of a trace. A nil Call has none.
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

// begin counts a request, and returns how often it failed before.
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

func (c *Call) answered(status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.status = status
}

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
