package telemetry_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"pgregory.net/rapid"

	"posthog-mcp/transport/telemetry"
)

// A trace that a caller began, and another one.
const (
	callerTrace = "0af7651916cd43dd8448eb211c80319c"
	callerSpan  = "00f067aa0ba902b7"
	caller      = "00-" + callerTrace + "-" + callerSpan + "-01"
	proxySpan   = "b7ad6b7169203331"
	proxy       = "00-" + callerTrace + "-" + proxySpan + "-01"
)

func fails(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	return mcp.NewToolResultError(canary), nil
}

func TestSpanOfCall(t *testing.T) {
	pipe := func(further map[string]any) map[string]any {
		all := map[string]any{
			"mcp.method.name": "tools/call", "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "users-list", "network.transport": "pipe",
		}
		for key, value := range further {
			if all[key] = value; value == nil {
				delete(all, key)
			}
		}
		return all
	}
	within := func(ctx context.Context) context.Context { return ctx }
	for _, c := range []struct {
		name    string
		tool    string
		handler server.ToolHandlerFunc
		meta    string
		in      func(context.Context) context.Context
		want    span
	}{
		{"a success", "users-list", succeeds, "", within, span{Name: "tools/call users-list", Attributes: pipe(nil)}},
		{"a tool's error", "users-list", fails, "", within,
			span{Name: "tools/call users-list", Failed: true, Attributes: pipe(map[string]any{"error.type": "tool_error"})}},
		{"an error of the protocol", "users-list", func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return nil, errors.New(canary)
		}, "", within,
			span{Name: "tools/call users-list", Failed: true, Attributes: pipe(map[string]any{"error.type": "_OTHER"})}},
		{"a tool that is in no catalogue", "strange-" + canary, succeeds, "", within, span{Name: "tools/call", Attributes: pipe(map[string]any{"gen_ai.tool.name": nil})}},
		{"a call that is part of a trace", "users-list", succeeds, `{"traceparent":"` + caller + `","tracestate":"a=CANARY","baggage":"a=CANARY"}`, within,
			span{Name: "tools/call users-list", Parent: callerSpan, Trace: callerTrace, Attributes: pipe(nil)}},
		{"a traceparent that is none", "users-list", succeeds, `{"traceparent":"CANARY"}`, within, span{Name: "tools/call users-list", Attributes: pipe(nil)}},
		{"a traceparent that is no text", "users-list", succeeds, `{"traceparent":7}`, within, span{Name: "tools/call users-list", Attributes: pipe(nil)}},
		{"the newest revision", "users-list", succeeds,
			`{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"CANARY","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}`, within,
			span{Name: "tools/call users-list", Attributes: pipe(map[string]any{"mcp.protocol.version": "2026-07-28"})}},
		{"a request's id", "users-list", succeeds, "", func(ctx context.Context) context.Context { return telemetry.WithRequestID(ctx, json.RawMessage("7")) },
			span{Name: "tools/call users-list", Attributes: pipe(map[string]any{"jsonrpc.request.id": "7"})}},
		{"a request's id that is a text", "users-list", succeeds, "", func(ctx context.Context) context.Context {
			return telemetry.WithRequestID(ctx, json.RawMessage(`"req-7"`))
		},
			span{Name: "tools/call users-list", Attributes: pipe(map[string]any{"jsonrpc.request.id": "req-7"})}},
		{"an id that says too much", "users-list", succeeds, "", func(ctx context.Context) context.Context {
			return telemetry.WithRequestID(ctx, json.RawMessage(`"CANARY @"`))
		},
			span{Name: "tools/call users-list", Attributes: pipe(nil)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			to := newCollector(t)
			exporting(t, to)
			watch := newTelemetry(t, "users-list")
			ask(c.in(t.Context()), newServer(watch, map[string]server.ToolHandlerFunc{c.tool: c.handler}), c.tool, c.meta)
			flush(t, watch)
			got := to.named(t, c.want.Name)
			c.want.Kind = "SERVER"
			ignored := []string{"ID"}
			if c.want.Trace == "" {
				ignored = append(ignored, "Trace")
			}
			if diff := cmp.Diff(c.want, got, cmpopts.IgnoreFields(span{}, ignored...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if strings.Contains(to.raw.String(), canary) {
				t.Errorf("what a caller said is in %q", to.raw.String())
			}
		})
	}
}

// A panic passes, and is counted; what it says stays out.
func TestPanic(t *testing.T) {
	to := newCollector(t)
	exporting(t, to)
	watch := newTelemetry(t, "users-list")
	handler := watch.Middleware()(func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) { panic(canary) })
	func() {
		defer func() {
			if p := recover(); p != canary {
				t.Errorf("recovered %v", p)
			}
		}()
		_, _ = handler(t.Context(), mcp.CallToolRequest{Params: mcp.CallToolParams{Name: "users-list"}})
	}()
	numbers := scrape(t, watch)
	if numbers[durations(`error_type="_OTHER"`, `gen_ai_tool_name="users-list"`)] != 1 || numbers["mcp_server_calls_in_flight{}"] != 0 {
		t.Errorf("%v", numbers)
	}
	flush(t, watch)
	got := to.named(t, "tools/call users-list")
	if !got.Failed || got.Attributes["error.type"] != "_OTHER" || strings.Contains(to.raw.String(), canary) {
		t.Errorf("%+v in %q", got, to.raw.String())
	}
}

// Over HTTP the header has the parent, unless the message itself does; then the
// header's is linked.
func TestSpanOverHTTP(t *testing.T) {
	for _, c := range []struct {
		name, header, meta string
		parent             string
		links              []string
	}{
		{"none", "", "", "", nil},
		{"in the header", proxy, "", proxySpan, nil},
		{"in the message", "", `{"traceparent":"` + caller + `"}`, callerSpan, nil},
		{"in both", proxy, `{"traceparent":"` + caller + `"}`, callerSpan, []string{proxySpan}},
	} {
		t.Run(c.name, func(t *testing.T) {
			to := newCollector(t)
			exporting(t, to)
			watch := newTelemetry(t, "users-list")
			mcpServer := newServer(watch, map[string]server.ToolHandlerFunc{"users-list": succeeds})
			web := httptest.NewServer(server.NewStreamableHTTPServer(mcpServer, server.WithStateLess(true)))
			defer web.Close()
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, web.URL, strings.NewReader(message("users-list", c.meta)))
			if err != nil {
				t.Fatal(err)
			}
			request.Header = http.Header{"Content-Type": {"application/json"}, "Mcp-Protocol-Version": {"2025-06-18"}, "Authorization": {"Bearer " + canary}}
			if c.header != "" {
				request.Header.Set("traceparent", c.header)
			}
			response, err := web.Client().Do(request)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
			flush(t, watch)
			want := span{Name: "tools/call users-list", Kind: "SERVER", Parent: c.parent, Links: c.links, Attributes: map[string]any{
				"mcp.method.name": "tools/call", "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "users-list",
				"network.transport": "tcp", "network.protocol.name": "http", "mcp.protocol.version": "2025-06-18",
			}}
			if diff := cmp.Diff(want, to.named(t, want.Name), cmpopts.IgnoreFields(span{}, "ID", "Trace")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// session is one of an event stream, whose id lets one post to it.
type session struct{ server.ClientSession }

func (session) SessionID() string { return canary + "-session" }

func TestSession(t *testing.T) {
	to := newCollector(t)
	exporting(t, to)
	watch := newTelemetry(t, "users-list")
	mcpServer := newServer(watch, map[string]server.ToolHandlerFunc{"users-list": succeeds})
	ctx := mcpServer.WithContext(t.Context(), session{})
	handler := watch.Middleware()(succeeds)
	for range 2 {
		_, _ = handler(ctx, mcp.CallToolRequest{Params: mcp.CallToolParams{Name: "users-list"}})
	}
	flush(t, watch)
	spans := to.all(t)
	first, second := spans[0].Attributes["mcp.session.id"], spans[1].Attributes["mcp.session.id"]
	if id, _ := first.(string); len(id) != 12 || first != second || strings.Contains(to.raw.String(), canary) {
		t.Errorf("sessions %v and %v", first, second)
	}
}

// Whatever a client calls its request, its span is not called so unless it is
// short and plain.
func TestRequestID(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zA-Z0-9._:/-]{0,80}`)).Draw(t, "id")
		plain := id != "" && len(id) <= 64 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:/") == ""
		encoded, err := json.Marshal(id)
		if err != nil {
			t.Fatal(err)
		}
		if taken := telemetry.WithRequestID(context.Background(), encoded) != context.Background(); taken != plain {
			t.Errorf("%q taken: %v", id, taken)
		}
	})
}
