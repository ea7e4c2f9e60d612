package posthog

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"posthog-mcp/internal/authority"
	"posthog-mcp/tools/engine"
)

// maxHops is the most redirects that a read follows: a missing slash, a moved page
// and one to spare.
const maxHops = 3

var (
	errRequest    = errors.New("the request's path is not a rooted, escaped URL path")
	errMovedWrite = errors.New("a write does not follow redirects: it could be carried out twice")
	errMovedAway  = errors.New("the key is for the configured host only")
	errMovedOften = errors.New("too many redirects")
	errMovedWhere = errors.New("the redirect names no place")
)

// attempt sends r once, apart from redirects, and logs the outcome.
func (c *Client) attempt(ctx context.Context, key Key, r *engine.Request, n int) (*engine.Response, *engine.Failure) {
	start := time.Now()
	res, f := c.exchange(ctx, key, r)
	c.redact(key, res, f)
	attrs := []slog.Attr{
		slog.String("method", r.Method), slog.String("route", r.Route),
		slog.Int("attempt", n), slog.Duration("took", time.Since(start)),
	}
	if f != nil {
		attrs = append(attrs, slog.String("failure", f.Error()), slog.Bool("sent", f.Sent))
	} else {
		attrs = append(attrs, slog.Int("status", res.Status), slog.Int("bytes", len(res.Body)))
	}
	c.log.LogAttrs(ctx, slog.LevelDebug, "PostHog call", attrs...)
	return res, f
}

// exchange sends one request, follows redirects of a read, and reads the answer.
func (c *Client) exchange(ctx context.Context, key Key, r *engine.Request) (*engine.Response, *engine.Failure) {
	ctx, w := c.watch(ctx, r.Repeatable)
	defer w.cancel() // ends an unread body or an open stream
	req, err := c.request(ctx, key, r)
	if err != nil {
		return nil, &engine.Failure{Kind: engine.Unreachable, Err: err}
	}
	for hop := 1; ; hop++ {
		res, err := c.wire.RoundTrip(req)
		switch {
		case err != nil:
			return nil, w.failure(err, 0)
		case res.StatusCode == http.StatusSwitchingProtocols:
			// No answer follows, and net/http would read on without a deadline.
			_ = res.Body.Close()
			return nil, w.failure(errFaulty, res.StatusCode)
		case !redirects(req.Method, res.StatusCode):
			return readAnswer(res, w, r.Keep)
		}
		// The few bytes of a redirect's body are read, so that the connection can be
		// reused. A longer body closes it.
		_, _ = io.CopyN(io.Discard, res.Body, 4<<10)
		_ = res.Body.Close()
		next, refusal := follow(req, res, hop)
		if refusal != nil {
			return nil, refusal
		}
		req = next
	}
}

// request builds r for the client's host. net/http can rewind its body, to move it to
// another connection if a kept one was closed before anything was written. It never has
// an Idempotency-Key, which would let net/http send a POST twice.
func (c *Client) request(ctx context.Context, key Key, r *engine.Request) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, c.host.String()+r.Path, bytes.NewReader(r.Body))
	if err != nil || !strings.HasPrefix(r.Path, "/") || req.URL.EscapedPath() != r.Path {
		return nil, errRequest
	}
	req.URL.RawQuery = r.Query
	req.Header = http.Header{
		"Authorization": {"Bearer " + key.Reveal()},
		"User-Agent":    {c.agent},
		"Accept":        {"application/json"},
	}
	if len(r.Body) > 0 {
		req.Header["Content-Type"] = []string{"application/json"}
	}
	return req, nil
}

// redirects reports whether an answer is a redirect. For a write any 3xx counts: no
// PostHog answers a write so, and whether it was carried out is unknown.
func redirects(method string, status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return method != http.MethodGet && status >= 300 && status <= 399
}

// follow returns the request to which a redirect points: a GET to the same scheme,
// host and port. hop counts the redirects of the call, from 1.
func follow(req *http.Request, res *http.Response, hop int) (*http.Request, *engine.Failure) {
	refusal := &engine.Failure{Kind: engine.Redirected, Sent: true, Status: res.StatusCode}
	location := res.Header.Get("Location")
	to, err := req.URL.Parse(location)
	if err != nil || location == "" {
		refusal.Err = errMovedWhere
		return nil, refusal
	}
	target, known := authority.Parse(to.Host)
	own, _ := authority.Parse(req.URL.Host)
	if known {
		refusal.Target = target.String()
	}
	switch {
	case req.Method != http.MethodGet:
		refusal.Err = errMovedWrite
	case !known || to.Scheme != req.URL.Scheme || target.In(to.Scheme) != own.In(to.Scheme):
		refusal.Err = errMovedAway
	case hop > maxHops:
		refusal.Err = errMovedOften
	default:
		next := req.WithContext(req.Context())
		next.URL = &url.URL{Scheme: to.Scheme, Host: req.URL.Host, Path: to.Path, RawPath: to.RawPath, RawQuery: to.RawQuery}
		return next, nil
	}
	return nil, refusal
}

// watcher traces a request through net/http, to answer two questions that its errors
// leave open: can a byte have been sent, and is net/http about to repeat a write by
// itself?
type watcher struct {
	ctx    context.Context // the call's
	cancel context.CancelFunc

	traced atomic.Bool // the transport reports to httptrace
	got    atomic.Bool // a connection has the request, or had it and may have sent it
	http2  atomic.Bool // that connection speaks HTTP/2
	wrote  atomic.Bool // the request's header was written
	halted atomic.Bool // a repetition was prevented
}

// watch returns the context for one exchange. End it with cancel.
//
// Over HTTP/1.1 net/http repeats a write only if nothing of it was written. Over
// HTTP/2 it repeats any request, even a POST, after REFUSED_STREAM, GOAWAY or
// PROTOCOL_ERROR from the server. The first two promise that nothing was done, the
// third does not, and the trace cannot tell them apart. So a write whose header was
// sent is cancelled.
func (c *Client) watch(ctx context.Context, repeatable bool) (context.Context, *watcher) {
	inner, cancel := context.WithCancel(ctx)
	w := &watcher{ctx: ctx, cancel: cancel}
	_, reports := c.base.(*http.Transport)
	w.traced.Store(reports)
	return httptrace.WithClientTrace(inner, &httptrace.ClientTrace{
		GetConn: func(string) {
			w.traced.Store(true)
			if !repeatable {
				w.got.Store(w.wrote.Load() && w.http2.Load())
			}
		},
		GotConn: func(info httptrace.GotConnInfo) {
			if !repeatable && w.wrote.Load() && w.http2.Load() {
				w.halted.Store(true)
				cancel()
			}
			secure, _ := info.Conn.(*tls.Conn)
			w.http2.Store(secure != nil && secure.ConnectionState().NegotiatedProtocol == "h2")
			w.got.Store(true)
		},
		WroteHeaders: func() { w.wrote.Store(true) },
	}), w
}

// sent reports whether PostHog may have received the request. It is true for a
// transport that does not report.
func (w *watcher) sent() bool { return w.got.Load() || !w.traced.Load() }
