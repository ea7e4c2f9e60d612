package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/transport/guard"
)

type sandboxCmd struct {
	Addr      string `default:"127.0.0.1:8010" help:"Address to listen on; a loopback one."`
	AnyClient bool   `help:"Listen on an address that others can reach too. The sandbox's keys are public."`
}

// Run serves the double until ctx ends, and prints what it "sends".
func (c *sandboxCmd) Run(ctx context.Context, tty console, log *slog.Logger) error {
	if err := guard.LoopbackOnly(c.Addr); err != nil && !c.AnyClient {
		return usage("--addr: %v; --any-client allows it", err)
	}
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return usage("--addr: %v", err)
	}
	url := "http://" + listener.Addr().String()
	if err := printKeys(tty.out, url); err != nil {
		return err
	}
	server := &http.Server{
		Handler: sandbox.New(sandbox.WithOutbox(func(m sandbox.Message) {
			fmt.Fprintf(tty.out, "%s  %-6s to %s: %q (%s)\n", m.At.Format(time.TimeOnly), m.Kind, m.To, m.Subject, m.Trigger)
		})),
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); ctx.Err() == nil {
		return fmt.Errorf("serve HTTP: %w", err)
	}
	return nil
}

func printKeys(w io.Writer, url string) error {
	_, err := fmt.Fprintf(w, `A PostHog on %[1]s; mail and Slack messages are printed here, and sent to nobody.
Look at it: %[1]s/_sandbox/

  export POSTHOG_HOST=%[1]s
  export POSTHOG_PERSONAL_API_KEY=%[2]s   # all scopes
  other keys: %[3]s (read only), %[4]s (staff), %[5]s (OAuth)

`, url, sandbox.KeyAll, sandbox.KeyReadOnly, sandbox.KeyStaff, sandbox.OAuthLive)
	return err
}
