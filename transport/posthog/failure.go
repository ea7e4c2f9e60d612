package posthog

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"

	"posthog-mcp/tools"
)

var (
	errSlow   = errors.New("no answer in time")
	errHalted = errors.New("the server returned the request after it was sent")
	errFaulty = errors.New("the answer or the connection is faulty")
)

// failure translates a transport's error. status is the status of the answer whose
// body could not be read, else 0.
func (w *watcher) failure(err error, status int) *tools.Failure {
	f := &tools.Failure{Kind: tools.Broken, Sent: w.sent(), Status: status, Err: Cause(err)}
	switch {
	case w.ctx.Err() != nil:
		f.Kind, f.Err = interrupted(w.ctx).Kind, w.ctx.Err()
	case w.halted.Load():
		f.Err = errHalted
	case !f.Sent && as[*tls.CertificateVerificationError](err) != nil:
		f.Kind = tools.Untrusted
	case !f.Sent:
		f.Kind = tools.Unreachable
	case slow(err):
		f.Kind, f.Err = tools.TimedOut, errSlow
	}
	return f
}

// interrupted returns the failure of a call whose context has ended.
func interrupted(ctx context.Context) *tools.Failure {
	kind := tools.Cancelled
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		kind = tools.TimedOut
	}
	return &tools.Failure{Kind: kind, Err: ctx.Err()}
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
