package otlp

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"sync/atomic"
	"syscall"
)

// reporter logs one line when a signal begins to get lost and one when it
// arrives again.
type reporter struct {
	signal  Signal
	log     *slog.Logger
	failing atomic.Bool
}

func (r *reporter) report(err error) {
	switch {
	case err == nil && r.failing.Swap(false):
		r.log.Info("telemetry arrives again", "signal", r.signal)
	case errors.Is(err, context.Canceled): // at the end, when all is sent once more
	case err != nil && !r.failing.Swap(true):
		r.log.Warn("telemetry is lost: the collector does not take it", "signal", r.signal, "cause", cause(err))
	}
}

// status finds the status in the exporters' error for an answer that they do not
// retry; they have no type for it. After it stands the collector's answer.
var status = regexp.MustCompile(`: ([1-5]\d\d) [^(]*\(body: `)

// cause returns why a message did not arrive, in this program's own words: the error
// quotes the collector's address and answer.
func cause(err error) string {
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return errno.Error()
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "its name is not found"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "its certificate is not trusted"
	}
	if slow, ok := errors.AsType[net.Error](err); ok && slow.Timeout() {
		return "no answer in time"
	}
	if found := status.FindStringSubmatch(err.Error()); found != nil {
		code, _ := strconv.Atoi(found[1])
		return "it answered " + found[1] + " " + http.StatusText(code)
	}
	return "it refused, or the answer is faulty"
}
