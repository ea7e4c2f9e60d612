package telemetry

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"posthog-mcp/internal/private"
)

// signal is what is exported, by its name in the log and, in capitals, in variables.
type signal string

const (
	traces  signal = "traces"
	metrics signal = "metrics"
)

// exported reports whether the variables ask for the signal: they name the exporter
// otlp, or no exporter but an endpoint. In the specification otlp is the default, but
// a program that runs in an editor must not look for a collector by itself. The log
// has a warning if they name something that this program does not have, which by the
// specification is no error. An endpoint that the exporter would misread is one, and a
// file that it could not read: it would go on without, or wait for the writer of a pipe.
func (s signal) exported(log *slog.Logger) (bool, error) {
	if strings.EqualFold(env("OTEL_SDK_DISABLED"), "true") {
		return false, nil
	}
	exporter := "OTEL_" + strings.ToUpper(string(s)) + "_EXPORTER"
	named := strings.FieldsFunc(env(exporter), func(r rune) bool { return r == ',' || r == ' ' })
	known := []string{"otlp", "none", "prometheus"} // the last reads /metrics anyway
	if slices.ContainsFunc(named, func(name string) bool { return !slices.Contains(known, name) }) {
		log.Warn(exporter + ": the exporters here are otlp and none")
	}
	endpoint, variable := s.setting("ENDPOINT")
	if !slices.Contains(named, "otlp") && (len(named) > 0 || endpoint == "") {
		return false, nil
	}
	if protocol, variable := s.setting("PROTOCOL"); protocol != "" && protocol != "http/protobuf" {
		log.Warn(variable + ": only http/protobuf is spoken here, nothing is exported")
		return false, nil
	}
	if endpoint != "" && !isAddress(endpoint) {
		return false, errors.New(variable + ": expected a URL like http://localhost:4318, without credentials and query")
	}
	for _, name := range []string{"CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY"} {
		for _, variable := range s.variables(name) {
			if _, err := private.ReadPublic(env(variable), 4<<20); env(variable) != "" && err != nil {
				return false, errors.New(variable + ": expected a readable PEM file")
			}
		}
	}
	log.Info("telemetry is exported", "signal", s)
	return true, nil
}

// variables have a setting of the exporter's, the signal's own before that of all signals.
func (s signal) variables(setting string) [2]string {
	return [...]string{"OTEL_EXPORTER_OTLP_" + strings.ToUpper(string(s)) + "_" + setting, "OTEL_EXPORTER_OTLP_" + setting}
}

func (s signal) setting(name string) (value, variable string) {
	for _, variable = range s.variables(name) {
		if value = env(variable); value != "" {
			break
		}
	}
	return value, variable
}

// env ignores white space around a value, as OpenTelemetry's libraries do.
func env(variable string) string { return strings.TrimSpace(os.Getenv(variable)) }

// isAddress accepts the parts of a URL that the exporter uses. It ignores the others
// without a message.
func isAddress(value string) bool {
	u, err := url.Parse(value)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" &&
		u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

// heed has the log say what OpenTelemetry's libraries report, such as a value that they
// ignore. By themselves they print it to standard error with the value, which may be a key.
func heed(log *slog.Logger) {
	otel.SetLogger(logr.FromSlogHandler(messages{log.Handler()}))
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) { log.Error(reports + "an error that may quote a value") }))
}

const reports = "OpenTelemetry reports: "

// messages is a handler that drops the attributes.
type messages struct{ slog.Handler }

func (m messages) Handle(ctx context.Context, r slog.Record) error {
	return m.Handler.Handle(ctx, slog.NewRecord(r.Time, r.Level, reports+r.Message, r.PC))
}

func (m messages) WithAttrs([]slog.Attr) slog.Handler { return m }
func (m messages) WithGroup(string) slog.Handler      { return m }

// spanExporter is an exporter of OTLP over HTTP. The log says that spans are lost. It
// is no error, since the SDK would print its text: the collector's address and answer.
type spanExporter struct {
	sdktrace.SpanExporter
	*reporter
}

func (e spanExporter) ExportSpans(ctx context.Context, batch []sdktrace.ReadOnlySpan) error {
	e.report(e.SpanExporter.ExportSpans(ctx, batch))
	return nil
}

// metricExporter is for metrics what [spanExporter] is for spans.
type metricExporter struct {
	sdkmetric.Exporter
	*reporter
}

func (e metricExporter) Export(ctx context.Context, numbers *metricdata.ResourceMetrics) error {
	e.report(e.Exporter.Export(ctx, numbers))
	return nil
}

// reporter logs when a signal begins to get lost, and when it arrives again.
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

// cause returns why a message did not arrive. The error quotes the collector's address.
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
