package telemetry

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

const (
	// readyTimeout bounds a check: kubelets wait for one second by default.
	readyTimeout = 800 * time.Millisecond
	// comeBack is after how many seconds to ask again whether a server is ready.
	comeBack = 5
)

// Health answers the probes of whoever runs the server. The zero value is
// healthy. Neither answer says more than a word: both are for everybody.
type Health struct {
	// Check, when not nil, tells whether calls can be taken; it is given less
	// than a second.
	Check    func(context.Context) error
	draining atomic.Bool
}

// Drain makes the server not ready: it is about to end, and finishes the calls
// that it has.
func (h *Health) Drain() { h.draining.Store(true) }

// Live answers 200: the process lives. Whether it is of use is for Ready; a
// server must not be killed because PostHog is away.
func (h *Health) Live() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "ok") })
}

// Ready answers 200, or 503 with a Retry-After while the server drains or its
// check fails.
func (h *Health) Ready() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case h.draining.Load():
			say(w, http.StatusServiceUnavailable, "draining")
		case !h.checked(r.Context()):
			say(w, http.StatusServiceUnavailable, "unavailable")
		default:
			say(w, http.StatusOK, "ok")
		}
	})
}

func (h *Health) checked(ctx context.Context) bool {
	if h.Check == nil {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	return h.Check(ctx) == nil
}

// say answers in JSON, as the other routes of the server do.
func say(w http.ResponseWriter, status int, word string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if status != http.StatusOK {
		w.Header().Set("Retry-After", strconv.Itoa(comeBack))
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"status":"`+word+`"}`+"\n") // a prober that left
}
