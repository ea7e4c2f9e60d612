package telemetry

import (
	"bytes"
	"context"
	"encoding/pem"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// collector answers the n-th message with the n-th of its statuses, 200 in the
// end, and says a secret with it.
type collector struct {
	*httptest.Server
	mu       sync.Mutex
	statuses []int
	headers  []http.Header
}

func newCollector(t *testing.T, start func(http.Handler) *httptest.Server, statuses ...int) *collector {
	t.Helper()
	c := &collector{statuses: statuses}
	c.Server = start(c)
	c.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	t.Cleanup(c.Close)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.URL)
	return c
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	c.mu.Lock()
	status := append(c.statuses, http.StatusOK)[min(len(c.headers), len(c.statuses))]
	c.headers = append(c.headers, r.Header)
	c.mu.Unlock()
	w.WriteHeader(status)
	_, _ = io.WriteString(w, "CANARY-answer")
}

// sender sends one message of a signal.
type sender func(context.Context) error

// senders are the exporters under test, with their log.
func senders(t *testing.T) (map[signal]sender, *bytes.Buffer) {
	t.Helper()
	log := &bytes.Buffer{}
	logger := slog.New(slog.NewTextHandler(log, nil))
	toSpans, err := otlptracehttp.New(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	toMetrics, err := otlpmetrichttp.New(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	spans := spanExporter{toSpans, &reporter{signal: traces, log: logger}}
	numbers := metricExporter{toMetrics, &reporter{signal: metrics, log: logger}}
	t.Cleanup(func() {
		_ = spans.Shutdown(context.Background())
		_ = numbers.Shutdown(context.Background())
	})
	return map[signal]sender{
		traces: func(ctx context.Context) error {
			return spans.ExportSpans(ctx, tracetest.SpanStubs{{Name: "span"}}.Snapshots())
		},
		metrics: func(ctx context.Context) error { return numbers.Export(ctx, &metricdata.ResourceMetrics{}) },
	}, log
}

// pemFile writes a file with one block.
func pemFile(t *testing.T, kind string, der []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "CANARY.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
