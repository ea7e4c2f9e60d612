package telemetry

import (
	"context"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Middleware begins the record of each call of a tool, see [From], makes its span and
// counts its duration. It must be the outermost middleware. A panic passes through it.
func (t *Telemetry) Middleware() server.ToolHandlerMiddleware {
	return func(next server.ToolHandlerFunc) server.ToolHandlerFunc {
		return func(ctx context.Context, request mcp.CallToolRequest) (result *mcp.CallToolResult, err error) {
			start := time.Now()
			ctx, span := t.begin(ctx, &request)
			kind := "_OTHER" // after a panic
			defer func() { t.end(ctx, request.Params.Name, span, kind, since(start)) }()
			result, err = next(ctx, request)
			switch {
			case err != nil || result == nil: // an error of the protocol
			case result.IsError:
				kind = "tool_error"
			default:
				kind = ""
			}
			return result, err
		}
	}
}

// begin puts the record of a call and its span into the context. Without a tracer the
// caller's span becomes the parent of the requests to PostHog.
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
	name := methodCall
	if t.numbers.has(r.Params.Name) { // spans must have few names
		name += " " + r.Params.Name
	}
	ctx, span := t.tracer.Start(ctx, name, options...)
	call.trace = span.SpanContext().TraceID()
	return ctx, span
}

func (t *Telemetry) end(ctx context.Context, tool string, span trace.Span, kind string, took time.Duration) {
	t.numbers.running.Add(ctx, -1)
	t.numbers.call(ctx, tool, kind, took)
	if span != nil {
		fail(span, kind)
		span.End()
	}
}

// fail sets the error.type of a span; empty for none. It sets no description: the text
// of an error is for the caller.
func fail(span trace.Span, kind string) {
	if kind != "" {
		span.SetAttributes(errorType.String(kind))
		span.SetStatus(codes.Error, "")
	}
}
