package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"posthog-mcp/transport/telemetry"
)

// metricsFlags say where Prometheus reads.
type metricsFlags struct {
	Metrics     bool   `group:"Observability" xor:"metrics" help:"Serve Prometheus metrics on /metrics, to everybody who can connect."`
	MetricsAddr string `group:"Observability" xor:"metrics" placeholder:"ADDR" help:"Serve them on an address of their own instead, without authentication."`
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
