package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"time"

	"posthog-mcp/tools"
	"posthog-mcp/transport"
	"posthog-mcp/transport/guard"
	"posthog-mcp/transport/page"
	"posthog-mcp/transport/web"
)

type httpCmd struct {
	upstreamFlags
	serverFlags
	Addr string `default:"127.0.0.1:8080" help:"Address to listen on."`
	authFlags
	limitFlags
	metricsFlags
	AllowedHosts   []string      `placeholder:"HOST" help:"Host names to answer to, besides localhost and that of --public-url."`
	AllowedOrigins []string      `placeholder:"ORIGIN" help:"Origins of web pages that may call, besides localhost."`
	MaxConnections int           `default:"2000" help:"Connections held at once; further ones wait."`
	Drain          time.Duration `default:"5s" help:"How long calls in flight may take after SIGTERM, SIGINT or SIGHUP."`
}

// Run serves until ctx ends.
func (c *httpCmd) Run(ctx context.Context, catalogue *tools.Catalogue, log *slog.Logger) error {
	mode, err := c.mode(c.Sandbox, c.Addr)
	if err != nil {
		return err
	}
	s, err := newServer(ctx, serverConfig{
		serverFlags: c.serverFlags, upstream: c.upstreamFlags, own: mode != passthrough, limits: &c.limitFlags,
		scraped: c.Metrics || c.MetricsAddr != "", log: log,
	}, catalogue)
	if err != nil {
		return err
	}
	defer s.stop()
	auth, err := c.authenticator(ctx, mode, s.Catalogue, log)
	if err != nil {
		return err
	}
	encryption, err := c.tls(ctx, log)
	if err != nil {
		return err
	}
	var metrics http.Handler // on the main address
	if c.Metrics {
		metrics = s.watch.Metrics()
	}
	server, err := web.New(web.Options{
		MCP: transport.NewServer(s.Options), CheckSelection: s.Catalogue.CheckSelection, Drain: c.Drain, MaxConnections: c.MaxConnections, TLS: encryption, Logger: log,
		Metrics:  metrics,
		Resource: c.resource(mode, s.Toolbox, s.Catalogue),
		Page:     &page.Config{Catalogue: s.Catalogue, Toolbox: s.Toolbox, Access: page.Access(mode), KeyVariable: envKey},
		Guard: guard.Options{
			AllowedHosts: c.AllowedHosts, AllowedOrigins: c.AllowedOrigins, Auth: auth, TrustedProxies: c.TrustedProxies,
		},
	})
	if err != nil {
		return usageError{err}
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Addr)
	if err != nil {
		return usage("--addr: %v", err)
	}
	stopMetrics, err := c.serve(ctx, s.watch, log)
	if err != nil {
		return err
	}
	defer stopMetrics()
	scheme := "http://"
	if encryption != nil {
		scheme = "https://"
	}
	if mode == passthrough && (os.Getenv(envKey) != "" || os.Getenv(envKeyFile) != "") {
		log.Warn("the key in the environment is not used: with --auth passthrough every caller brings one")
	}
	collectAt(growthForMany)
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryForMany)
	}
	log.Info("listening", "mcp", scheme+listener.Addr().String()+"/mcp", "sandbox", c.Sandbox)
	return server.Serve(ctx, listener)
}
