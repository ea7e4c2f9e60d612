package otlp

import (
	"context"
	"fmt"
	"log/slog"

	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// NewSpans returns the exporter of [Traces] under the variables of this
// process, which are to be checked before. It connects to nothing yet. That
// spans are lost is in the log and is no error, since the SDK would print an
// error's words: the collector's address and its answer.
func NewSpans(ctx context.Context, log *slog.Logger) (sdktrace.SpanExporter, error) {
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("export traces: %w", err)
	}
	return spans{exporter, &reporter{signal: Traces, log: log}}, nil
}

// NewMetrics is for [Metrics] what [NewSpans] is for traces.
func NewMetrics(ctx context.Context, log *slog.Logger) (sdkmetric.Exporter, error) {
	exporter, err := otlpmetrichttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("export metrics: %w", err)
	}
	return metrics{exporter, &reporter{signal: Metrics, log: log}}, nil
}

type spans struct {
	sdktrace.SpanExporter
	reporter *reporter
}

// ExportSpans sends a batch.
func (s spans) ExportSpans(ctx context.Context, batch []sdktrace.ReadOnlySpan) error {
	s.reporter.report(s.SpanExporter.ExportSpans(ctx, batch))
	return nil
}

type metrics struct {
	sdkmetric.Exporter
	reporter *reporter
}

// Export sends the numbers.
func (m metrics) Export(ctx context.Context, numbers *metricdata.ResourceMetrics) error {
	m.reporter.report(m.Exporter.Export(ctx, numbers))
	return nil
}
