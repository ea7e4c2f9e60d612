package posthog

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"posthog-mcp/internal/authority"
	"posthog-mcp/tools"
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
func (c *Client) attempt(ctx context.Context, key Key, r *tools.Request, n int) (*tools.Response, *tools.Failure) {
	start := time.Now()
	res, f := c.exchange(ctx, key, r)
	c.redact(key, res, f)
	if !c.log.Enabled(ctx, slog.LevelDebug) {
		return res, f
	}
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
func (c *Client) exchange(ctx context.Context, key Key, r *tools.Request) (*tools.Response, *tools.Failure) {
	ctx, w := c.watch(ctx, r.Repeatable)
	defer w.cancel() // ends an unread body or an open stream
	req, err := c.request(ctx, key, r)
	if err != nil {
		return nil, &tools.Failure{Kind: tools.Unreachable, Err: err}
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
func (c *Client) request(ctx context.Context, key Key, r *tools.Request) (*http.Request, error) {
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
func follow(req *http.Request, res *http.Response, hop int) (*http.Request, *tools.Failure) {
	refusal := &tools.Failure{Kind: tools.Redirected, Sent: true, Status: res.StatusCode}
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
