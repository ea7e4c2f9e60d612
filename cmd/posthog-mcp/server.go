package main

import (
	"context"
	"encoding/base64"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"time"

	"posthog-mcp/internal/build"
	"posthog-mcp/schema"
	"posthog-mcp/tools"
	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/seal"
	"posthog-mcp/transport"
	"posthog-mcp/transport/audit"
	"posthog-mcp/transport/posthog"
	"posthog-mcp/transport/scopes"
	"posthog-mcp/transport/stdio"
	"posthog-mcp/transport/telemetry"
)

// serverFlags are shared by the commands that speak MCP.
type serverFlags struct {
	upstreamFlags
	Schema       string `enum:"auto,standard,portable" default:"auto" help:"Dialect of the tools' schemas: standard, portable for clients that refuse type unions, or auto: by the client's name."`
	Confirm      string `group:"Rules" enum:"off,destructive,sends" default:"off" help:"Writes that a person has to agree to: those that cannot be taken back (destructive), or those and all that send messages (sends)."`
	StateKey     string `group:"Rules" placeholder:"FILE" help:"File with a secret of 32 bytes or more, for confirmations that hold on every replica and after a restart; yours alone. The directory FILE.used.d beside it remembers which were used."`
	Audit        string `group:"Rules" placeholder:"FILE" help:"Append one JSON line per write to this file."`
	ShortNames   bool   `help:"List tools whose names have more than 40 characters under a shorter alias; some clients put more than 20 before a name."`
	HideUnusable bool   `help:"List only the tools that the key's scopes allow; asks PostHog for them."`
}

// serverKind is how the servers of two commands differ.
type serverKind struct {
	ownKey  bool // otherwise each caller brings a key
	scraped bool // Prometheus reads the metrics
	limits  limitFlags
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

// newServer makes the server, which holds something beside an error too. Spans and
// metrics go where the standard OTEL_ variables say, and nowhere without them.
func (f serverFlags) newServer(ctx context.Context, kind serverKind, catalogue *engine.Catalogue, log *slog.Logger) (_ *server, err error) {
	var names []string
	for _, t := range catalogue.Tools() {
		names = append(names, t.Name)
	}
	s := &server{Options: transport.Options{Catalogue: catalogue, ShortNames: f.ShortNames, Logger: log}}
	if s.watch, err = telemetry.New(ctx, telemetry.Config{Version: build.Version(), Tools: names, Scraped: kind.scraped, Logger: log}); err != nil {
		return s, usageError{err}
	}
	s.stops = append(s.stops, func() {
		const patience = 2 * time.Second // with a collector that does not answer
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = s.watch.Shutdown(ctx) // what is lost is in the log
	})
	s.Watch = s.watch.Middleware()
	var client *posthog.Client
	if s.Toolbox, client, err = f.toolbox(catalogue, log, kind.ownKey, s.watch.RoundTripper); err != nil {
		return s, err
	}
	used, err := kind.limits.apply(s, f.Timeout)
	if err != nil {
		return s, err
	}
	return s, f.complete(s, client, used)
}

// complete applies the server's flags. used is where replicas remember confirmations;
// nil for none.
func (f serverFlags) complete(s *server, client *posthog.Client, used seal.Store) (err error) {
	if f.Confirm != "off" {
		s.Toolbox.Confirm = engine.Confirm(f.Confirm)
		if s.Catalogue, err = tools.NewConfirmedCatalogue(); err != nil {
			return err
		}
		if s.Toolbox.Seal, err = f.sealer(used, s.Logger); err != nil {
			return usage("--state-key: %v", err)
		}
	}
	if f.Schema != "auto" {
		s.Profile = schema.Profile(f.Schema)
	}
	if f.HideUnusable {
		s.Usable = scopes.ForCallers(s.Toolbox.API, client.KeyFor)
	}
	if f.Audit != "" {
		if s.Audit, err = audit.Open(f.Audit, s.Logger); err != nil {
			return usage("--audit: %v", err)
		}
		s.stops = append(s.stops, func() { _ = s.Audit.Close() }) // it has no buffer
	}
	return nil
}

type stdioCmd struct {
	serverFlags
	profileFlag
}

// Run speaks MCP on the console until the input ends.
func (c *stdioCmd) Run(ctx context.Context, tty console, catalogue *engine.Catalogue, log *slog.Logger) error {
	c.login = &c.profileFlag
	s, err := c.newServer(ctx, serverKind{ownKey: true}, catalogue, log)
	defer s.stop()
	if err != nil {
		return err
	}
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

// sealer signs confirmations with the secret of --state-key, or with a secret that lasts
// as long as this process. It remembers used confirmations in used, or if that is nil in
// a directory beside the secret.
func (f serverFlags) sealer(used seal.Store, log *slog.Logger) (*seal.Sealer, error) {
	if f.StateKey == "" {
		return seal.New(nil, nil)
	}
	text, err := readSecret(f.StateKey)
	if err != nil {
		return nil, err
	}
	secret, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		secret = []byte(text)
	}
	if len(secret) == 0 {
		return nil, errors.New(f.StateKey + " is empty")
	}
	s, err := seal.New(secret, nil)
	if err != nil {
		return nil, err
	}
	s.Logger = log
	if used != nil {
		s.Used = used
		return s, nil
	}
	directory, err := seal.OpenDirectory(f.StateKey + ".used.d")
	if _, unwritable := errors.AsType[*fs.PathError](err); unwritable {
		log.Warn("a confirmation that was used can be used once more after a restart, within its 10 minutes: its use cannot be remembered beside --state-key; keep that file in a directory that this process can write to, or give posthog-mcp http a --redis", slog.Any("error", err))
		return s, nil
	}
	s.Used = directory
	return s, err
}
