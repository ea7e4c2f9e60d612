// Package posthog calls the PostHog API over HTTP. It has one pool of connections,
// a key for each call, deadlines, limits on answers, and retries that never send a
// write twice. [Client] is the [engine.Upstream] of the real network.
package posthog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/engine"
)

// Options configure a [Client]. The zero value calls PostHog Cloud in the US and
// takes the key of every call from its context.
type Options struct {
	// Host is PostHog's address from [ParseHost]; nil for PostHog Cloud US.
	Host *url.URL
	// Key is used for calls whose context holds none; see [WithKey].
	Key Key
	// Source, if not nil, gives the key in place of Key: that of a login, which changes.
	Source Source
	// Timeout limits a whole call, with its retries and waits; zero means 30 seconds.
	Timeout time.Duration
	// Base sends the requests; nil is the real network. If a Base does not report to
	// net/http/httptrace, every request it got counts as sent.
	Base http.RoundTripper
	// Wrap, if not nil, is called once and returns a layer around Base. The layer
	// must pass on each request's context: Base still reports through it whether a
	// byte was sent, which decides whether a write may be sent again. A request that
	// the layer itself refuses counts as not sent.
	Wrap func(http.RoundTripper) http.RoundTripper
	// Logger receives a debug line for each attempt: method, route and status, but
	// no path, query, body or key. Nil logs nothing.
	Logger *slog.Logger
	// UserAgent is sent with each request; empty means "posthog-mcp".
	UserAgent string
}

// A Source gives the key of a call. refused is empty at first; after a 401, for which
// PostHog does nothing, it is the key that PostHog did not take. The call is then
// repeated once, unless the key is the same. An error is a [*engine.Failure].
type Source func(ctx context.Context, refused Key) (Key, error)

// defaultTimeout leaves room for one slow answer and a few retries; MCP clients
// commonly give up on a tool call after 60 seconds.
const defaultTimeout = 30 * time.Second

var errNoKey = errors.New("the call has no PostHog key")

// Client calls one PostHog host. It is safe for use by many goroutines.
type Client struct {
	host    *url.URL
	key     *Key // a pointer, so that %#v of a Client does not print it
	source  Source
	timeout time.Duration
	agent   string
	log     *slog.Logger
	base    http.RoundTripper // Options.Base
	wire    http.RoundTripper // base within the layer of Options.Wrap
	pause   func(context.Context, time.Duration) error
	jitter  func(below time.Duration) time.Duration
}

// New returns a client, which connects at the first call.
func New(o Options) *Client {
	c := &Client{
		host: cmp.Or(o.Host, Cloud("us")), key: &o.Key, source: o.Source, timeout: cmp.Or(o.Timeout, defaultTimeout),
		agent: cmp.Or(o.UserAgent, "posthog-mcp"), log: cmp.Or(o.Logger, slog.New(slog.DiscardHandler)), base: o.Base,
		pause: pause, jitter: rand.N[time.Duration],
	}
	if c.base == nil {
		c.base = Transport(http.ProxyFromEnvironment)
	}
	c.wire = c.base
	if o.Wrap != nil {
		c.wire = o.Wrap(c.base)
	}
	return c
}

// Do sends r with the key of ctx, or else the client's, and returns the answer with
// any status. Without a usable answer the error is a [*engine.Failure].
//
// Do retries up to three times: a repeatable request after 429, 502, 503, 504 or a
// broken connection; any other request only after 429, or if it was not sent. The
// last answer is returned as it is.
func (c *Client) Do(ctx context.Context, r *engine.Request) (*engine.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	key, byLogin, err := c.keyFor(ctx)
	if err != nil {
		return nil, err
	}

	var sent bool
	renewable := byLogin
	for n := 1; ; n++ {
		res, failure := c.attempt(ctx, key, r, n)
		if renewable && outdated(res) {
			renewable = false
			renewed, err := c.source(ctx, key)
			if err != nil {
				return nil, err
			}
			if renewed != key {
				key = renewed
				continue
			}
		}
		sent = sent || reached(res, failure)
		if wait, again := c.retry(ctx, r, n, res, failure); again {
			if err := c.pause(ctx, wait); err == nil {
				continue
			}
			res, failure = nil, interrupted(ctx)
		}
		if failure != nil {
			failure.Sent = sent
			return nil, failure
		}
		res.ByLogin = byLogin
		return res, nil
	}
}

// outdated reports whether PostHog did not take the key. A route that takes no key at
// all answers "not_authenticated".
func outdated(res *engine.Response) bool {
	return res != nil && res.Status == http.StatusUnauthorized && gjson.GetBytes(res.Body, "code").String() != "not_authenticated"
}

// CloseIdle closes the connections that carry no call.
func (c *Client) CloseIdle() { (&http.Client{Transport: c.base}).CloseIdleConnections() }

// KeyFor returns the key of the calls under ctx. An error is a [*engine.Failure].
func (c *Client) KeyFor(ctx context.Context) (Key, error) {
	key, _, err := c.keyFor(ctx)
	return key, err
}

// keyFor returns the caller's key, or else the client's, and whether it is that of a
// login.
func (c *Client) keyFor(ctx context.Context) (key Key, byLogin bool, err error) {
	own := engine.CallerOf(ctx).Key
	switch {
	case own != nil:
		key = *own
	case c.source != nil:
		key, err = c.source(ctx, "")
		return key, true, err
	default:
		key = *c.key
	}
	if key == "" {
		err = &engine.Failure{Kind: engine.NoKey, Err: errNoKey}
	}
	return key, false, err
}

// Key authenticates a call.
type Key = engine.Key

const (
	shortestKey = 8
	longestKey  = 256
	redacted    = "[redacted]"
	keyRunes    = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
)

// wrongKeys are the prefixes of PostHog's other tokens, which its API refuses as
// invalid keys.
var wrongKeys = [...]struct{ prefix, reason string }{
	{"phc_", "phc_ is a project token, which can only send events in; use a personal API key (phx_)"},
	{"phs_", "phs_ is a project secret, which the API does not accept; use a personal API key (phx_)"},
	{"phr_", "phr_ is an OAuth refresh token; use the access token (pha_) it is exchanged for"},
}

// ParseKey returns s as a key: 8 to 256 characters of A-Z a-z 0-9 _ -, with the
// prefix phx_ or pha_, or, for old personal keys, none. The error names the problem
// and never repeats s.
func ParseKey(s string) (Key, error) {
	for _, w := range wrongKeys {
		if strings.HasPrefix(s, w.prefix) {
			return "", fmt.Errorf("not a usable PostHog key: %s", w.reason)
		}
	}
	if strings.Trim(s, keyRunes) != "" {
		return "", errors.New("not a usable PostHog key: it may hold only letters, digits, - and _; look for a stray space, quote or newline")
	}
	if len(s) < shortestKey || len(s) > longestKey {
		return "", fmt.Errorf("not a usable PostHog key: it has %d characters, a key has %d to %d", len(s), shortestKey, longestKey)
	}
	return Key(s), nil
}

// WithKey returns a context whose calls use the caller's own key k, and never the
// client's, even if k is empty.
func WithKey(ctx context.Context, k Key) context.Context {
	c := engine.CallerOf(ctx)
	c.Key, c.ID, c.Name = &k, k.Hash(), k.Fingerprint()
	return engine.WithCaller(ctx, c)
}
