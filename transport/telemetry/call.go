package telemetry

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
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
	// failed is how often each request, by method and target, has failed since it last
	// succeeded.
	failed map[string]int
}

type callKey struct{}

// From returns the record of the call of ctx; nil if there is none.
func From(ctx context.Context) *Call {
	c, _ := ctx.Value(callKey{}).(*Call)
	return c
}

// Begin starts the record of a call, which counts the requests to PostHog under the
// context. [Telemetry.Middleware] does this.
func Begin(ctx context.Context) (context.Context, *Call) {
	c := &Call{failed: map[string]int{}}
	if request := From(ctx); request != nil {
		c.id = request.id
	}
	return context.WithValue(ctx, callKey{}, c), c
}

// plainID matches the ids that a span gets: clients count, or send a UUID.
var plainID = regexp.MustCompile(`^[a-zA-Z0-9._:/-]{1,64}$`)

// WithRequestID adds the id of the client's JSON-RPC request, a number or a string in
// quotes, to the spans of the calls under ctx. The conventions require it, and a tool
// does not get it from mcp-go. An id that is longer than 64 bytes, or has other
// characters than letters, digits and -._:/, is left out.
func WithRequestID(ctx context.Context, id json.RawMessage) context.Context {
	plain := strings.Trim(string(id), `"`)
	if !plainID.MatchString(plain) {
		return ctx
	}
	return context.WithValue(ctx, callKey{}, &Call{id: plain})
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
	if failed = c.failed[targetOf(r)]; failed > 0 {
		c.retries++
	}
	return failed
}

// end counts the answer of a request; its status is 0 if there is none.
func (c *Call) end(r *http.Request, status int, received int64, failed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.status = cmp.Or(status, c.status)
	c.received += received
	if failed {
		c.failed[targetOf(r)]++
	} else {
		delete(c.failed, targetOf(r))
	}
}

func targetOf(r *http.Request) string { return r.Method + " " + r.URL.RequestURI() }
