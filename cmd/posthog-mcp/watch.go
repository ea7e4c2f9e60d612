package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"posthog-mcp/internal/build"
	"posthog-mcp/transport/telemetry"
)

// watch makes the telemetry of a server: spans and metrics go where the
// standard OTEL_ variables say, and nowhere without them. scraped says that
// Prometheus reads the metrics.
func (serverFlags) watch(ctx context.Context, compiled compiling, scraped bool, log *slog.Logger) (*telemetry.Telemetry, error) {
	catalogue, err := compiled()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, t := range catalogue.Tools() {
		names = append(names, t.Name)
	}
	t, err := telemetry.New(ctx, telemetry.Config{Version: build.Version(), Tools: names, Scraped: scraped, Logger: log})
	if err != nil {
		return nil, usageError{err}
	}
	return t, nil
}

// shutdown sends what is still to be exported; a collector that is away does
// not hold the end up.
func shutdown(t *telemetry.Telemetry) {
	const flushTimeout = 2 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	_ = t.Shutdown(ctx) // what is lost is in the log
}

// metricsFlags say where Prometheus reads.
type metricsFlags struct {
	Metrics     bool   `group:"Observability" xor:"metrics" help:"Serve Prometheus metrics on /metrics, to everybody who can connect."`
	MetricsAddr string `group:"Observability" xor:"metrics" placeholder:"ADDR" help:"Serve them on an address of their own instead, without authentication."`
}

// onMain are the metrics where they are served beside everything else.
func (f metricsFlags) onMain(t *telemetry.Telemetry) http.Handler {
	if !f.Metrics {
		return nil
	}
	return t.Metrics()
}

// serve serves the metrics on their own address, if they have one.
func (f metricsFlags) serve(ctx context.Context, t *telemetry.Telemetry, log *slog.Logger) (stop func(), err error) {
	if f.MetricsAddr == "" {
		return func() {}, nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", f.MetricsAddr)
	if err != nil {
		return nil, usage("--metrics-addr: %v", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", t.Metrics())
	const timeout = 10 * time.Second
	server := &http.Server{Handler: mux, ReadHeaderTimeout: timeout, WriteTimeout: timeout, IdleTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() // ends with Close
	log.Info("metrics", "url", "http://"+listener.Addr().String()+"/metrics")
	return func() { _ = server.Close() }, nil
}
