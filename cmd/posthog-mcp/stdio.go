package main

import (
	"context"
	"log/slog"
	"os"

	"posthog-mcp/tools"
	"posthog-mcp/transport"
	"posthog-mcp/transport/stdio"
)

type stdioCmd struct {
	upstreamFlags
	serverFlags
	profileFlag
}

// Run speaks MCP on the console until the input ends.
func (c *stdioCmd) Run(ctx context.Context, tty console, catalogue *tools.Catalogue, log *slog.Logger) error {
	c.login = &c.profileFlag
	s, err := newServer(ctx, serverConfig{serverFlags: c.serverFlags, upstream: c.upstreamFlags, own: true, log: log}, catalogue)
	if err != nil {
		return err
	}
	defer s.stop()
	if isTerminal(tty.in) {
		log.Info("waiting for MCP messages on stdin; to see some, try posthog-mcp demo")
	}
	// stdout holds JSON-RPC and nothing else: whatever prints there by itself
	// prints to stderr from here on.
	os.Stdout = os.Stderr
	return stdio.Serve(ctx, transport.NewServer(s.Options), stdio.Options{
		In: tty.in, Out: tty.out, Timeout: c.Timeout, Logger: log,
	})
}
