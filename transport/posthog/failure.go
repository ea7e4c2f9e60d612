package posthog

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"posthog-mcp/tools/engine"
)

const (
	// retries is how many times a request is sent again: enough for a short outage
	// during a deployment, too few to burden a service that is down.
	retries = 3
	// firstBackoff is about the time in which a load balancer stops using a dead
	// backend. It doubles twice, so that the waits take at most 3.5 s of the call.
	firstBackoff = 500 * time.Millisecond
	// longestRetryAfter limits the value of a Retry-After. No call waits that long,
	// and an agent needs no larger number.
	longestRetryAfter = 24 * time.Hour
)

var (
	errSlow   = errors.New("no answer in time")
	errHalted = errors.New("the server returned the request after it was sent")
	errFaulty = errors.New("the answer or the connection is faulty")
)

// retry reports whether to send r again after its n-th attempt, and after which
// wait. The wait is PostHog's Retry-After plus full jitter, so that callers who were
// refused together do not return together. There is no retry if the wait would end
// after the call's deadline.
func (c *Client) retry(ctx context.Context, r *engine.Request, n int, res *engine.Response, f *engine.Failure) (time.Duration, bool) {
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

// mayRepeat reports whether a request may be sent again. PostHog throttles before it
// acts, so after 429 nothing was done. After any other answer a write may have taken
// effect.
func mayRepeat(r *engine.Request, res *engine.Response, f *engine.Failure) bool {
	if f != nil {
		return f.Kind == engine.Unreachable && !permanent(f.Err) || f.Kind == engine.Broken && r.Repeatable
	}
	switch res.Status {
	case http.StatusTooManyRequests:
		return true
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return r.Repeatable
	}
	return false
}

// permanent reports whether a failure will not go away within a retry's wait.
func permanent(err error) bool {
	refusal, refused := errors.AsType[ProxyRefusal](err)
	return refused && refusal < http.StatusInternalServerError || errors.Is(err, errProxy) || errors.Is(err, errRequest)
}

// reached reports whether an attempt may have had an effect at PostHog.
func reached(res *engine.Response, f *engine.Failure) bool {
	if f != nil {
		return f.Sent
	}
	return res.Status != http.StatusTooManyRequests
}

// pause waits for d, or returns the context's error.
func pause(ctx context.Context, d time.Duration) error {
	waiting, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-waiting.Done()
	return ctx.Err()
}

// retryAfter reads a Retry-After header: whole seconds or a date (RFC 9110,
// section 10.2.3). It is zero for any other value and for a past date.
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

// failure translates a transport's error. status is the status of the answer whose
// body could not be read, else 0.
func (w *watcher) failure(err error, status int) *engine.Failure {
	f := &engine.Failure{Kind: engine.Broken, Sent: w.sent(), Status: status, Err: Cause(err)}
	switch {
	case w.ctx.Err() != nil:
		f.Kind, f.Err = interrupted(w.ctx).Kind, w.ctx.Err()
	case w.halted.Load():
		f.Err = errHalted
	case !f.Sent && as[*tls.CertificateVerificationError](err) != nil:
		f.Kind = engine.Untrusted
	case !f.Sent:
		f.Kind = engine.Unreachable
	case slow(err):
		f.Kind, f.Err = engine.TimedOut, errSlow
	}
	return f
}

// interrupted returns the failure of a call whose context has ended.
func interrupted(ctx context.Context) *engine.Failure {
	kind := engine.Cancelled
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		kind = engine.TimedOut
	}
	return &engine.Failure{Kind: kind, Err: ctx.Err()}
}

// slow reports whether the header did not arrive in time. A timeout of the network
// itself counts as a broken connection.
func slow(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout() && as[*net.OpError](err) == nil
}

// Cause returns an error that is safe to log. Errors of net/http may quote the
// server's bytes, which can repeat a request with its key, or a proxy's text and
// URL. So only errors that are known to quote nothing of the kind keep their text.
func Cause(err error) error {
	op, isOp := errors.AsType[*net.OpError](err)
	plain := plainCause(err)
	if isOp && op.Op == "proxyconnect" {
		return fmt.Errorf("connect to the proxy: %w", plain)
	}
	return plain
}

func plainCause(err error) error {
	for _, in := range []func(error) error{as[*net.DNSError], as[*tls.CertificateVerificationError], as[ProxyRefusal], as[syscall.Errno]} {
		if plain := in(err); plain != nil {
			return plain
		}
	}
	if record, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return errors.New(record.Msg)
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return errSlow
	}
	for _, known := range []error{errProxy, errRequest, http.ErrSchemeMismatch, io.ErrUnexpectedEOF, io.EOF} {
		if errors.Is(err, known) {
			return known
		}
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "remote error" {
		return op.Err // a TLS alert, whose text is crypto/tls's own
	}
	return errFaulty
}

// as returns the error of type E in err, or nil.
func as[E error](err error) error {
	if found, ok := errors.AsType[E](err); ok {
		return found
	}
	return nil
}
