package telemetry

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"sync/atomic"
	"syscall"

	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// spanExporter is an exporter of OTLP over HTTP. The log says that spans are lost. It
// is no error, since the SDK would print its text: the collector's address and answer.
type spanExporter struct {
	sdktrace.SpanExporter
	*reporter
}

// ExportSpans sends a batch.
func (e spanExporter) ExportSpans(ctx context.Context, batch []sdktrace.ReadOnlySpan) error {
	e.report(e.SpanExporter.ExportSpans(ctx, batch))
	return nil
}

// metricExporter is for metrics what [spanExporter] is for spans.
type metricExporter struct {
	sdkmetric.Exporter
	*reporter
}

// Export sends the numbers.
func (e metricExporter) Export(ctx context.Context, numbers *metricdata.ResourceMetrics) error {
	e.report(e.Exporter.Export(ctx, numbers))
	return nil
}

// reporter logs one line when a signal begins to get lost and one when it arrives
// again.
type reporter struct {
	signal  signal
	log     *slog.Logger
	failing atomic.Bool
}

func (r *reporter) report(err error) {
	switch {
	case err == nil && r.failing.Swap(false):
		r.log.Info("telemetry arrives again", "signal", r.signal)
	case errors.Is(err, context.Canceled): // at the end, when all is sent once more
	case err != nil && !r.failing.Swap(true):
		r.log.Warn("telemetry is lost: the collector does not take it", "signal", r.signal, "cause", cause(err))
	}
}

// status finds the status in the exporters' error for an answer that they do not
// retry; they have no type for it. The collector's answer follows it.
var status = regexp.MustCompile(`: ([1-5]\d\d) [^(]*\(body: `)

// cause returns why a message did not arrive, in this program's own words: the error
// quotes the collector's address and answer.
func cause(err error) string {
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return errno.Error()
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "its name is not found"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "its certificate is not trusted"
	}
	if slow, ok := errors.AsType[net.Error](err); ok && slow.Timeout() {
		return "no answer in time"
	}
	if found := status.FindStringSubmatch(err.Error()); found != nil {
		code, _ := strconv.Atoi(found[1])
		return "it answered " + found[1] + " " + http.StatusText(code)
	}
	return "it refused, or the answer is faulty"
}
