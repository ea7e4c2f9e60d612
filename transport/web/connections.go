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

// The states of a connection, in the order in which they make room.
const (
	stateSilent  = iota // the client has asked nothing yet
	stateIdle           // the client may ask again
	stateReading        // the body of a request is not all there
	stateBusy           // the client waits for this server
)

// connections are those that are open. A client that opens many and asks
// nothing must not keep others out, as it would with
// [golang.org/x/net/netutil.LimitListener]: when there are too many, one that
// waits for its client is closed for the newcomer, of the first of those states
// the one that waits longest. The newcomer is refused only if all are busy.
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
	moves  int64 // counts the changes of state: they are in order, the clock may stand
	open   map[net.Conn]place
}

// place is the state of a connection, and when it came to it.
type place struct {
	state int
	since int64
}

func newConnections(most int, log *slog.Logger) *connections {
	return &connections{
		most: cmp.Or(max(most, 0), defaultConnections), log: log,
		warn: rate.Sometimes{Interval: warnEvery}, open: map[net.Conn]place{},
	}
}

// note is the server's ConnState hook. The server calls it for a new connection
// before it accepts another, and for a connection whose header still comes in
// only once that is complete.
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
	s.moves++
	s.open[c] = place{stateSilent, s.moves}
}

// move changes the state of c, unless it was closed here already.
func (s *connections) move(c net.Conn, state int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.open[c]; known {
		s.moves++
		s.open[c] = place{state, s.moves}
	}
}

// makeRoom closes a connection that waits for its client; false when none does.
func (s *connections) makeRoom() bool {
	s.warn.Do(func() {
		s.log.Warn("as many connections are open as may be (--max-connections): those that ask nothing are closed for new ones", "open", s.most)
	})
	var first net.Conn
	at := place{state: stateBusy} // before every busy one
	for c, p := range s.open {
		if p.state < at.state || p.state == at.state && p.since < at.since {
			first, at = c, p
		}
	}
	if first == nil {
		return false
	}
	s.drop(first)
	return true
}

// closeSilent closes the silent ones, and those that come from then on.
func (s *connections) closeSilent() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for c, p := range s.open {
		if p.state == stateSilent {
			s.drop(c)
		}
	}
}

func (s *connections) drop(c net.Conn) {
	delete(s.open, c)
	abandon(c)
}

// abandon closes c in a goroutine, since Close waits for the reader of c to notice,
// and without a farewell of TLS, which can block.
func abandon(c net.Conn) {
	if over, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = over.NetConn()
	}
	go func() { _ = c.Close() }() // nobody is left to hear of an error
}
