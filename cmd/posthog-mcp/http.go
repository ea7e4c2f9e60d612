package main

import (
	"context"
	"log/slog"
	"net"
	"time"

	"posthog-mcp/transport"
	"posthog-mcp/transport/guard"
	"posthog-mcp/transport/posthog"
	"posthog-mcp/transport/web"
)

type httpCmd struct {
	upstreamFlags
	Addr           string        `default:"127.0.0.1:8080" help:"Address to listen on."`
	Auth           string        `enum:"passthrough,none,default" default:"default" help:"passthrough: every caller brings a PostHog key, which is what goes to PostHog. none: the server's own key for everyone, on a loopback address only. Default: passthrough, and none with --sandbox."`
	AllowedHosts   []string      `placeholder:"HOST" help:"Host names to answer to, besides localhost."`
	AllowedOrigins []string      `placeholder:"ORIGIN" help:"Origins of web pages that may call, besides localhost."`
	Drain          time.Duration `default:"5s" help:"How long calls in flight may take after SIGTERM."`
	Schema         string        `enum:"standard,portable" default:"standard" help:"Dialect of the tools' schemas: standard, or portable for clients that refuse type unions."`
}

// Run serves until ctx ends.
func (c *httpCmd) Run(ctx context.Context, log *slog.Logger) error {
	auth, own, err := c.authenticator()
	if err != nil {
		return err
	}
	box, err := c.toolbox(log, own)
	if err != nil {
		return err
	}
	options, err := mcpOptions(box, c.Schema, log)
	if err != nil {
		return err
	}
	server, err := web.New(web.Options{
		MCP: transport.NewServer(options), Drain: c.Drain, Logger: log,
		Guard: guard.Options{AllowedHosts: c.AllowedHosts, AllowedOrigins: c.AllowedOrigins, Auth: auth},
	})
	if err != nil {
		return usageError{err}
	}
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return usage("--addr: %v", err)
	}
	tuneMemory()
	log.Info("listening", "mcp", "http://"+listener.Addr().String()+"/mcp", "sandbox", c.Sandbox)
	return server.Serve(ctx, listener)
}

// authenticator says who may call, and whether calls use the server's own key.
func (c *httpCmd) authenticator() (auth guard.Authenticator, ownKey bool, err error) {
	if c.Auth == "none" || c.Auth == "default" && c.Sandbox {
		if err := guard.LoopbackOnly(c.Addr); err != nil {
			return nil, false, usage("--auth none: %v", err)
		}
		return guard.NoAuth, true, nil
	}
	return guard.Passthrough(acceptKey), false, nil
}

// acceptKey makes the caller's token the key of the calls made for them.
func acceptKey(ctx context.Context, token string) (context.Context, error) {
	key, err := posthog.ParseKey(token)
	if err != nil {
		return nil, err
	}
	return posthog.WithKey(ctx, key), nil
}
