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

	"posthog-mcp/tools"
)

var errRequest = errors.New("the request's path is not a rooted, escaped URL path")

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
	defer w.stop()
	req, err := c.request(ctx, key, r)
	if err != nil {
		return nil, &tools.Failure{Kind: tools.Unreachable, Err: err}
	}
	for hop := 1; ; hop++ {
		res, err := c.wire.RoundTrip(req)
		if err != nil {
			return nil, w.failure(err, 0)
		}
		if res.StatusCode == http.StatusSwitchingProtocols {
			// No answer follows, and net/http would read on without a deadline.
			_ = res.Body.Close()
			return nil, w.failure(errFaulty, res.StatusCode)
		}
		if !redirects(req.Method, res.StatusCode) {
			return c.answer(res, w, r.Keep)
		}
		discard(res.Body)
		next, refusal := follow(req, res, hop)
		if refusal != nil {
			return nil, refusal
		}
		req = next
	}
}

// request builds r for the client's host. It never has an Idempotency-Key,
// which would let net/http send a POST twice.
func (c *Client) request(ctx context.Context, key Key, r *tools.Request) (*http.Request, error) {
	path, err := url.PathUnescape(r.Path)
	if err != nil || !strings.HasPrefix(r.Path, "/") {
		return nil, errRequest
	}
	u := &url.URL{Scheme: c.host.Scheme, Host: c.host.Host, Path: path, RawPath: r.Path, RawQuery: r.Query}
	if u.EscapedPath() != r.Path {
		return nil, errRequest
	}
	req := (&http.Request{
		Method: r.Method, URL: u, Host: u.Host, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{
			"Authorization": {"Bearer " + key.Reveal()},
			"User-Agent":    {c.agent},
			"Accept":        {"application/json"},
		},
	}).WithContext(ctx)
	if len(r.Body) > 0 {
		req.Header["Content-Type"] = []string{"application/json"}
		setBody(req, r.Body)
	}
	return req, nil
}

// setBody sets a body that can be rewound, so that net/http can move the request
// to another connection if a kept one was closed before anything was written.
func setBody(req *http.Request, body []byte) {
	req.ContentLength = int64(len(body))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	req.Body, _ = req.GetBody()
}
