package main

import (
	"context"
	"log/slog"
	"time"

	"posthog-mcp/internal/build"
	"posthog-mcp/schema"
	"posthog-mcp/tools"
	"posthog-mcp/tools/seal"
	"posthog-mcp/transport"
	"posthog-mcp/transport/audit"
	"posthog-mcp/transport/posthog"
	"posthog-mcp/transport/scopes"
	"posthog-mcp/transport/telemetry"
)

// serverFlags are shared by the commands that speak MCP.
type serverFlags struct {
	Schema       string `enum:"auto,standard,portable" default:"auto" help:"Dialect of the tools' schemas: standard, portable for clients that refuse type unions, or auto: by the client's name."`
	Confirm      string `group:"Rules" enum:"off,destructive,sends" default:"off" help:"Writes that a person has to agree to: those that cannot be taken back (destructive), or those and all that send messages (sends)."`
	StateKey     string `group:"Rules" placeholder:"FILE" help:"File with a secret of 32 bytes or more, for confirmations that hold on every replica and after a restart; yours alone. FILE.used beside it remembers which were used."`
	Audit        string `group:"Rules" placeholder:"FILE" help:"Append one JSON line per write to this file."`
	ShortNames   bool   `help:"List tools whose names have more than 40 characters under a shorter alias; some clients put more than 20 before a name."`
	HideUnusable bool   `help:"List only the tools that the key's scopes allow; asks PostHog for them."`
}

// serverConfig has the settings of a server, from the flags of its command.
type serverConfig struct {
	serverFlags
	upstream upstreamFlags
	// own is false if each caller brings a key.
	own bool
	// limits are nil for a server of one caller.
	limits *limitFlags
	// scraped is true if Prometheus reads the metrics.
	scraped bool
	log     *slog.Logger
}

// server is an MCP server without its transport. Stop releases what it holds.
type server struct {
	transport.Options
	watch *telemetry.Telemetry
	stops []func()
}

func (s *server) stop() {
	for _, stop := range s.stops {
		defer stop() // the last first
	}
}

// newServer makes the server. Spans and metrics go where the standard OTEL_
// variables say, and nowhere without them.
func newServer(ctx context.Context, c serverConfig, catalogue *tools.Catalogue) (_ *server, err error) {
	var names []string
	for _, t := range catalogue.Tools() {
		names = append(names, t.Name)
	}
	s := &server{Options: transport.Options{Catalogue: catalogue, ShortNames: c.ShortNames, Logger: c.log}}
	defer func() {
		if err != nil {
			s.stop()
		}
	}()
	if s.watch, err = telemetry.New(ctx, telemetry.Config{Version: build.Version(), Tools: names, Scraped: c.scraped, Logger: c.log}); err != nil {
		return nil, usageError{err}
	}
	s.stops = append(s.stops, func() { shutdown(s.watch) })
	s.Watch = s.watch.Middleware()
	var client *posthog.Client
	if s.Toolbox, client, err = c.upstream.toolbox(catalogue, c.log, c.own, s.watch.RoundTripper); err != nil {
		return nil, err
	}
	var used seal.Store
	if c.limits != nil {
		var release func()
		if used, release, err = c.limits.apply(s.Toolbox, c.upstream.Timeout, c.log); err != nil {
			return nil, err
		}
		s.stops = append(s.stops, release)
	}
	if err = c.complete(s, client, used); err != nil {
		return nil, err
	}
	return s, nil
}

// complete applies the server's flags. used is where replicas remember confirmations;
// nil for none.
func (c serverConfig) complete(s *server, client *posthog.Client, used seal.Store) (err error) {
	if c.Confirm != "off" {
		s.Toolbox.Confirm = tools.Confirm(c.Confirm)
		if s.Catalogue, err = tools.NewConfirmedCatalogue(); err != nil {
			return err
		}
		if s.Toolbox.Seal, err = c.sealer(used, c.log); err != nil {
			return err
		}
	}
	if c.Schema != "auto" {
		s.Profile = schema.Profile(c.Schema)
	}
	if c.HideUnusable {
		s.Usable = scopes.ForCallers(s.Toolbox.API, client.KeyFor)
	}
	if c.Audit != "" {
		if s.Audit, err = audit.Open(c.Audit, c.log); err != nil {
			return usage("--audit: %v", err)
		}
		s.stops = append(s.stops, func() { _ = s.Audit.Close() }) // it has no buffer
	}
	return nil
}

// shutdown exports the remaining spans and metrics. It does not wait long for a
// collector that does not answer.
func shutdown(t *telemetry.Telemetry) {
	const flushTimeout = 2 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	_ = t.Shutdown(ctx) // what is lost is in the log
}
