package telemetry

import (
	"context"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Middleware watches the calls of tools: it begins the record of each, see
// [From], makes its span and counts its duration. It is to be the outermost, so
// that it sees what the others make of a call; it lets a panic pass.
func (t *Telemetry) Middleware() server.ToolHandlerMiddleware {
	return func(next server.ToolHandlerFunc) server.ToolHandlerFunc {
		return func(ctx context.Context, request mcp.CallToolRequest) (result *mcp.CallToolResult, err error) {
			start := time.Now()
			ctx, span := t.begin(ctx, &request)
			ended := broken // by a panic, if nothing else is said
			defer func() { t.end(ctx, request.Params.Name, span, ended, since(start)) }()
			result, err = next(ctx, request)
			ended = outcomeOf(result, err)
			return result, err
		}
	}
}

// begin puts the record of a call and its span into the context. Without a
// tracer there is no span; the caller's still becomes PostHog's parent.
func (t *Telemetry) begin(ctx context.Context, r *mcp.CallToolRequest) (context.Context, trace.Span) {
	t.numbers.running.Add(ctx, 1)
	ctx, call := Begin(ctx)
	parent, link := parentOf(r)
	if parent.IsValid() {
		ctx = trace.ContextWithRemoteSpanContext(ctx, parent)
	}
	if t.tracer == nil {
		call.trace = parent.TraceID()
		return ctx, nil
	}
	options := []trace.SpanStartOption{
		trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(t.numbers.describeCall(ctx, r)...),
	}
	if link.IsValid() {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: link}))
	}
	ctx, span := t.tracer.Start(ctx, t.numbers.spanName(r), options...)
	call.trace = span.SpanContext().TraceID()
	return ctx, span
}

// spanName names tools of the catalogue only: there must be few names.
func (n *numbers) spanName(r *mcp.CallToolRequest) string {
	if n.has(r.Params.Name) {
		return methodCall + " " + r.Params.Name
	}
	return methodCall
}

func (t *Telemetry) end(ctx context.Context, tool string, span trace.Span, ended outcome, took time.Duration) {
	t.numbers.running.Add(ctx, -1)
	t.numbers.call(ctx, tool, ended, took)
	if span == nil {
		return
	}
	fail(span, ended.errorType())
	span.End()
}

// fail says what kind of error a span ended with; empty is none. There is no
// description: the words of an error are for the caller.
func fail(span trace.Span, kind string) {
	if kind != "" {
		span.SetAttributes(errorType.String(kind))
		span.SetStatus(codes.Error, "")
	}
}
