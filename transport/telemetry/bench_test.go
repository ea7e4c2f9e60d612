package telemetry_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/transport/telemetry"
)

// What watching costs: a call with one request behind it, that costs nothing
// itself. Nobody reads the numbers of one that is merely watched.
func BenchmarkCall(b *testing.B) {
	request := mcp.CallToolRequest{Params: mcp.CallToolParams{Name: "users-list"}}
	traced := request
	traced.Params.Meta = &mcp.Meta{AdditionalFields: map[string]any{"traceparent": caller}}
	asks := func(wire http.RoundTripper) func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		result := mcp.NewToolResultText("done")
		return func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			upstream, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://us.posthog.com/api/users/@me/", nil)
			if err != nil {
				return nil, err
			}
			response, err := wire.RoundTrip(upstream)
			if err != nil {
				return nil, err
			}
			_, _ = io.Copy(io.Discard, response.Body)
			return result, response.Body.Close()
		}
	}
	bare := asks(instant{})
	b.Run("bare", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = bare(b.Context(), request)
		}
	})
	for _, c := range []struct {
		name     string
		exporter string
		scraped  bool
	}{
		{"watched", "none", false}, {"scraped", "none", true}, {"exported", "otlp", true},
	} {
		for of, r := range map[string]mcp.CallToolRequest{"": request, ", traced": traced} {
			b.Run(c.name+of, func(b *testing.B) {
				collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
				b.Cleanup(collector.Close)
				b.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
				b.Setenv("OTEL_TRACES_EXPORTER", c.exporter)
				b.Setenv("OTEL_METRICS_EXPORTER", c.exporter)
				watch, err := telemetry.New(b.Context(), telemetry.Config{Tools: []string{"users-list"}, Scraped: c.scraped})
				if err != nil {
					b.Fatal(err)
				}
				b.Cleanup(func() { _ = watch.Shutdown(context.Background()) })
				handler := watch.Middleware()(asks(watch.RoundTripper(instant{})))
				b.ReportAllocs()
				for b.Loop() {
					_, _ = handler(b.Context(), r)
				}
			})
		}
	}
}

// instant is a PostHog that answers at once.
type instant struct{}

func (instant) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("{}"))}, nil
}
