package telemetry_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"go.opentelemetry.io/otel/trace"

	"posthog-mcp/transport/telemetry"
)

// Each attempt is a span below the call's, and is the parent of what PostHog
// makes of it. Nothing but that goes along.
func TestSpansOfRequests(t *testing.T) {
	to := newCollector(t)
	exporting(t, to)
	watch := newTelemetry(t, "users-list")
	up := newUpstream(t, inSequence(503, 404))
	mcpServer := newServer(watch, map[string]server.ToolHandlerFunc{"users-list": does(client(t, watch, up.URL, nil), read)})
	ask(t.Context(), mcpServer, "users-list", `{"traceparent":"`+caller+`","tracestate":"a=CANARY","baggage":"a=CANARY"}`)
	flush(t, watch)
	call := to.named(t, "tools/call users-list")
	var got []span
	for _, s := range to.all(t) {
		if s.Name == "GET" {
			got = append(got, s)
		}
	}
	want := []span{
		{Name: "GET", Kind: "CLIENT", Parent: call.ID, Trace: callerTrace, Failed: true, Attributes: map[string]any{
			"http.request.method": "GET", "http.response.status_code": int64(503), "error.type": "503",
		}},
		{Name: "GET", Kind: "CLIENT", Parent: call.ID, Trace: callerTrace, Failed: true, Attributes: map[string]any{
			"http.request.method": "GET", "http.response.status_code": int64(404), "error.type": "404", "http.request.resend_count": int64(1),
		}},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(span{}, "ID")); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	for i, header := range up.headers {
		if diff := cmp.Diff([]string{"00-" + callerTrace + "-" + got[i].ID + "-01"}, header["Traceparent"]); diff != "" {
			t.Errorf("traceparent of request %d (-want +got):\n%s", i, diff)
		}
		checkHeader(t, header)
	}
}

// Without an exporter the caller's own span is PostHog's parent, and where
// there is none nothing is sent.
func TestTraceparentWithoutExporter(t *testing.T) {
	for meta, want := range map[string][]string{
		"": nil, `{"traceparent":"` + caller + `","tracestate":"a=CANARY","baggage":"a=CANARY"}`: {caller}, `{"traceparent":"CANARY"}`: nil,
	} {
		watch := newTelemetry(t, "users-list")
		up := newUpstream(t, inSequence(200))
		var call *telemetry.Call
		asks := does(client(t, watch, up.URL, nil), read)
		mcpServer := newServer(watch, map[string]server.ToolHandlerFunc{
			"users-list": func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
				call = telemetry.From(ctx)
				return asks(ctx, r)
			},
		})
		ask(t.Context(), mcpServer, "users-list", meta)
		if diff := cmp.Diff(want, up.headers[0]["Traceparent"]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", meta, diff)
		}
		checkHeader(t, up.headers[0])
		expected := record(200, 1, 0, 0, 2)
		if want != nil {
			expected["trace_id"] = callerTrace
		}
		if diff := cmp.Diff(expected, noted(call)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", meta, diff)
		}
	}
}

// A tracestate that somebody put into the context stays here too.
func TestTracestateStays(t *testing.T) {
	state, err := trace.ParseTraceState("vendor=CANARY")
	if err != nil {
		t.Fatal(err)
	}
	watch := newTelemetry(t)
	up := newUpstream(t, inSequence(200))
	own := trace.NewSpanContext(trace.SpanContextConfig{
		TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled, TraceState: state,
	})
	if _, err := client(t, watch, up.URL, nil).Do(trace.ContextWithSpanContext(t.Context(), own), read()); err != nil {
		t.Fatal(err)
	}
	checkHeader(t, up.headers[0])
	if up.headers[0].Get("traceparent") == "" {
		t.Error("no traceparent")
	}
}

// checkHeader makes sure that what belongs to the call is all that is sent.
func checkHeader(t *testing.T, header http.Header) {
	t.Helper()
	for _, name := range []string{"Tracestate", "Baggage"} {
		if header[name] != nil {
			t.Errorf("%s: %v", name, header[name])
		}
	}
	if got := header.Get("Authorization"); got != "Bearer "+testKey.Reveal() {
		t.Errorf("Authorization %q", got)
	}
}
