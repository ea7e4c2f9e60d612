package telemetry

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// RoundTripper makes a span for each request to PostHog, counts its duration, adds it to
// the record of its call, and sends the call's traceparent with it. It is for
// Options.Wrap of package posthog. A request ends when the body of its answer is closed.
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

func (w *watched) RoundTrip(r *http.Request) (*http.Response, error) {
	x := w.t.exchange(r)
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

// exchange is a request and the body of its answer, which one goroutine reads.
type exchange struct {
	io.ReadCloser
	t       *Telemetry
	call    *Call
	span    trace.Span
	request *http.Request
	start   time.Time

	status   int
	received int64
	err      error
	ended    bool
}

func (t *Telemetry) exchange(r *http.Request) *exchange {
	x := &exchange{t: t, call: From(r.Context()), start: time.Now()}
	if x.call == nil {
		_, x.call = Begin(r.Context()) // nobody reads it
	}
	ctx, span := t.tracer.Start(r.Context(), r.Method, trace.WithSpanKind(trace.SpanKindClient))
	x.span, x.request = span, passOn(ctx, r)
	span.SetAttributes(attribute.String("http.request.method", r.Method))
	t.numbers.waiting.Add(ctx, 1)
	if failed := x.call.begin(r); failed > 0 {
		span.SetAttributes(attribute.Int("http.request.resend_count", failed))
		t.numbers.retries.Add(ctx, 1)
	}
	return x
}

func (x *exchange) Read(p []byte) (int, error) {
	n, err := x.ReadCloser.Read(p)
	x.received += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		x.err = err
	}
	return n, err
}

// Close closes the answer's body and ends the exchange.
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
	x.call.end(x.request, x.status, x.received, x.failed())
	class := "none"
	if x.status != 0 {
		class = strconv.Itoa(x.status/100) + "xx"
		x.span.SetAttributes(attribute.Int("http.response.status_code", x.status))
	}
	end(x.span, x.errorType())
	ctx := x.request.Context()
	x.t.numbers.waiting.Add(ctx, -1)
	record(ctx, x.t.numbers.requests, x.start, attribute.String("posthog.status_class", class))
}

// failed reports whether package posthog may send the request again if it is a read.
func (x *exchange) failed() bool {
	switch x.status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return x.err != nil
}

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

// passOn returns a copy of r under ctx, with ctx's span, if there is one, in its header,
// for PostHog.
func passOn(ctx context.Context, r *http.Request) *http.Request {
	sent := r.Clone(ctx)
	span := trace.SpanContextFromContext(ctx).WithTraceState(trace.TraceState{})
	own := trace.ContextWithSpanContext(context.Background(), span)
	propagation.TraceContext{}.Inject(own, propagation.HeaderCarrier(sent.Header))
	return sent
}
