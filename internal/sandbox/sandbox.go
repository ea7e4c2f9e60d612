// Package sandbox is a faithful double of the PostHog API, embedded and in
// memory: the operations that posthog-mcp offers, what they look up, and a
// small company to try them on. Nothing leaves the process; what PostHog would
// have mailed or posted to Slack lands in an outbox.
//
// It answers as PostHog did when its documentation page was written. Rules that
// changed since are [Switches].
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
	"maps"
	"net/http"
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

	hook atomic.Pointer[Hook]

	mu    sync.Mutex
	world *world
	// shift is what [Sandbox.Advance] added to the clock.
	shift time.Duration
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
	s.world = newWorld(s.now(), s.start)
	return s
}

// Reset puts the world back to how it was built; a moved clock is set right.
func (s *Sandbox) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shift = 0
	s.world = newWorld(s.now(), s.start)
}

// Switch changes the world's rules.
func (s *Sandbox) Switch(change func(*Switches)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.world.switches)
}

// lastMoment is where the world's time ends: well before durations overflow.
var lastMoment = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)

// Advance moves the clock forward, at most to the year 2200, and sends what
// falls due on the way. It returns the new time.
func (s *Sandbox) Advance(d time.Duration) time.Time {
	now, fresh := s.move(d)
	s.announce(fresh)
	return now
}

func (s *Sandbox) move(d time.Duration) (now time.Time, fresh []Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shift += min(d, lastMoment.Sub(s.clock()))
	now = s.clock()
	s.world.deliverDue(now)
	return now, s.world.takeFresh()
}

// clock is the world's time, to the microsecond, as the API's database has it.
func (s *Sandbox) clock() time.Time { return s.now().Add(s.shift).UTC().Truncate(time.Microsecond) }

func (s *Sandbox) announce(fresh []Message) {
	for _, m := range fresh {
		s.sent(m)
	}
}

// Outbox is what was "sent" so far, oldest first; at most the last 500.
func (s *Sandbox) Outbox() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message{}, s.world.outbox...)
}

// Requests is what the API was asked so far, oldest first; at most the last 500.
func (s *Sandbox) Requests() []Seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Seen{}, s.world.seen...)
}

// ServeHTTP answers for the API below /api, and below /_sandbox for those who
// look at the double itself and steer it.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if isSteering(r.URL.Path) {
		s.steer.ServeHTTP(w, r)
		return
	}
	body, whole, err := readBody(r)
	if err != nil {
		// The client broke off; nobody reads an answer.
		panic(http.ErrAbortHandler)
	}
	w = &held{ResponseWriter: w, r: r, open: s.intercept(r, body)}
	if s.fault(w, r) {
		return
	}
	if !whole {
		writeHTML(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large")
		return
	}
	status, header, payload := s.answer(r, body)
	for name, value := range header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(payload)
	}
}

// answer is one call under the lock, and its answer as bytes. These are made
// outside of it: what a reply holds is replaced in the world later, and never
// changed.
func (s *Sandbox) answer(r *http.Request, body []byte) (status int, header map[string]string, payload []byte) {
	rep, methods, fresh := s.call(r, body)
	s.announce(fresh)
	header = map[string]string{}
	if methods != nil {
		header["Allow"] = allow(methods)
	}
	maps.Copy(header, rep.header)
	if rep.body != nil {
		header["Content-Type"] = "application/json"
		var err error
		if payload, err = drf.Encode(rep.body); err != nil {
			panic("sandbox: an answer that is no JSON: " + err.Error())
		}
	}
	return rep.status, header, payload
}

// call is what happens under the lock. A handler that panics lets it go: the
// server survives the panic, and so do the calls after it.
func (s *Sandbox) call(r *http.Request, body []byte) (rep reply, methods []string, fresh []Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rep, methods = s.handle(r, body)
	s.world.remember(r, body, rep.status)
	return rep, methods, s.world.takeFresh()
}

func (s *Sandbox) handle(r *http.Request, body []byte) (rep reply, methods []string) {
	now := s.clock()
	s.world.deliverDue(now)
	found, values, methods := s.find(r.Method, canonical(r.URL.Path))
	if len(methods) == 0 || found != nil && s.hides(found, r.URL.Path) {
		return failed(drf.Missing("Endpoint not found.")), nil
	}
	c := &call{
		world: s.world, r: r, query: r.URL.Query(), body: body, now: now, base: origin(r),
		route: found, values: values,
	}
	return c.run(methods), methods
}

func origin(r *http.Request) string {
	scheme, host := "http", r.Host
	if r.TLS != nil {
		scheme = "https"
	}
	if r.URL.IsAbs() {
		scheme = r.URL.Scheme
		if host == "" {
			host = r.URL.Host
		}
	}
	return scheme + "://" + host
}

const environments = "/api/environments/"

// canonical is the path below /api/projects/ for one below the older
// /api/environments/, which serves the same views.
func canonical(path string) string {
	if rest, ok := strings.CutPrefix(path, environments); ok {
		return "/api/projects/" + rest
	}
	return path
}

// hides says whether a server of the switched kind lacks the route: some serve
// deliveries below /api/environments/ alone.
func (s *Sandbox) hides(found *route, path string) bool {
	return s.world.switches.EnvironmentDeliveries && strings.HasPrefix(found.pattern, deliveriesPath) && !strings.HasPrefix(path, environments)
}
