// Package telemetry makes a span and counts a duration for each call of a tool and for
// each request to PostHog, and collects the attributes of a call's log line.
//
// Spans and metrics follow OpenTelemetry's semantic conventions for MCP
// (https://github.com/open-telemetry/semantic-conventions-genai, docs/gen-ai/mcp.md). They
// hold nothing of a call's content: no argument, key, query, body or address.
package telemetry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	prometheusexporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	nometric "go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	notrace "go.opentelemetry.io/otel/trace/noop"
)

// Config configures a [Telemetry]. No other name than those of the Tools gets into a
// metric or a span. Scraped means that [Telemetry.Metrics] is served; otherwise, and
// without an exporter, nothing is counted. Logger receives what is exported and what
// cannot be; nil for none.
type Config struct {
	Version string
	Tools   []string
	Scraped bool
	Logger  *slog.Logger
}

// Telemetry watches the calls of one server. It is safe for concurrent use.
type Telemetry struct {
	config   Config
	numbers  numbers
	registry *prometheus.Registry // nil when nobody scrapes
	tracer   trace.Tracer
	ends     []func(context.Context) error
}

const scope = "posthog-mcp/transport/telemetry" // of instrumentation

// New reads the OTEL_ variables. If they ask for something that this program does not
// have, it logs a warning. A wrong endpoint or resource is an error; of other values that
// OpenTelemetry ignores the log has a line. Neither repeats the value. Nothing is sent
// before the first call has ended.
func New(ctx context.Context, c Config) (*Telemetry, error) {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	t := &Telemetry{config: c, numbers: newNumbers(nometric.Meter{}), tracer: notrace.Tracer{}}
	spans, err := traces.exported(c.Logger)
	pushed, metricsErr := metrics.exported(c.Logger)
	if err = cmp.Or(err, metricsErr); err != nil {
		return nil, err
	}
	if !spans && !pushed && !c.Scraped {
		return t, nil
	}
	heed(c.Logger)
	about, err := describeServer(ctx, c.Version)
	if err == nil {
		err = t.count(ctx, about, pushed)
	}
	if err == nil && spans {
		err = t.trace(ctx, about)
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

// count makes the metrics and their readers.
func (t *Telemetry) count(ctx context.Context, about *resource.Resource, pushed bool) error {
	options := []sdkmetric.Option{sdkmetric.WithResource(about)}
	if t.config.Scraped {
		registry, reader, err := scraped(t.config.Version)
		if err != nil {
			return err
		}
		t.registry, options = registry, append(options, sdkmetric.WithReader(reader))
	}
	if pushed {
		exporter, err := otlpmetrichttp.New(ctx)
		if err != nil {
			return fmt.Errorf("export metrics: %w", err)
		}
		reporting := metricExporter{exporter, &reporter{signal: metrics, log: t.config.Logger}}
		options = append(options, sdkmetric.WithReader(sdkmetric.NewPeriodicReader(reporting)))
	}
	provider := sdkmetric.NewMeterProvider(options...)
	t.ends = append(t.ends, provider.Shutdown)
	t.numbers = newNumbers(provider.Meter(scope, metric.WithInstrumentationVersion(t.config.Version)))
	return nil
}

// trace makes the tracer, with the sampler and the limits of the OTEL_ variables. The
// text of a panic can hold a part of the call, so spans don't record it.
func (t *Telemetry) trace(ctx context.Context, about *resource.Resource) error {
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return fmt.Errorf("export traces: %w", err)
	}
	reporting := spanExporter{exporter, &reporter{signal: traces, log: t.config.Logger}}
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithResource(about), sdktrace.WithBatcher(reporting), sdktrace.WithoutPanicRecording(),
	)
	t.ends = append(t.ends, provider.Shutdown)
	t.tracer = provider.Tracer(scope, trace.WithInstrumentationVersion(t.config.Version))
	return nil
}

// describeServer returns the resource of this server. OTEL_SERVICE_NAME and
// OTEL_RESOURCE_ATTRIBUTES overrule it. The instance tells replicas apart. The machine's
// name and the command line are private, so they are left out.
func describeServer(ctx context.Context, version string) (*resource.Resource, error) {
	about, err := resource.New(ctx,
		resource.WithTelemetrySDK(),
		resource.WithAttributes(
			attribute.String("service.name", "posthog-mcp"),
			attribute.String("service.version", version),
			attribute.String("service.instance.id", uuid.NewString()),
		),
		resource.WithFromEnv(),
	)
	if err != nil { // which quotes the value
		return nil, errors.New("OTEL_RESOURCE_ATTRIBUTES: expected name=value pairs between commas, percent-encoded")
	}
	return about, nil
}

// Shutdown sends the remaining spans and metrics, for as long as ctx allows. Call it
// once, after the last call. The error is that of ctx.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	var err error
	for _, end := range t.ends {
		err = errors.Join(err, end(ctx))
	}
	return err
}

// numbers are the metrics. Prometheus and the OTLP exporter read the same ones.
type numbers struct {
	calls, requests  metric.Float64Histogram
	retries          metric.Int64Counter
	running, waiting metric.Int64UpDownCounter // calls and requests that are under way
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
	reader, err := prometheusexporter.New(prometheusexporter.WithRegisterer(registry), prometheusexporter.WithoutScopeInfo(), prometheusexporter.WithoutTargetInfo())
	return registry, reader, err
}

// Metrics serves all metrics to Prometheus, without authentication, or 404 if they are
// not [Config.Scraped]. OpenTelemetry's exporter writes the names of [numbers] like
// mcp_server_operation_duration_seconds. Only tools and errors that occurred have series.
func (t *Telemetry) Metrics() http.Handler {
	if t.registry == nil {
		return http.NotFoundHandler()
	}
	return promhttp.HandlerFor(t.registry, promhttp.HandlerOpts{MaxRequestsInFlight: scrapers})
}
