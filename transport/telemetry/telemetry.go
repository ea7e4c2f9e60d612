// Package telemetry makes a span and counts a duration for each call of a tool and for
// each request to PostHog, and collects the attributes of a call's log line.
//
// Spans and metrics follow OpenTelemetry's semantic conventions for MCP
// (https://github.com/open-telemetry/semantic-conventions-genai, docs/gen-ai/mcp.md).
// OpenTelemetry's SDK exports them if the standard OTEL_ variables ask for it;
// Prometheus reads the same numbers. They hold nothing of a call's content: no argument,
// key, query, body or address.
package telemetry

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"posthog-mcp/transport/telemetry/otlp"
)

// Config configures a [Telemetry].
type Config struct {
	// Version is this program's.
	Version string
	// Tools are the names of all tools. No other name gets into a metric or a span.
	Tools []string
	// Scraped means that [Telemetry.Metrics] is served. Otherwise, and without an
	// exporter, nothing is counted.
	Scraped bool
	// Logger receives what is exported and what cannot be; nil for none.
	Logger *slog.Logger
}

// Telemetry watches the calls of one server. It is safe for concurrent use.
type Telemetry struct {
	version  string
	numbers  *numbers
	registry *prometheus.Registry // nil when nobody scrapes
	tracer   trace.Tracer         // nil when no spans are exported
	ends     []func(context.Context) error
}

// New reads the OTEL_ variables. If they ask for something that this program does not
// have, it logs a warning. A wrong value, such as an unreadable certificate, is an
// error, which names the variable and not its value. Nothing is sent before the first
// call has ended.
func New(ctx context.Context, c Config) (*Telemetry, error) {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	spans, err := wanted(ctx, otlp.Traces, c.Logger, otlp.NewSpans)
	if err != nil {
		return nil, err
	}
	metrics, err := wanted(ctx, otlp.Metrics, c.Logger, otlp.NewMetrics)
	if err != nil {
		return nil, err
	}
	t := &Telemetry{version: c.Version}
	if spans == nil && metrics == nil && !c.Scraped {
		t.numbers, err = newNumbers(noop.Meter{}, c.Tools)
		return t, err
	}
	about, err := describe(ctx, c.Version)
	if err != nil {
		return nil, err
	}
	if err := t.count(c, about, metrics); err != nil {
		return nil, err
	}
	if spans != nil {
		t.trace(about, sdktrace.NewBatchSpanProcessor(spans))
	}
	return t, nil
}

// wanted returns the signal's exporter; nil if the variables don't ask for it.
func wanted[E any](ctx context.Context, s otlp.Signal, log *slog.Logger, make func(context.Context, *slog.Logger) (E, error)) (exporter E, err error) {
	environment := otlp.Environment(os.Getenv)
	wanted, warning := environment.Wanted(s)
	if warning != "" {
		log.Warn(warning)
	}
	if !wanted {
		return exporter, nil
	}
	if err := environment.Check(s); err != nil {
		return exporter, err
	}
	log.Info("telemetry is exported", "signal", s)
	return make(ctx, log)
}

// scope is the instrumentation scope of spans and metrics.
const scope = "posthog-mcp/transport/telemetry"

// count makes the metrics and their readers.
func (t *Telemetry) count(c Config, about *resource.Resource, to sdkmetric.Exporter) error {
	options := []sdkmetric.Option{sdkmetric.WithResource(about)}
	if c.Scraped {
		t.registry = prometheus.NewRegistry()
		reader, err := scraped(t.registry)
		if err != nil {
			return err
		}
		options = append(options, sdkmetric.WithReader(reader))
	}
	if to != nil {
		options = append(options, sdkmetric.WithReader(sdkmetric.NewPeriodicReader(to)))
	}
	provider := sdkmetric.NewMeterProvider(options...)
	t.ends = append(t.ends, provider.Shutdown)
	var err error
	t.numbers, err = newNumbers(provider.Meter(scope, metric.WithInstrumentationVersion(t.version)), c.Tools)
	return err
}

// trace makes spans for p, with the sampler and the limits of the OTEL_ variables. The
// text of a panic can hold a part of the call, so spans don't record it.
func (t *Telemetry) trace(about *resource.Resource, p sdktrace.SpanProcessor) {
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithResource(about), sdktrace.WithSpanProcessor(p), sdktrace.WithoutPanicRecording(),
	)
	t.ends = append(t.ends, provider.Shutdown)
	t.tracer = provider.Tracer(scope, trace.WithInstrumentationVersion(t.version))
}

// describe returns the resource of this server. OTEL_SERVICE_NAME and
// OTEL_RESOURCE_ATTRIBUTES overrule it. The instance tells replicas apart. The machine's
// name and the command line are private, so they are left out.
func describe(ctx context.Context, version string) (*resource.Resource, error) {
	if err := otlp.Environment(os.Getenv).CheckResource(); err != nil {
		return nil, err
	}
	return resource.New(ctx,
		resource.WithTelemetrySDK(),
		resource.WithAttributes(
			attribute.String("service.name", "posthog-mcp"),
			attribute.String("service.version", version),
			attribute.String("service.instance.id", uuid.NewString()),
		),
		resource.WithFromEnv(),
	)
}

// Shutdown sends the remaining spans and metrics, for as long as ctx allows. Call it
// once, after the last call. The error is that of ctx.
func (t *Telemetry) Shutdown(ctx context.Context) error {
	problems := make([]error, len(t.ends))
	for i, end := range t.ends {
		problems[i] = end(ctx)
	}
	return errors.Join(problems...)
}

// since is the time since start, and at least 0.
func since(start time.Time) time.Duration { return max(time.Since(start), 0) }
