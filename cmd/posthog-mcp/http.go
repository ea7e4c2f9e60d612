package main

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/seal"
	"posthog-mcp/transport"
	"posthog-mcp/transport/guard"
	"posthog-mcp/transport/limit"
	"posthog-mcp/transport/page"
	"posthog-mcp/transport/posthog"
	"posthog-mcp/transport/tokens"
	"posthog-mcp/transport/web"
)

type httpCmd struct {
	serverFlags
	Addr string `default:"127.0.0.1:8080" help:"Address to listen on."`
	authFlags
	limitFlags
	metricsFlags
	AllowedHosts   []string      `placeholder:"HOST" help:"Host names to answer to, besides localhost and that of --public-url."`
	AllowedOrigins []string      `placeholder:"ORIGIN" help:"Origins of web pages that may call, besides localhost."`
	MaxConnections int           `default:"2000" help:"Connections held at once; further ones wait."`
	Drain          time.Duration `default:"5s" help:"How long calls in flight may take after SIGTERM, SIGINT or SIGHUP."`
}

func (c *httpCmd) Run(ctx context.Context, catalogue *engine.Catalogue, log *slog.Logger) error {
	mode, err := c.mode(c.Sandbox, c.Addr)
	if err != nil {
		return err
	}
	s, err := c.newServer(ctx, serverKind{ownKey: mode != page.Passthrough, limits: c.limitFlags, scraped: c.Metrics || c.MetricsAddr != ""}, catalogue, log)
	defer s.stop()
	if err != nil {
		return err
	}
	handler, err := c.handler(ctx, mode, s)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Addr)
	if err != nil {
		return usage("--addr: %v", err)
	}
	if err := c.serve(ctx, s); err != nil {
		return err
	}
	if mode == page.Passthrough && keyGiven() {
		log.Warn("the key in the environment is not used: with --auth passthrough every caller brings one")
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(120 << 20) // with it the process stays under 150 MB during an attack
	}
	url := "http://" + listener.Addr().String() + "/mcp"
	if c.TLSCert != "" {
		url = "https" + strings.TrimPrefix(url, "http")
	}
	log.Info("listening", "mcp", url, "sandbox", c.Sandbox)
	return handler.Serve(ctx, listener)
}

// handler answers the requests of callers who may call in that mode. The certificate is
// reread until ctx ends.
func (c *httpCmd) handler(ctx context.Context, mode page.Access, s *server) (*web.Server, error) {
	auth, err := c.authenticator(ctx, mode, s.Catalogue, s.Logger)
	if err != nil {
		return nil, err
	}
	o := web.Options{
		MCP: transport.NewServer(s.Options), CheckSelection: s.Catalogue.CheckSelection, Drain: c.Drain, MaxConnections: c.MaxConnections, Logger: s.Logger,
		Page:     &page.Config{Catalogue: s.Catalogue, Toolbox: s.Toolbox, Access: mode, KeyVariable: envKey},
		Resource: web.Resource{PublicURL: c.PublicURL},
		Guard: guard.Options{
			AllowedHosts: c.AllowedHosts, AllowedOrigins: c.AllowedOrigins, Auth: auth, TrustedProxies: c.TrustedProxies,
		},
	}
	if c.Metrics {
		o.Metrics = s.watch.Metrics()
	}
	if mode == page.Passthrough { // callers log in at PostHog
		o.Resource.AuthorizationServer, o.Resource.Scopes = s.Toolbox.Host, s.Toolbox.Scopes(s.Catalogue)
	}
	if c.TLSCert+c.TLSKey != "" {
		if o.TLS, err = web.Certificate(ctx, c.TLSCert, c.TLSKey, s.Logger); err != nil {
			return nil, usageError{err}
		}
	}
	handler, err := web.New(o)
	return handler, blame("", err)
}

type authFlags struct {
	Auth              string   `group:"Access" enum:"passthrough,token,none," default:"" placeholder:"MODE" help:"passthrough (the default): every caller brings a PostHog key, and it is what goes to PostHog. token: callers have a token from --token-file, the server has a key of its own. none (the default with --sandbox): the server's own key for everyone, on a loopback address only."`
	TokenFile         string   `group:"Access" placeholder:"FILE" help:"Named tokens and their limits, for --auth token; JSON, read again when it changes."`
	PublicURL         string   `group:"Access" placeholder:"URL" help:"Where clients reach this server, without /mcp: OAuth clients then find PostHog's login by themselves."`
	TLSCert           string   `group:"Access" placeholder:"FILE" help:"Certificate chain, to speak TLS; read again when it changes."`
	TLSKey            string   `group:"Access" placeholder:"FILE" help:"Its private key."`
	InsecurePlainHTTP bool     `group:"Access" name:"insecure-plain-http" help:"Listen beyond this machine without TLS: for a server behind a proxy that speaks it."`
	TrustedProxies    []string `group:"Access" placeholder:"CIDR" help:"Proxies whose word on the client's address and scheme is believed."`
}

// mode returns the mode of authentication. It refuses unsafe combinations of flags.
func (f authFlags) mode(sandboxed bool, addr string) (page.Access, error) {
	mode, given := page.Access(cmp.Or(f.Auth, "passthrough")), ""
	if f.Auth == "" && sandboxed {
		mode, given = page.None, ", the default with --sandbox"
	}
	exposed := guard.LoopbackOnly(addr)
	_, _, malformed := net.SplitHostPort(addr)
	switch {
	case malformed != nil:
		return "", usage("--addr: %v", malformed)
	case mode == page.None && exposed != nil:
		return "", usage("--auth none%s: %v", given, exposed)
	case mode == page.Token && f.TokenFile == "":
		return "", usage("--auth token: name the callers' tokens in --token-file; make one with: %s", tokens.HowTo)
	case mode != page.Token && f.TokenFile != "":
		return "", usage("--token-file is for --auth token")
	case exposed != nil && f.TLSCert == "" && !f.InsecurePlainHTTP:
		return "", usage("callers' keys would travel between machines in clear to --addr %+.100q: give --tls-cert and --tls-key, "+
			"or a loopback address like 127.0.0.1:8080, or, where a proxy in front speaks TLS, --insecure-plain-http", addr)
	}
	return mode, nil
}

// authenticator authenticates callers in that mode. In [page.Passthrough] the caller's
// token is the key for the caller's requests to PostHog. The file of tokens is reread
// until ctx ends.
func (f authFlags) authenticator(ctx context.Context, mode page.Access, catalogue *engine.Catalogue, log *slog.Logger) (guard.Authenticator, error) {
	switch mode {
	case page.Passthrough:
		return guard.Passthrough(func(ctx context.Context, token string) (context.Context, error) {
			key, err := posthog.ParseKey(token)
			if err != nil {
				return nil, err
			}
			return posthog.WithKey(ctx, key), nil
		}), nil
	case page.None:
		return guard.NoAuth, nil
	}
	file, err := tokens.Open(ctx, f.TokenFile, catalogue.CheckSelection, log)
	if err != nil {
		return nil, usage("--token-file: %v", err)
	}
	return guard.Tokens(file.Accept), nil
}

// limitFlags hold callers under PostHog's limits, and an operator's.
type limitFlags struct {
	RateLimit            int           `group:"Limits" placeholder:"N" help:"Start at most N calls a minute per PostHog key, and 10 times as many an hour: PostHog's own limit is 480 and 4,800. Off by default."`
	MaxInFlight          int           `group:"Limits" placeholder:"N" help:"Calls at PostHog at once; others wait."`
	MaxInFlightPerCaller int           `group:"Limits" placeholder:"N" help:"Calls at PostHog at once per PostHog key."`
	MaxWait              time.Duration `group:"Limits" default:"10s" least:"1" why:"a call that may not wait at all needs 1ms" help:"The longest that a call waits for its start."`
	Redis                string        `group:"Limits" placeholder:"URL" help:"Redis or Valkey in which replicas count together, and remember which confirmations were used: redis://:password@host:6379/0."`
	Replicas             int           `group:"Limits" default:"1" least:"1" why:"there is at least one, this" help:"How many replicas there are: what each may use while Redis is away."`
	DuplicateWindow      time.Duration `group:"Limits" default:"0s" help:"For how long the same call that sends messages is not made again: its caller gets the first one's outcome."`
}

// apply puts the limits around the way of s to PostHog. used is where replicas remember
// confirmations, nil without Redis.
func (f limitFlags) apply(s *server, timeout time.Duration) (used seal.Store, err error) {
	var replicas *limit.Redis
	if f.Redis != "" {
		if replicas, err = limit.OpenRedis(f.Redis, limit.RedisOptions{Logger: s.Logger}); err != nil {
			return nil, usage("--redis: %v", err)
		}
		used, s.stops = replicas, append(s.stops, func() { _ = replicas.Close() }) // nothing is buffered
	}
	if f.RateLimit+f.MaxInFlight+f.MaxInFlightPerCaller > 0 {
		s.Toolbox.API = limit.New(s.Toolbox.API, limit.Options{
			InFlight: f.MaxInFlight, InFlightPerKey: f.MaxInFlightPerCaller,
			PerMinute: f.RateLimit, PerHour: 10 * f.RateLimit,
			MaxWait: f.MaxWait, Redis: replicas, Replicas: f.Replicas,
		})
	}
	if f.DuplicateWindow > 0 {
		const slack = 5 * time.Second
		s.Toolbox.Once = limit.NewOnce(f.DuplicateWindow, timeout+f.MaxWait+slack, replicas)
	}
	return used, nil
}

type metricsFlags struct {
	Metrics     bool   `group:"Observability" xor:"metrics" help:"Serve Prometheus metrics on /metrics, to everybody who can connect."`
	MetricsAddr string `group:"Observability" xor:"metrics" placeholder:"ADDR" help:"Serve them on an address of their own instead, without authentication."`
}

// serve serves the metrics of s on their own address, if they have one.
func (f metricsFlags) serve(ctx context.Context, s *server) error {
	if f.MetricsAddr == "" {
		return nil
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", f.MetricsAddr)
	if err != nil {
		return usage("--metrics-addr: %v", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.watch.Metrics())
	const timeout = 10 * time.Second
	server := &http.Server{Handler: mux, ReadHeaderTimeout: timeout, WriteTimeout: timeout, IdleTimeout: time.Minute}
	s.stops = append(s.stops, func() { _ = server.Close() })
	go func() { _ = server.Serve(listener) }() // ends with Close
	s.Logger.Info("metrics", "url", "http://"+listener.Addr().String()+"/metrics")
	return nil
}
