package web

import (
	"cmp"
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// defaultConnections bounds the open connections unless [Options] say
// otherwise. One takes about 25 KB while it idles, and up to 60 KB while it
// sends a header slowly.
const defaultConnections = 2000

// warnEvery is how often the log says that there are too many.
const warnEvery = time.Minute

// The states of a connection, in the order in which they are closed for new ones.
const (
	stateSilent  = iota // the client has sent no request yet
	stateIdle           // the client may send another request
	stateReading        // the body of a request is not complete
	stateBusy           // the client waits for this server
)

// connections are the open ones. A client that opens many and sends nothing must not
// keep others out, as it would with [golang.org/x/net/netutil.LimitListener]: if
// there are too many, one that waits for its client is closed for the new one. It is
// of the first of those states, and has been in it for the longest time. The new one
// is refused only if all are busy.
//
// They also know which are silent, as browsers and load balancers open them:
// [http.Server.Shutdown] takes those for busy for five seconds, but an idle server
// must end at once.
type connections struct {
	most int
	log  *slog.Logger
	warn rate.Sometimes

	mu     sync.Mutex
	closed bool
	moves  uint64 // counts the changes of state, since two can have the same time
	open   map[net.Conn]rank
}

// rank orders connections by their state and then by when they came to it.
type rank struct {
	state int
	since uint64
}

func (r rank) before(other rank) bool {
	return r.state < other.state || r.state == other.state && r.since < other.since
}

func newConnections(most int, log *slog.Logger) *connections {
	return &connections{
		most: cmp.Or(max(most, 0), defaultConnections), log: log,
		warn: rate.Sometimes{Interval: warnEvery}, open: map[net.Conn]rank{},
	}
}

// note is the server's ConnState hook. The server calls it for a new connection
// before it accepts another. It calls it for a request once its header is complete.
func (s *connections) note(c net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.admit(c)
	case http.StateActive:
		s.move(c, stateBusy)
	case http.StateIdle:
		s.move(c, stateIdle)
	default:
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.open, c)
	}
}

type connKey struct{}

// withConn is the server's ConnContext hook.
func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// reads marks the connection of r as waiting for r's body until done is called. A
// connection of HTTP/2 has other requests on it, and stays busy.
func (s *connections) reads(r *http.Request) (done func()) {
	c, ok := r.Context().Value(connKey{}).(net.Conn)
	if !ok || r.ProtoMajor != 1 {
		return func() {}
	}
	s.move(c, stateReading)
	return func() { s.move(c, stateBusy) }
}

func (s *connections) admit(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.open) >= s.most && !s.makeRoom() {
		abandon(c)
		return
	}
	s.set(c, stateSilent)
}

// move changes the state of c, unless c was closed here already.
func (s *connections) move(c net.Conn, state int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.open[c]; known {
		s.set(c, state)
	}
}

func (s *connections) set(c net.Conn, state int) {
	s.moves++
	s.open[c] = rank{state, s.moves}
}

// makeRoom closes a connection that waits for its client; false if there is none.
func (s *connections) makeRoom() bool {
	s.warn.Do(func() {
		s.log.Warn("as many connections are open as may be (--max-connections): those that ask nothing are closed for new ones", "open", s.most)
	})
	var first net.Conn
	lowest := rank{state: stateBusy} // before every busy one
	for c, r := range s.open {
		if r.before(lowest) {
			first, lowest = c, r
		}
	}
	if first != nil {
		s.drop(first)
	}
	return first != nil
}

// closeSilent closes the silent connections, and all that are opened later.
func (s *connections) closeSilent() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for c, r := range s.open {
		if r.state == stateSilent {
			s.drop(c)
		}
	}
}

func (s *connections) drop(c net.Conn) {
	delete(s.open, c)
	abandon(c)
}

// abandon closes c without TLS's closing message, which can block. It does so in a
// goroutine, since Close waits until the reader of c returns.
func abandon(c net.Conn) {
	if secure, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = secure.NetConn()
	}
	go func() { _ = c.Close() }()
}
