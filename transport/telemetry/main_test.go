package telemetry_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-logr/logr/funcr"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"go.opentelemetry.io/otel"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	metricspb "go.opentelemetry.io/proto/otlp/metrics/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/posthog"
	"posthog-mcp/transport/telemetry"
)

// What OpenTelemetry's libraries would print by themselves fails the tests.
func TestMain(m *testing.M) {
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "OTEL_") {
			_ = os.Unsetenv(name)
		}
	}
	var printed atomic.Int32
	note := func(text string) {
		printed.Add(1)
		fmt.Println("OpenTelemetry printed", text)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { note(err.Error()) }))
	otel.SetLogger(funcr.New(func(_, args string) { note(args) }, funcr.Options{}))
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) { os.Exit(max(code, int(min(printed.Load(), 1)))) }))
}

const (
	canary  = "CANARY"
	testKey = posthog.Key("phx_fake0000CANARY")
)

// collector is an OpenTelemetry collector on loopback.
type collector struct {
	*httptest.Server

	mu      sync.Mutex
	raw     bytes.Buffer
	spans   []*tracepb.Span
	metrics []*metricspb.Metric
	of      *resourcepb.Resource
	problem error
}

func newCollector(t testing.TB) *collector {
	c := &collector{}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

func (c *collector) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw.Write(body)
	switch r.URL.Path {
	case "/v1/traces":
		var data tracepb.TracesData
		c.problem = proto.Unmarshal(body, &data)
		c.of = data.ResourceSpans[0].Resource
		c.spans = append(c.spans, data.ResourceSpans[0].ScopeSpans[0].Spans...)
	case "/v1/metrics":
		var data metricspb.MetricsData
		c.problem = proto.Unmarshal(body, &data)
		c.of, c.metrics = data.ResourceMetrics[0].Resource, data.ResourceMetrics[0].ScopeMetrics[0].Metrics
	}
}

// span is what these tests look at of a span.
type span struct {
	Name, Kind, ID, Parent, Trace string
	Failed                        bool
	Attributes                    map[string]any
	Links                         []string
}

func (c *collector) all(t testing.TB) (spans []span) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.problem != nil {
		t.Fatal(c.problem)
	}
	for _, s := range c.spans {
		var links []string
		for _, l := range s.Links {
			links = append(links, hex.EncodeToString(l.SpanId))
		}
		spans = append(spans, span{
			s.Name, strings.TrimPrefix(s.Kind.String(), "SPAN_KIND_"), hex.EncodeToString(s.SpanId), hex.EncodeToString(s.ParentSpanId), hex.EncodeToString(s.TraceId),
			s.GetStatus().GetCode() == tracepb.Status_STATUS_CODE_ERROR, plain(s.Attributes), links,
		})
	}
	return spans
}

// named is the one span with that name.
func (c *collector) named(t testing.TB, name string) span {
	t.Helper()
	var found []span
	all := c.all(t)
	for _, s := range all {
		if s.Name == name {
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		t.Fatalf("not one %q among %v", name, all)
	}
	return found[0]
}

func plain(pairs []*commonpb.KeyValue) map[string]any {
	all := map[string]any{}
	for _, p := range pairs {
		switch v := p.Value.Value.(type) {
		case *commonpb.AnyValue_StringValue:
			all[p.Key] = v.StringValue
		case *commonpb.AnyValue_IntValue:
			all[p.Key] = v.IntValue
		default:
			all[p.Key] = v
		}
	}
	return all
}

// upstream is a PostHog that answers with answer, and knows the headers it got.
type upstream struct {
	*httptest.Server
	mu      sync.Mutex
	headers []http.Header
}

func newUpstream(t testing.TB, answer http.HandlerFunc) *upstream {
	u := &upstream{}
	u.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u.mu.Lock()
		u.headers = append(u.headers, r.Header.Clone())
		u.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(u.Close)
	return u
}

// inSequence answers the n-th request with the n-th status, the last for good.
func inSequence(statuses ...int) http.HandlerFunc {
	var mu sync.Mutex
	n := 0
	return func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		status := statuses[min(n, len(statuses)-1)]
		n++
		mu.Unlock()
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "{}")
	}
}

// exporting points the OTEL_ variables at c.
func exporting(t testing.TB, c *collector) { t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.URL) }

func newTelemetry(t testing.TB, tools ...string) *telemetry.Telemetry {
	t.Helper()
	watch, err := telemetry.New(t.Context(), telemetry.Config{Version: "v1", Tools: tools, Scraped: true, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = watch.Shutdown(context.Background()) })
	return watch
}

// flush has everything sent to the collector.
func flush(t testing.TB, watch *telemetry.Telemetry) {
	t.Helper()
	if err := watch.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// client calls host through watch. A base of nil is the real network.
func client(t testing.TB, watch *telemetry.Telemetry, host string, base http.RoundTripper) *posthog.Client {
	t.Helper()
	u, err := url.Parse(host)
	if err != nil {
		t.Fatal(err)
	}
	c := posthog.New(posthog.Options{Host: u, Key: testKey, Base: base, Wrap: watch.RoundTripper})
	t.Cleanup(c.CloseIdle)
	return c
}

func read() *engine.Request {
	return &engine.Request{Method: "GET", Path: "/api/users/@me/", Query: "search=" + canary, Repeatable: true}
}

func write() *engine.Request {
	return &engine.Request{Method: "POST", Path: "/api/projects/1/subscriptions/", Body: []byte(`{"title":"CANARY"}`)}
}

// newServer has the tools of the handlers, watched.
func newServer(watch *telemetry.Telemetry, handlers map[string]server.ToolHandlerFunc) *server.MCPServer {
	s := server.NewMCPServer("test", "v1", server.WithToolHandlerMiddleware(watch.Middleware()))
	for name, handler := range handlers {
		s.AddTool(mcp.NewTool(name), handler)
	}
	return s
}

// does is a tool that makes a request.
func does(c *posthog.Client, r func() *engine.Request) server.ToolHandlerFunc {
	return func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		response, err := c.Do(ctx, r())
		if err != nil {
			return mcp.NewToolResultError(err.Error()), nil
		}
		if response.Status >= 400 {
			return mcp.NewToolResultError("failed"), nil
		}
		return mcp.NewToolResultText("done"), nil
	}
}

func succeeds(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	return mcp.NewToolResultText(canary), nil
}

// ask calls a tool as a client on pipes does; meta is the _meta object.
func ask(ctx context.Context, s *server.MCPServer, tool, meta string) mcp.JSONRPCMessage {
	return s.HandleMessage(ctx, json.RawMessage(message(tool, meta)))
}

func message(tool, meta string) string {
	if meta == "" {
		meta = "{}"
	}
	return `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"` + tool + `","arguments":{"q":"` + canary + `"},"_meta":` + meta + `}}`
}
