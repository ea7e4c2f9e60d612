package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/transport/guard"
)

type sandboxCmd struct {
	Addr      string `default:"127.0.0.1:8010" help:"Loopback address to listen on."`
	AnyClient bool   `help:"Allow an address that others can reach too. The sandbox's keys are public."`

	Generation sandbox.Generation `enum:"page,today" default:"today" help:"Answer as PostHog did when its documentation page was written (page), or as it does today."`
}

// Run serves the double until ctx ends, and prints the messages that it "sends".
func (c *sandboxCmd) Run(ctx context.Context, tty console, log *slog.Logger) error {
	if err := guard.LoopbackOnly(c.Addr); err != nil && !c.AnyClient {
		return usage("%v; --any-client allows it", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Addr)
	if err != nil {
		return usage("--addr: %v", err)
	}
	if _, err := fmt.Fprintf(tty.out, about, "http://"+listener.Addr().String(), sandbox.KeyAll, sandbox.KeyReadOnly, sandbox.KeyStaff, sandbox.OAuthLive); err != nil {
		return err
	}
	world := sandbox.New(sandbox.WithGeneration(c.Generation), sandbox.WithOutbox(func(m sandbox.Message) {
		fmt.Fprintf(tty.out, "%s  %-6s to %q: %q (%s)\n", m.At.Format(time.TimeOnly), m.Kind, m.To, m.Subject, m.Trigger)
	}))
	server := &http.Server{
		Handler:           world,
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	if !c.AnyClient {
		server.Handler = guard.LoopbackNames(world) // web pages of other host names may not call
	}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(listener); ctx.Err() == nil {
		return fmt.Errorf("serve HTTP: %w", err)
	}
	return nil
}

const about = `A PostHog in memory. What it would mail or post to Slack is printed here, and
sent to nobody. Look at it: %[1]s/_sandbox/

  export POSTHOG_HOST=%[1]s
  export POSTHOG_PERSONAL_API_KEY=%[2]s

Other keys:
  %-36[3]s read only
  %-36[4]s PostHog staff
  %-36[5]s an OAuth token

`
