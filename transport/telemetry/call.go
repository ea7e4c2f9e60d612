package telemetry

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

const errorType = attribute.Key("error.type")

// Middleware begins the record of each call of a tool, see [From], makes its span and
// counts its duration. It must be the outermost middleware. A panic passes through it.
func (t *Telemetry) Middleware() server.ToolHandlerMiddleware {
	return func(next server.ToolHandlerFunc) server.ToolHandlerFunc {
		return func(ctx context.Context, request mcp.CallToolRequest) (result *mcp.CallToolResult, err error) {
			begin := time.Now()
			name, attributes := t.describeCall(request.Params.Name)
			ctx, span := t.start(ctx, &request, name, attributes)
			kind := "_OTHER" // after a panic
			defer func() {
				if end(span, kind); kind != "" {
					attributes = append(attributes, errorType.String(kind))
				}
				t.numbers.running.Add(ctx, -1)
				record(ctx, t.numbers.calls, begin, attributes...)
			}()
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

// describeCall returns the name of a call's span and the attributes, by the semantic
// conventions, that the span and the duration have. A client can send any number of
// names of tools, of which only those in the catalogue are told.
func (t *Telemetry) describeCall(tool string) (name string, attributes []attribute.KeyValue) {
	name = string(mcp.MethodToolsCall)
	attributes = []attribute.KeyValue{
		attribute.String("mcp.method.name", name), attribute.String("gen_ai.operation.name", "execute_tool"),
	}
	if slices.Contains(t.config.Tools, tool) {
		name += " " + tool
		attributes = append(attributes, attribute.String("gen_ai.tool.name", tool))
	}
	return name, attributes
}

// start puts the record of a call and its span into the context. Without an exporter
// the caller's span becomes the parent of the requests to PostHog.
func (t *Telemetry) start(ctx context.Context, r *mcp.CallToolRequest, name string, attributes []attribute.KeyValue) (context.Context, trace.Span) {
	t.numbers.running.Add(ctx, 1)
	ctx, call := Begin(ctx)
	parent, link := parentOf(r)
	options := []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindServer)}
	if parent.IsValid() {
		ctx = trace.ContextWithRemoteSpanContext(ctx, parent)
	}
	if link.IsValid() {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: link}))
	}
	ctx, span := t.tracer.Start(ctx, name, options...)
	call.trace = span.SpanContext().TraceID()
	if span.IsRecording() {
		span.SetAttributes(attributes...)
		span.SetAttributes(attributesOf(ctx, call, r)...)
	}
	return ctx, span
}

// attributesOf returns the further attributes of a call's span. What the client chose
// itself is checked or left out.
func attributesOf(ctx context.Context, call *Call, r *mcp.CallToolRequest) (all []attribute.KeyValue) {
	if len(r.Header) > 0 { // over stdio mcp-go has an empty set
		all = append(all, attribute.String("network.transport", "tcp"), attribute.String("network.protocol.name", "http"))
	} else {
		all = append(all, attribute.String("network.transport", "pipe"))
	}
	// A stateless server has the revision of an older client only in a header.
	if v := cmp.Or(server.RequestProtocolVersion(ctx), r.Header.Get(server.HeaderKeyProtocolVersion)); mcp.IsValidProtocolVersion(v) {
		all = append(all, attribute.String("mcp.protocol.version", v))
	}
	// The id of an event stream lets its owner post to it, so the span has a
	// fingerprint of it. Over stdio there is only one session.
	if session := server.ClientSessionFromContext(ctx); session != nil && session.SessionID() != "" && session.SessionID() != "stdio" {
		sum := sha256.Sum256([]byte(session.SessionID()))
		all = append(all, attribute.String("mcp.session.id", hex.EncodeToString(sum[:6])))
	}
	if call.id != "" {
		all = append(all, attribute.String("jsonrpc.request.id", call.id))
	}
	return all
}

// end ends a span, with its error.type; empty for none. It sets no description: the
// text of an error is for the caller.
func end(span trace.Span, kind string) {
	if kind != "" {
		span.SetAttributes(errorType.String(kind))
		span.SetStatus(codes.Error, "")
	}
	span.End()
}

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
	ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{traceparent: text})
	return trace.SpanContextFromContext(ctx)
}

// Call is the record of one call, for the log line at its end.
type Call struct {
	id    string // of the client's JSON-RPC request; empty if unknown
	trace trace.TraceID

	mu                        sync.Mutex
	status, requests, retries int
	sent, received            int64
	failed                    map[string]int // of each target, since it last succeeded
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
	c := &Call{id: cmp.Or(From(ctx), &Call{}).id, failed: map[string]int{}}
	return context.WithValue(ctx, callKey{}, c), c
}

// plainID matches the ids that a span gets: clients count, or send a UUID.
var plainID = regexp.MustCompile(`^[a-zA-Z0-9._:/-]{1,64}$`)

// WithRequestID adds the id of the client's JSON-RPC request, a number or a string in
// quotes, to the spans of the calls under ctx, if it is a plain one. The conventions
// require it, and a tool does not get it from mcp-go.
func WithRequestID(ctx context.Context, id json.RawMessage) context.Context {
	plain := strings.Trim(string(id), `"`)
	if !plainID.MatchString(plain) {
		return ctx
	}
	ctx, call := Begin(ctx)
	call.id = plain
	return ctx
}

// Attrs returns the attributes of the call's log line: upstream_status is of PostHog's
// last answer, 0 for none; retries are the requests that repeat a failed one; the bytes
// are of the uncompressed bodies. A nil Call has none.
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
