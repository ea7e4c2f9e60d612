package telemetry

import (
	"context"
	"maps"
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// traceparent is the one thing of a trace that crosses this server's borders
// (https://www.w3.org/TR/trace-context/). A tracestate and baggage hold what
// callers and their vendors like, which is not for PostHog, nor for the
// operator's collector.
const traceparent = "traceparent"

// parentOf says whose work a call is part of: the span in the request's _meta,
// as MCP has it (SEP-414), else the one in the header of the HTTP request that
// brought it. When there are both, the second is for a link.
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

// spanOf reads a traceparent; what is none is an invalid span.
func spanOf(text string) trace.SpanContext {
	if text == "" {
		return trace.SpanContext{}
	}
	ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{traceparent: text})
	return trace.SpanContextFromContext(ctx)
}

// passOn returns r under ctx, with ctx's span in its header, for PostHog. It does
// not change r, which belongs to its sender.
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
