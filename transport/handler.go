package transport

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/audit"
	"posthog-mcp/transport/jsonrpc"
	"posthog-mcp/transport/telemetry"
)

// handler calls one tool.
type handler struct {
	Options
	tool *engine.Tool
}

// call never returns a Go error: mcp-go would turn it into a protocol error,
// which the model does not get to read.
func (h *handler) call(ctx context.Context, request mcp.CallToolRequest) (answer *mcp.CallToolResult, _ error) {
	begin, id, ended := time.Now(), rand.Text()[:12], false
	defer func() {
		if p := recover(); p != nil {
			if !ended && h.tool.Effect != engine.Read { // PostHog may have acted
				h.record(ctx, engine.Result{Write: &engine.Write{Tool: h.tool.Name, Outcome: engine.OutcomeUnknown}}, id)
			}
			// mcp-go's own recovery puts the panic's text into the answer.
			answer = mcp.NewToolResultError(jsonrpc.Incident(h.Logger, "tool "+h.tool.Name, p))
		}
	}()
	if h.tool.Effect != engine.Read && (h.Toolbox.Confirm != engine.ConfirmOff || h.Toolbox.Once != nil) {
		ctx = engine.WithCaller(ctx, callerOf(ctx, request))
	}
	result := h.Toolbox.Call(ctx, h.tool, request.Params.RawArguments)
	if result.Question != nil && !server.IsModernRequest(ctx) {
		result = h.ask(ctx, request, result)
	}
	ended = true
	if result.Write != nil {
		h.record(ctx, result, id)
	}
	if q := result.Question; q != nil {
		return server.NewInputRequestBuilder(q.State).Elicit(consent, form(q)).ToolResult(), nil
	}
	h.note(ctx, result, id, time.Since(begin))
	report(ctx, h.tool, result)
	// Only tools about sharing name one that has an alias. In what others say, it may be
	// a text of somebody's.
	if h.ShortNames && strings.HasPrefix(h.tool.Name, "session-recordings-sharing-") {
		result.Text, result.Object = h.words(result.Text), json.RawMessage(h.words(string(result.Object)))
	}
	text, object := jsonrpc.Put(ctx, result.Text, result.Object)
	return &mcp.CallToolResult{
		Content:              []mcp.Content{mcp.TextContent{Type: mcp.ContentTypeText, Text: text}},
		RawStructuredContent: object,
		IsError:              result.IsError,
	}, nil
}

func (h *handler) note(ctx context.Context, r engine.Result, id string, took time.Duration) {
	if !h.Logger.Enabled(ctx, slog.LevelInfo) {
		return
	}
	h.Logger.LogAttrs(ctx, slog.LevelInfo, "call", append([]slog.Attr{
		slog.String("tool", h.tool.Name), slog.Int("status", r.Status),
		slog.Bool("error", r.IsError), slog.Duration("took", took), slog.String("request_id", id),
	}, telemetry.From(ctx).Attrs()...)...)
}

// record keeps a write for the operator, with the id under which the log has it.
func (h *handler) record(ctx context.Context, r engine.Result, id string) {
	_ = h.Audit.Write(audit.Entry{ // a lost line is in the log
		Caller: engine.CallerOf(ctx).Name, Tool: r.Write.Tool, Target: r.Write.Target,
		Result: string(r.Write.Outcome), Status: r.Status, RequestID: id,
	})
}

// report tells the transport that the caller needs another key. A 401 to an
// operation that takes no key at all says nothing about the key.
func report(ctx context.Context, tool *engine.Tool, result engine.Result) {
	slot := jsonrpc.Of(ctx)
	switch {
	case slot == nil:
	case result.Status == http.StatusUnauthorized && tool.Scope != "":
		slot.Refused.Store(new(string))
	case result.Status == http.StatusForbidden && result.Scope != "":
		slot.Refused.Store(&result.Scope)
	}
}
