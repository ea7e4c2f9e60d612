package telemetry

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// RoundTripper makes a span for each request to PostHog, which ends when the body of its
// answer is closed, counts its duration, adds it to the record of its call, and sends the
// call's traceparent with it.
//
// OpenTelemetry's otelhttp is not used: it always puts url.full, with the query, and
// server.address into a span, and the text of an error into its status.
func (t *Telemetry) RoundTripper(base http.RoundTripper) http.RoundTripper {
	return &watched{t, base}
}

type watched struct {
	t    *Telemetry
	base http.RoundTripper
}

// exchange is a request and the body of its answer, which one goroutine reads.
type exchange struct {
	io.ReadCloser
	numbers numbers
	call    *Call
	span    trace.Span
	request *http.Request
	start   time.Time

	status   int
	received int64
	err      error
	ended    bool
}

func (w *watched) RoundTrip(r *http.Request) (*http.Response, error) {
	x := w.t.begin(r)
	response, err := w.base.RoundTrip(x.request)
	if err != nil {
		x.err = err
		x.end()
		return nil, err
	}
	x.status = response.StatusCode
	x.ReadCloser, response.Body = response.Body, x
	return response, nil
}

func (t *Telemetry) begin(r *http.Request) *exchange {
	call := cmp.Or(From(r.Context()), &Call{failed: map[string]int{}}) // nobody reads that
	ctx, span := t.tracer.Start(r.Context(), r.Method, trace.WithSpanKind(trace.SpanKindClient))
	span.SetAttributes(attribute.String("http.request.method", r.Method))
	t.numbers.waiting.Add(ctx, 1)
	call.mu.Lock()
	defer call.mu.Unlock()
	call.requests++
	call.sent += max(r.ContentLength, 0)
	if failed := call.failed[target(r)]; failed > 0 {
		call.retries++
		span.SetAttributes(attribute.Int("http.request.resend_count", failed))
		t.numbers.retries.Add(ctx, 1)
	}
	return &exchange{numbers: t.numbers, call: call, span: span, request: passOn(ctx, r), start: time.Now()}
}

func target(r *http.Request) string { return r.Method + " " + r.URL.RequestURI() }

func (x *exchange) Read(p []byte) (int, error) {
	n, err := x.ReadCloser.Read(p)
	x.received += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		x.err = err
	}
	return n, err
}

func (x *exchange) Close() error {
	err := x.ReadCloser.Close()
	x.end()
	return err
}

func (x *exchange) end() {
	if x.ended {
		return
	}
	x.ended = true
	class := "none"
	if x.status != 0 {
		class = strconv.Itoa(x.status/100) + "xx"
		x.span.SetAttributes(attribute.Int("http.response.status_code", x.status))
	}
	end(x.span, x.errorType())
	x.numbers.waiting.Add(x.request.Context(), -1)
	record(x.request.Context(), x.numbers.requests, x.start, attribute.String("posthog.status_class", class))
	x.call.mu.Lock()
	defer x.call.mu.Unlock()
	x.call.status = cmp.Or(x.status, x.call.status)
	x.call.received += x.received
	if x.err != nil || slices.Contains(repeated, x.status) {
		x.call.failed[target(x.request)]++
	} else {
		delete(x.call.failed, target(x.request))
	}
}

// repeated are the statuses after which package posthog sends a read again.
var repeated = []int{http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout}

// errorType follows the conventions for HTTP clients: a status of 400 and above is an
// error. The text of an error is not used, since it can hold an address.
func (x *exchange) errorType() string {
	var slow net.Error
	switch {
	case errors.Is(x.err, context.Canceled):
		return "cancelled"
	case errors.Is(x.err, context.DeadlineExceeded), errors.As(x.err, &slow) && slow.Timeout():
		return "timeout"
	case x.err != nil:
		return "connection_error"
	case x.status >= http.StatusBadRequest:
		return strconv.Itoa(x.status)
	}
	return ""
}

// passOn returns a copy of r under ctx, with ctx's span in its header, if there is one.
func passOn(ctx context.Context, r *http.Request) *http.Request {
	sent := r.Clone(ctx)
	span := trace.SpanContextFromContext(ctx).WithTraceState(trace.TraceState{})
	own := trace.ContextWithSpanContext(context.Background(), span)
	propagation.TraceContext{}.Inject(own, propagation.HeaderCarrier(sent.Header))
	return sent
}
