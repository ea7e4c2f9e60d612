// Package sandbox is a faithful double of the PostHog API, embedded and in
// memory: the operations that posthog-mcp offers, what they look up, and a
// small company to try them on. Nothing leaves the process; what PostHog would
// have mailed or posted to Slack lands in an outbox.
//
// It answers as PostHog did when its documentation page was written. Rules that
// changed since are [Switches], and its [Generation]. What is a table is JSON
// in data: the world's rows, the members of each object, fields and rates.
//
// Over HTTP it can be looked at and steered, without a key:
//
//	GET        /_sandbox/           a page for people, live
//	GET        /_sandbox/outbox     what was "sent"
//	GET        /_sandbox/requests   what the API was asked
//	GET        /_sandbox/state      the world at a glance
//	GET, PATCH /_sandbox/switches   see [Switches]
//	GET, POST  /_sandbox/clock      {"advance": "36h"} or {"to": "2027-01-04T09:00:00Z"}
//	POST       /_sandbox/reset      everything as it was at the start
package sandbox

import (
	"cmp"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"posthog-mcp/internal/sandbox/drf"
)

// A Sandbox is one world with its API. Its methods may be called at the same
// time from many goroutines. The zero value is not usable; see [New].
type Sandbox struct {
	now    func() time.Time
	sent   func(Message)
	routes []route
	steer  http.Handler
	start  Switches
	hook   atomic.Pointer[Hook]

	mu    sync.Mutex
	world *world
}

// An Option changes a [Sandbox] before its world is built.
type Option func(*Sandbox)

// WithClock sets the time, which is the machine's otherwise. The world's own
// dates lie in 2024 and 2025.
func WithClock(now func() time.Time) Option { return func(s *Sandbox) { s.now = now } }

// WithOutbox has send called for each [Message], after the call that caused it
// was served and from its goroutine: send must bear being called by many.
func WithOutbox(send func(Message)) Option { return func(s *Sandbox) { s.sent = send } }

// WithSwitches sets the rules the world starts with, and is reset to.
func WithSwitches(change func(*Switches)) Option { return func(s *Sandbox) { change(&s.start) } }

// New builds the world. It takes about a millisecond; a server that forwards
// to PostHog never calls it.
func New(opts ...Option) *Sandbox {
	s := &Sandbox{now: time.Now, sent: func(Message) {}, routes: routes(), start: defaults()}
	for _, o := range opts {
		o(s)
	}
	s.steer = s.steering()
	s.world = newWorld(s.now, s.start)
	return s
}

// with runs do under the lock, and then announces what was sent. A do that
// panics lets the lock go: the server survives that, and so do later calls.
func (s *Sandbox) with(do func(*world)) {
	for _, m := range s.locked(do) {
		s.sent(m)
	}
}

func (s *Sandbox) locked(do func(*world)) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	do(s.world)
	fresh := s.world.fresh
	s.world.fresh = nil
	return fresh
}

// Reset puts the world back to how it was built; a moved clock is set right.
func (s *Sandbox) Reset() {
	s.with(func(w *world) { *w = *newWorld(s.now, s.start) })
}

// Switch changes the world's rules.
func (s *Sandbox) Switch(change func(*Switches)) {
	s.with(func(w *world) { change(&w.switches) })
}

// lastMoment is where the world's time ends: well before durations overflow.
var lastMoment = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)

// Advance moves the clock forward, at most to the year 2200, and sends what
// falls due on the way. It returns the new time.
func (s *Sandbox) Advance(d time.Duration) (now time.Time) {
	s.with(func(w *world) {
		w.shift += min(d, lastMoment.Sub(w.clock()))
		now = w.clock()
		w.deliverDue(now)
	})
	return now
}

// Outbox is what was "sent" so far, oldest first; at most the last 500.
func (s *Sandbox) Outbox() (sent []Message) {
	s.with(func(w *world) { sent = list(w.outbox) })
	return sent
}

// Requests is what the API was asked so far, oldest first; at most the last 500.
func (s *Sandbox) Requests() (asked []Seen) {
	s.with(func(w *world) { asked = list(w.seen) })
	return asked
}

// ServeHTTP answers for the API below /api, and below /_sandbox for those who
// look at the double itself and steer it.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == home || strings.HasPrefix(r.URL.Path, home+"/") {
		s.steer.ServeHTTP(w, r)
		return
	}
	var body []byte
	var err error
	if r.Body != nil {
		body, err = io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	}
	if err != nil {
		// The client broke off; nobody reads an answer.
		panic(http.ErrAbortHandler)
	}
	w = &held{ResponseWriter: w, r: r, open: s.intercept(r, body)}
	switch {
	case s.fault(w, r):
	case len(body) > maxBody:
		writeHTML(w, http.StatusRequestEntityTooLarge)
	default:
		var rep reply
		s.with(func(w *world) {
			rep = s.handle(w, r, body)
			w.remember(r, body, rep.status)
		})
		rep.write(w, r.Method == http.MethodHead)
	}
}

// write makes the answer's bytes, without the lock: what a reply holds is
// replaced in the world later, and never changed.
func (rep reply) write(w http.ResponseWriter, bare bool) {
	for name, value := range rep.header {
		w.Header().Set(name, value)
	}
	var payload []byte
	if rep.body != nil {
		w.Header().Set("Content-Type", "application/json")
		var err error
		if payload, err = drf.Encode(rep.body); err != nil {
			panic("sandbox: an answer that is no JSON: " + err.Error())
		}
	}
	w.WriteHeader(rep.status)
	if !bare {
		_, _ = w.Write(payload)
	}
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
	found, values, methods := s.find(r.Method, path)
	// Some servers serve deliveries below the older path alone.
	if found == nil || w.switches.EnvironmentDeliveries && strings.HasPrefix(found.pattern, deliveriesPath) && !older {
		return failed(drf.Missing("Endpoint not found."))
	}
	c := &call{
		world: w, r: r, query: r.URL.Query(), body: body, now: now, base: origin(r),
		route: found, values: values,
	}
	rep := c.run(slices.Contains(methods, cmp.Or(strings.TrimPrefix(r.Method, http.MethodHead), http.MethodGet)))
	if rep.header == nil {
		rep.header = map[string]string{}
	}
	rep.header["Allow"] = allow(methods)
	return rep
}

func origin(r *http.Request) string {
	scheme := cmp.Or(r.URL.Scheme, "http")
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + cmp.Or(r.Host, r.URL.Host)
}
