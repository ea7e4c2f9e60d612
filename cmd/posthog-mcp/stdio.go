package main

import (
	"context"
	"log/slog"
	"os"

	"posthog-mcp/transport"
	"posthog-mcp/transport/stdio"
)

type stdioCmd struct {
	upstreamFlags
	serverFlags
}

// Run speaks MCP on the console until the input ends.
func (c *stdioCmd) Run(ctx context.Context, tty console, catalogue compiling, log *slog.Logger) error {
	watch, err := c.watch(ctx, catalogue, false, log)
	if err != nil {
		return err
	}
	defer shutdown(watch)
	box, err := c.toolbox(log, true, watch.RoundTripper)
	if err != nil {
		return err
	}
	options, err := c.options(catalogue, box, nil, log)
	if err != nil {
		return err
	}
	options.Watch = watch.Middleware()
	defer func() { _ = options.Audit.Close() }() // nothing is buffered
	if isTerminal(tty.in) {
		log.Info("waiting for MCP messages on stdin; to see some, try posthog-mcp demo")
	}
	// stdout holds JSON-RPC and nothing else: whatever prints there by itself
	// prints to stderr from here on.
	os.Stdout = os.Stderr
	return stdio.Serve(ctx, transport.NewServer(options), stdio.Options{
		In: tty.in, Out: tty.out, Timeout: c.Timeout, Logger: log,
	})
}
