package posthog

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
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
