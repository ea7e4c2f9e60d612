package telemetry

import (
	"context"
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/attribute"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// numbers are the metrics. Prometheus and the OTLP exporter read the same ones.
type numbers struct {
	calls, requests metric.Float64Histogram
	retries         metric.Int64Counter
	// running are the calls, waiting the requests that are under way.
	running, waiting metric.Int64UpDownCounter
}

// bounds, in seconds, are those that the semantic conventions for MCP recommend for the
// durations of operations.
var bounds = metric.WithExplicitBucketBoundaries(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300)

// newNumbers ignores errors, which are about names that are not constant. The metrics
// without a dimension start at 0: a rate needs a first value.
func newNumbers(meter metric.Meter) (n numbers) {
	n.calls, _ = meter.Float64Histogram("mcp.server.operation.duration", bounds,
		metric.WithUnit("s"), metric.WithDescription("Duration of the calls of tools."))
	n.requests, _ = meter.Float64Histogram("posthog.request.duration", bounds,
		metric.WithUnit("s"), metric.WithDescription("Duration of the requests to PostHog; none is for no answer."))
	n.retries, _ = meter.Int64Counter("posthog.request.retries",
		metric.WithUnit("{request}"), metric.WithDescription("Requests to PostHog that repeat one that failed."))
	n.running, _ = meter.Int64UpDownCounter("mcp.server.calls.in_flight",
		metric.WithUnit("{call}"), metric.WithDescription("Calls of tools that are under way."))
	n.waiting, _ = meter.Int64UpDownCounter("posthog.requests.in_flight",
		metric.WithUnit("{request}"), metric.WithDescription("Requests to PostHog that are under way."))
	ctx := context.Background()
	n.retries.Add(ctx, 0)
	n.running.Add(ctx, 0)
	n.waiting.Add(ctx, 0)
	return n
}

// record counts a duration. Without a reader, the attributes took a fifteenth of a call.
func record(ctx context.Context, durations metric.Float64Histogram, start time.Time, attributes ...attribute.KeyValue) {
	if durations.Enabled(ctx) {
		durations.Record(ctx, max(time.Since(start), 0).Seconds(), metric.WithAttributes(attributes...))
	}
}

// scrapers bounds the concurrent reads of /metrics. Everyone may read it, and a read
// takes a millisecond or two of CPU.
const scrapers = 3

// scraped returns a registry and its reader. It leaves out the resource, since
// OTEL_RESOURCE_ATTRIBUTES is for the collector, and everyone can read /metrics.
func scraped(version string) (*prometheus.Registry, sdkmetric.Reader, error) {
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "posthog_mcp_build_info", Help: "Which build this is.",
		ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version()},
	})
	build.Set(1)
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), build)
	reader, err := exporter.New(exporter.WithRegisterer(registry), exporter.WithoutScopeInfo(), exporter.WithoutTargetInfo())
	return registry, reader, err
}

// Metrics serves all metrics to Prometheus, without authentication, or 404 if they are
// not [Config.Scraped]: [numbers], whose names OpenTelemetry's exporter writes like
// mcp_server_operation_duration_seconds, the build, and go_… and process_… of
// Prometheus' client. Only tools and errors that occurred have series.
func (t *Telemetry) Metrics() http.Handler {
	if t.registry == nil {
		return http.NotFoundHandler()
	}
	return promhttp.HandlerFor(t.registry, promhttp.HandlerOpts{MaxRequestsInFlight: scrapers})
}
