package posthog

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"posthog-mcp/tools"
)

const (
	// retries is how often a request is sent again: enough to outlast a
	// deployment's hiccup, too few to be a burden on a service that is down.
	retries = 3
	// firstBackoff is about the time in which a load balancer stops using a
	// dead backend. It doubles twice, so that waiting takes at most 3.5 s of
	// the call's time.
	firstBackoff = 500 * time.Millisecond
	// longestRetryAfter bounds what a Retry-After may say; no call waits that
	// long, and an agent needs no larger number.
	longestRetryAfter = 24 * time.Hour
)

// retry reports whether r is to be sent again after its n-th attempt, and when.
// The wait is what PostHog asked for plus full jitter, so that callers who were
// refused together do not come back together. A wait that ends after the
// call's deadline is not begun.
func (c *Client) retry(ctx context.Context, r *tools.Request, n int, res *tools.Response, f *tools.Failure) (time.Duration, bool) {
	if n > retries || !mayRepeat(r, res, f) {
		return 0, false
	}
	wait := c.jitter(firstBackoff << (n - 1))
	if res != nil {
		wait += res.RetryAfter
	}
	deadline, _ := ctx.Deadline()
	return wait, wait < time.Until(deadline)
}

// mayRepeat holds the rule. PostHog throttles before it acts, so that 429 means
// that nothing has happened; any other answer to a write may follow its effect.
func mayRepeat(r *tools.Request, res *tools.Response, f *tools.Failure) bool {
	if f != nil {
		return f.Kind == tools.Unreachable && !permanent(f.Err) || f.Kind == tools.Broken && r.Repeatable
	}
	switch res.Status {
	case http.StatusTooManyRequests:
		return true
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return r.Repeatable
	}
	return false
}

// permanent reports a failure that half a second cannot heal.
func permanent(err error) bool {
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	refusal, refused := errors.AsType[ProxyRefusal](err)
	return untrusted || refused && refusal < http.StatusInternalServerError || errors.Is(err, errProxy) || errors.Is(err, errRequest)
}

// reached reports whether an attempt may have had an effect at PostHog.
func reached(res *tools.Response, f *tools.Failure) bool {
	if f != nil {
		return f.Sent
	}
	return res.Status != http.StatusTooManyRequests
}

// pause waits, or returns the context's error.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// retryAfter reads a Retry-After header: whole seconds or a date (RFC 9110,
// section 10.2.3). It is zero for anything else and for a time that is past.
func retryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if n, err := strconv.ParseUint(header, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(n, uint64(longestRetryAfter/time.Second))) * time.Second
	}
	at, err := http.ParseTime(header)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), longestRetryAfter)
}
