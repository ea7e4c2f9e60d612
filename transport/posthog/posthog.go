// Package posthog calls the PostHog API over HTTP: one pool of connections, a
// key for each call, deadlines, bounded answers, and retries that never send a
// write twice. [Client] is the [tools.Upstream] of the real network.
package posthog

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"

	"posthog-mcp/tools"
)

// Options are what a [Client] is made from. The zero value calls PostHog Cloud
// in the US and takes the key of every call from its context.
type Options struct {
	// Host is where PostHog is, as [ParseHost] returns it; nil for PostHog
	// Cloud US.
	Host *url.URL
	// Key is used for calls whose context holds none; see [WithKey].
	Key Key
	// Timeout bounds a whole call, retries and waiting included; 30 seconds
	// when it is zero.
	Timeout time.Duration
	// Base carries the requests; nil is the real network. A Base that does not
	// report to net/http/httptrace is taken to have sent every request it got.
	Base http.RoundTripper
	// Wrap, when not nil, puts a layer around what carries the requests, and is
	// called once. The layer must hand each request's context on: whether a byte
	// was sent, and so whether a write may be sent again, is still asked of the
	// carrier below. A layer that refuses a request itself has sent nothing.
	Wrap func(http.RoundTripper) http.RoundTripper
	// Logger receives a debug line for each attempt: method, route, status,
	// never a path, a query, a body or a key. Nil logs nothing.
	Logger *slog.Logger
	// UserAgent is sent with each request; "posthog-mcp" when it is empty.
	UserAgent string
}

// defaultTimeout leaves room for one slow answer and a few retries; MCP clients
// commonly give up on a tool call after 60 seconds.
const defaultTimeout = 30 * time.Second

var errNoKey = errors.New("the call has no PostHog key")

// Client calls one PostHog host. It is safe for use by many goroutines.
type Client struct {
	host    *url.URL
	key     *Key // a pointer, so that printing a Client with %#v shows no key
	timeout time.Duration
	agent   string
	log     *slog.Logger
	base    http.RoundTripper // the carrier
	wire    http.RoundTripper // the carrier, with its layer
	scratch sync.Pool         // of *bytes.Buffer: answers of unknown length
	pause   func(context.Context, time.Duration) error
	jitter  func(below time.Duration) time.Duration
}

// New returns a client. It connects to nothing before the first call.
func New(o Options) *Client {
	c := &Client{
		host: o.Host, key: &o.Key, timeout: o.Timeout, agent: o.UserAgent, log: o.Logger, base: o.Base,
		pause: pause, jitter: rand.N[time.Duration],
	}
	if c.host == nil {
		c.host = cloud("us")
	}
	if c.timeout <= 0 {
		c.timeout = defaultTimeout
	}
	if c.agent == "" {
		c.agent = "posthog-mcp"
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
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

// Do sends r with the key of ctx, else the client's, and returns the answer,
// whatever its status. Without a usable answer the error is a
// [*tools.Failure].
//
// What may be sent again is, up to three times: a repeatable request after
// 429, 502, 503, 504 or a broken connection; any other only after 429 or when
// no connection carried it. The last answer is returned as it is.
func (c *Client) Do(ctx context.Context, r *tools.Request) (*tools.Response, error) {
	key := c.keyFor(ctx)
	if key == "" {
		return nil, &tools.Failure{Kind: tools.NoKey, Err: errNoKey}
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()

	var sent bool
	for n := 1; ; n++ {
		res, failure := c.attempt(ctx, key, r, n)
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
		return res, nil
	}
}

// CloseIdle closes the connections that carry no call.
func (c *Client) CloseIdle() {
	if base, ok := c.base.(interface{ CloseIdleConnections() }); ok {
		base.CloseIdleConnections()
	}
}

// keyFor prefers the caller's key. A caller who was given an empty one does
// not get the client's.
func (c *Client) keyFor(ctx context.Context) Key {
	if own, ok := KeyFrom(ctx); ok {
		return own
	}
	return *c.key
}
