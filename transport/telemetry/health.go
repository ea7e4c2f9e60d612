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

// Live answers 200: the process lives. Whether it can take calls is for Ready; a
// server must not be killed because PostHog is away.
func (h *Health) Live() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { respond(w, "ok") })
}

// Ready answers 200, or 503 with a Retry-After while the server drains or its
// check fails.
func (h *Health) Ready() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
		defer cancel()
		word := "ok"
		switch {
		case h.draining.Load():
			word = "draining"
		case h.Check != nil && h.Check(ctx) != nil:
			word = "unavailable"
		}
		respond(w, word)
	})
}

// respond answers in JSON, as the other routes of the server do.
func respond(w http.ResponseWriter, word string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if word != "ok" {
		w.Header().Set("Retry-After", strconv.Itoa(comeBack))
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_, _ = io.WriteString(w, `{"status":"`+word+`"}`+"\n") // a prober that left
}
