package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"syscall"

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
		In: polled(tty.in), Out: tty.out, Timeout: c.Timeout, Logger: log,
	})
}

// polled is in as the runtime waits for it without a thread of its own, where that
// can be had: of a pipe on Linux, which is opened again, since its end at the client
// must stay as it is.
func polled(in io.Reader) io.Reader {
	if file, ok := in.(*os.File); ok {
		if info, err := file.Stat(); err == nil && info.Mode()&os.ModeNamedPipe != 0 {
			if again, err := os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", file.Fd()), os.O_RDONLY|syscall.O_NONBLOCK, 0); err == nil {
				return again
			}
		}
	}
	return in
}
