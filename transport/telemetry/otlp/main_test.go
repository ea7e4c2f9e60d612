package otlp

import (
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-logr/logr/funcr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.uber.org/goleak"
)

// What OpenTelemetry's libraries would print by themselves fails the tests:
// none of it is safe, nor in the log's form.
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

func environment(all map[string]string) Environment {
	return func(name string) string { return all[name] }
}

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
func senders(t *testing.T) (map[Signal]sender, *bytes.Buffer) {
	t.Helper()
	log := &bytes.Buffer{}
	logger := slog.New(slog.NewTextHandler(log, nil))
	traces, err := NewSpans(t.Context(), logger)
	if err != nil {
		t.Fatal(err)
	}
	metrics, err := NewMetrics(t.Context(), logger)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = traces.Shutdown(context.Background())
		_ = metrics.Shutdown(context.Background())
	})
	return map[Signal]sender{
		Traces: func(ctx context.Context) error {
			return traces.ExportSpans(ctx, tracetest.SpanStubs{{Name: "span"}}.Snapshots())
		},
		Metrics: func(ctx context.Context) error { return metrics.Export(ctx, &metricdata.ResourceMetrics{}) },
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
