package main

import (
	"context"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"time"

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
	MaxConnections int           `default:"2000" help:"Connections held at once; beyond it the ones that wait longest for their client are closed."`
	Drain          time.Duration `default:"5s" help:"How long calls in flight may take after SIGTERM, SIGINT or SIGHUP."`
}

// Run serves until ctx ends.
func (c *httpCmd) Run(ctx context.Context, catalogue compiling, log *slog.Logger) error {
	mode, err := c.mode(c.Sandbox, c.Addr)
	if err != nil {
		return err
	}
	own := mode != passthrough
	watch, err := c.watch(ctx, catalogue, c.Metrics || c.MetricsAddr != "", log)
	if err != nil {
		return err
	}
	defer shutdown(watch)
	box, err := c.toolbox(log, own, watch.RoundTripper)
	if err != nil {
		return err
	}
	used, release, err := c.apply(box, c.Timeout, log)
	if err != nil {
		return err
	}
	defer release()
	options, err := c.options(catalogue, box, used, log)
	if err != nil {
		return err
	}
	options.Watch = watch.Middleware()
	defer func() { _ = options.Audit.Close() }() // nothing is buffered
	auth, err := c.authenticator(ctx, mode, options.Catalogue, log)
	if err != nil {
		return err
	}
	certificate, err := c.certificate(ctx, log)
	if err != nil {
		return err
	}
	server, err := web.New(web.Options{
		MCP: transport.NewServer(options), CheckSelection: options.Catalogue.CheckSelection, Drain: c.Drain, MaxConnections: c.MaxConnections, Logger: log,
		Metrics:  c.onMain(watch),
		Resource: c.resource(mode, box, options.Catalogue),
		Page:     &page.Config{Catalogue: options.Catalogue, Toolbox: box, Access: page.Access(mode), KeyVariable: envKey},
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
	stopMetrics, err := c.metricsFlags.serve(ctx, watch, log)
	if err != nil {
		return err
	}
	defer stopMetrics()
	scheme := "http://"
	if certificate != nil {
		scheme, listener = "https://", certificate.TLS(listener)
	}
	if !own && (os.Getenv(envKey) != "" || os.Getenv(envKeyFile) != "") {
		log.Warn("the key in the environment is not used: with --auth passthrough every caller brings one")
	}
	collectAt(growthForMany)
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryForMany)
	}
	log.Info("listening", "mcp", scheme+listener.Addr().String()+"/mcp", "sandbox", c.Sandbox)
	return server.Serve(ctx, listener)
}
