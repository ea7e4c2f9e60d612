package main

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"

	"posthog-mcp/tools"
	"posthog-mcp/transport/guard"
	"posthog-mcp/transport/listen"
	"posthog-mcp/transport/posthog"
	"posthog-mcp/transport/tokens"
	"posthog-mcp/transport/web"
)

// The modes of authentication.
const (
	passthrough = "passthrough"
	byToken     = "token"
	everybody   = "none"
)

// authFlags say who may call over HTTP, and how it is exposed.
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
func (f authFlags) mode(sandboxed bool, addr string) (string, error) {
	mode, given := f.Auth, "--auth "+f.Auth
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return "", usage("--addr: %v", err)
	}
	switch {
	case mode == "" && sandboxed:
		mode, given = everybody, "--auth none, the default with --sandbox"
	case mode == "":
		mode = passthrough
	}
	switch {
	case mode == everybody:
		if err := guard.LoopbackOnly(addr); err != nil {
			return "", usage("%s: %v", given, err)
		}
	case mode == byToken && f.TokenFile == "":
		return "", usage("--auth token: name the callers' tokens in --token-file; make one with: %s", tokens.HowTo)
	case mode != byToken && f.TokenFile != "":
		return "", usage("--token-file is for --auth token")
	}
	exposure := guard.Exposure{Addr: addr, Authenticated: mode != everybody, Encrypted: f.TLSCert != "", PlainHTTP: f.InsecurePlainHTTP}
	if err := exposure.Check(); err != nil {
		return "", usageError{err}
	}
	return mode, nil
}

// authenticator authenticates callers in that mode. It rereads the tokens until ctx ends.
func (f authFlags) authenticator(ctx context.Context, mode string, catalogue *tools.Catalogue, log *slog.Logger) (guard.Authenticator, error) {
	switch mode {
	case passthrough:
		return guard.Passthrough(acceptKey), nil
	case everybody:
		return guard.NoAuth, nil
	}
	file, err := tokens.Open(f.TokenFile, catalogue.CheckSelection, log)
	if err != nil {
		return nil, usage("--token-file: %v", err)
	}
	go file.Watch(ctx)
	return guard.Tokens(file.Accept), nil
}

// acceptKey makes the caller's token the key for the caller's requests to PostHog.
func acceptKey(ctx context.Context, token string) (context.Context, error) {
	key, err := posthog.ParseKey(token)
	if err != nil {
		return nil, err
	}
	return posthog.WithKey(ctx, key), nil
}

// tls is that of the server; nil for plain HTTP. The certificate is reread until ctx ends.
func (f authFlags) tls(ctx context.Context, log *slog.Logger) (*tls.Config, error) {
	if f.TLSCert == "" && f.TLSKey == "" {
		return nil, nil
	}
	if f.TLSCert == "" || f.TLSKey == "" {
		return nil, usage("--tls-cert and --tls-key go together")
	}
	encryption, watch, err := listen.Open(f.TLSCert, f.TLSKey, log)
	if err != nil {
		return nil, usage("--tls-cert, --tls-key: %v", err)
	}
	go watch(ctx)
	return encryption, nil
}

// resource says where clients reach the server, and where they log in.
func (f authFlags) resource(mode string, box *tools.Toolbox, catalogue *tools.Catalogue) web.Resource {
	if mode != passthrough {
		return web.Resource{PublicURL: f.PublicURL}
	}
	return web.Resource{PublicURL: f.PublicURL, AuthorizationServer: box.Host, Scopes: box.Scopes(catalogue)}
}
