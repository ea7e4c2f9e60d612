package telemetry

import (
	"context"
	"maps"
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// traceparent is the only header of a trace that this server reads and sends
// (https://www.w3.org/TR/trace-context/). A tracestate and baggage can hold any data of
// callers and their vendors, which neither PostHog nor the operator's collector gets.
const traceparent = "traceparent"

// parentOf returns the parent span of a call: the one in the request's _meta (MCP's
// SEP-414), or else the one in the header of its HTTP request. If there are both, the
// second becomes a link.
func parentOf(r *mcp.CallToolRequest) (parent, link trace.SpanContext) {
	carrying := spanOf(r.Header.Get(traceparent))
	if r.Params.Meta != nil {
		text, _ := r.Params.Meta.AdditionalFields[traceparent].(string)
		if parent = spanOf(text); parent.IsValid() {
			return parent, carrying
		}
	}
	return carrying, trace.SpanContext{}
}

// spanOf reads a traceparent. Other text gives an invalid span.
func spanOf(text string) trace.SpanContext {
	if text == "" {
		return trace.SpanContext{}
	}
	ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{traceparent: text})
	return trace.SpanContextFromContext(ctx)
}

// passOn returns a copy of r under ctx, with ctx's span in its header, for PostHog.
func passOn(ctx context.Context, r *http.Request) *http.Request {
	span := trace.SpanContextFromContext(ctx)
	if !span.IsValid() {
		return r
	}
	sent := r.WithContext(ctx)         // a copy
	sent.Header = maps.Clone(r.Header) // whose values stay as they are
	own := trace.ContextWithSpanContext(context.Background(), span.WithTraceState(trace.TraceState{}))
	propagation.TraceContext{}.Inject(own, propagation.HeaderCarrier(sent.Header))
	return sent
}
