package main

import (
	"context"
	"log/slog"
	"net"
	"os"
	"time"

	"posthog-mcp/transport"
	"posthog-mcp/transport/guard"
	"posthog-mcp/transport/posthog"
	"posthog-mcp/transport/web"
)

type httpCmd struct {
	upstreamFlags
	serverFlags
	Addr           string        `default:"127.0.0.1:8080" help:"Address to listen on."`
	Auth           string        `enum:"passthrough,none," default:"" placeholder:"MODE" help:"passthrough (the default): every caller brings a PostHog key, and it is what goes to PostHog. none (the default with --sandbox): the server's own key for everyone, on a loopback address only."`
	AllowedHosts   []string      `placeholder:"HOST" help:"Host names to answer to, besides localhost."`
	AllowedOrigins []string      `placeholder:"ORIGIN" help:"Origins of web pages that may call, besides localhost."`
	Drain          time.Duration `default:"5s" help:"How long calls in flight may take after SIGTERM."`
}

// Run serves until ctx ends.
func (c *httpCmd) Run(ctx context.Context, catalogue compiling, log *slog.Logger) error {
	auth, own, err := c.authenticator()
	if err != nil {
		return err
	}
	box, err := c.toolbox(log, own)
	if err != nil {
		return err
	}
	options, err := c.options(catalogue, box, log)
	if err != nil {
		return err
	}
	defer func() { _ = options.Audit.Close() }() // nothing is buffered
	server, err := web.New(web.Options{
		MCP: transport.NewServer(options), CheckSelection: options.Catalogue.CheckSelection, Drain: c.Drain, Logger: log,
		Guard: guard.Options{AllowedHosts: c.AllowedHosts, AllowedOrigins: c.AllowedOrigins, Auth: auth},
	})
	if err != nil {
		return usageError{err}
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Addr)
	if err != nil {
		return usage("--addr: %v", err)
	}
	if !own && (os.Getenv(envKey) != "" || os.Getenv(envKeyFile) != "") {
		log.Warn("the key in the environment is not used: with --auth passthrough every caller brings one")
	}
	collectAt(growthForMany)
	log.Info("listening", "mcp", "http://"+listener.Addr().String()+"/mcp", "sandbox", c.Sandbox)
	return server.Serve(ctx, listener)
}

// authenticator says who may call, and whether calls use the server's own key.
func (c *httpCmd) authenticator() (auth guard.Authenticator, ownKey bool, err error) {
	switch err := guard.LoopbackOnly(c.Addr); {
	case c.Auth == "passthrough", c.Auth == "" && !c.Sandbox:
		return guard.Passthrough(acceptKey), false, nil
	case err == nil:
		return guard.NoAuth, true, nil
	case c.Auth == "":
		return nil, false, usage("--auth none, the default with --sandbox: %v", err)
	default:
		return nil, false, usage("--auth none: %v", err)
	}
}

// acceptKey makes the caller's token the key of the calls made for them.
func acceptKey(ctx context.Context, token string) (context.Context, error) {
	key, err := posthog.ParseKey(token)
	if err != nil {
		return nil, err
	}
	return posthog.WithKey(ctx, key), nil
}
