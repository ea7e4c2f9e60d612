// Package sandbox is a PostHog in memory: the operations and look-ups of posthog-mcp, and the data of a small
// company. It answers the requests that tools send as the real API does; odder ones it may refuse. Nothing leaves the
// process: messages that PostHog would have sent go to an outbox.
//
// It answers as PostHog did when its documentation page was written, or as it does today, see [WithGeneration].
// [Switches] select rules that differ between servers. Tables are JSON in data: the world's rows, the members of each
// object, fields and rates.
//
// Over HTTP it can be inspected and controlled, without a key:
//
//	GET        /_sandbox/           a page for people, live
//	GET        /_sandbox/outbox     the "sent" messages
//	GET        /_sandbox/requests   the requests to the API
//	GET        /_sandbox/state      an overview of the world
//	GET, PATCH /_sandbox/switches   see [Switches]
//	GET, POST  /_sandbox/clock      {"advance": "36h"} or {"to": "2027-01-04T09:00:00Z"}
//	POST       /_sandbox/reset      restores the start
package sandbox

import (
	"cmp"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"posthog-mcp/internal/sandbox/drf"
)

// A Sandbox is one world with its API. It is safe for concurrent use. The zero value is not usable; see [New].
type Sandbox struct {
	now   func() time.Time
	sent  func(Message)
	steer http.Handler
	start Switches
	hook  atomic.Pointer[Hook]

	mu    sync.Mutex
	world *world
}

// An Option changes a [Sandbox] before its world is built.
type Option func(*Sandbox)

// WithClock sets the clock; the default is the machine's. The world's own dates are in 2024 and 2025.
func WithClock(now func() time.Time) Option { return func(s *Sandbox) { s.now = now } }

// WithOutbox calls send for each [Message], after the call that caused it was served, and in that call's goroutine.
// So send must be safe for concurrent use.
func WithOutbox(send func(Message)) Option { return func(s *Sandbox) { s.sent = send } }

// WithGeneration sets the switches of a PostHog of that time; the default is [Page].
func WithGeneration(g Generation) Option { return func(s *Sandbox) { s.start = defaults(g) } }

// WithSwitches sets the switches at the start and after a reset.
func WithSwitches(change func(*Switches)) Option { return func(s *Sandbox) { change(&s.start) } }

// New builds the world. It takes about a millisecond; a server that forwards to PostHog never calls it.
func New(opts ...Option) *Sandbox {
	s := &Sandbox{now: time.Now, sent: func(Message) {}, start: defaults(Page)}
	for _, o := range opts {
		o(s)
	}
	s.steer = s.steering()
	s.world = newWorld(s.now, s.start)
	return s
}

// with runs do under the lock, which a panic releases too, and then reports the sent messages.
func (s *Sandbox) with(do func(*world)) {
	var fresh []Message
	func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		do(s.world)
		fresh, s.world.fresh = s.world.fresh, nil
	}()
	for _, m := range fresh {
		s.sent(m)
	}
}

// Reset restores the world and the clock as they were at the start.
func (s *Sandbox) Reset() { s.with(func(w *world) { *w = *newWorld(s.now, s.start) }) }

// Switch changes the world's switches.
func (s *Sandbox) Switch(change func(*Switches)) {
	s.with(func(w *world) {
		change(&w.switches)
		w.renew(w.clock())
	})
}

// lastMoment is the latest time of the world, well before durations overflow.
var lastMoment = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)

// Advance moves the clock forward, at most to the year 2200, sends what becomes due, and returns the new time.
func (s *Sandbox) Advance(d time.Duration) (now time.Time) {
	s.with(func(w *world) {
		w.shift += min(d, lastMoment.Sub(w.clock()))
		now = w.clock()
		w.deliverDue(now)
	})
	return now
}

// Outbox returns the last 500 "sent" messages, oldest first.
func (s *Sandbox) Outbox() (sent []Message) {
	s.with(func(w *world) { sent = list(w.outbox) })
	return sent
}

// Requests returns the last 500 requests to the API, oldest first.
func (s *Sandbox) Requests() (asked []Seen) {
	s.with(func(w *world) { asked = list(w.seen) })
	return asked
}

// ServeHTTP serves the API below /api, the login below /oauth, and the control of the sandbox below /_sandbox.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == home || strings.HasPrefix(r.URL.Path, home+"/") {
		s.steer.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(io.LimitReader(cmp.Or[io.Reader](r.Body, http.NoBody), maxBody+1))
	if err != nil {
		// The client has disconnected; nobody reads an answer.
		panic(http.ErrAbortHandler)
	}
	release := s.intercept(r, body)
	rep := s.answer(r, body)
	if release != nil {
		release()
		if r.Context().Err() != nil {
			panic(http.ErrAbortHandler)
		}
	}
	rep.write(w)
}

func (s *Sandbox) answer(r *http.Request, body []byte) reply {
	rep, faulty := s.fault(r)
	switch {
	case faulty:
		return rep
	case len(body) > maxBody:
		return html(drf.New(http.StatusRequestEntityTooLarge, "", ""))
	}
	s.with(func(w *world) {
		if isLogin(r) {
			rep = w.login(r, body)
		} else {
			rep = s.handle(w, r, body)
		}
		w.remember(r, body, rep.status)
	})
	return rep
}

func (s *Sandbox) handle(w *world, r *http.Request, body []byte) reply {
	now := w.clock()
	w.deliverDue(now)
	// The older /api/environments/ serves the same views.
	path := r.URL.Path
	below, older := strings.CutPrefix(path, "/api/environments/")
	if older {
		path = "/api/projects/" + below
	}
	found, values := find(r.Method, path)
	// Some servers serve deliveries only below the older path.
	switch {
	case found == nil, w.switches.EnvironmentDeliveries && strings.HasPrefix(found.pattern, deliveriesPath) && !older:
		return failed(drf.Missing("Endpoint not found."))
	case found.method != r.Method:
		return failed(drf.New(http.StatusMethodNotAllowed, "method_not_allowed", `Method "`+r.Method+`" not allowed.`))
	}
	c := &call{world: w, r: r, query: r.URL.Query(), body: body, now: now, base: origin(r), route: found, values: values}
	return c.run()
}

func origin(r *http.Request) string {
	scheme := cmp.Or(r.URL.Scheme, "http")
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + cmp.Or(r.Host, r.URL.Host)
}
