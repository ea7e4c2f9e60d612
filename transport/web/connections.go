package web

import (
	"container/list"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// defaultConnections bounds the open connections unless [Options] say
// otherwise. One takes about 25 KB while it idles, and up to 60 KB while it
// sends a header slowly.
const defaultConnections = 2000

// warnEvery is how often the log says that there are too many.
const warnEvery = time.Minute

// connections are those that are open. Who opens many and asks nothing must not
// keep others out, so that when there are too many, one that waits is closed for
// the newcomer: first those that never asked anything, then those that may ask
// again, then those whose request still comes in, and of each the oldest. Only
// when every one of them waits for this server is the newcomer refused.
//
// They also know which are silent, as browsers and load balancers open them:
// [http.Server.Shutdown] takes those for busy for five seconds; an idle server is
// to end at once.
type connections struct {
	most int
	log  *slog.Logger

	mu     sync.Mutex
	closed bool
	warned time.Time
	open   map[net.Conn]place
	// silent are those on which nothing was asked yet, idle those that may ask
	// again, reading those with a body that is not all there; who waits longest
	// is in front.
	silent, idle, reading list.List
}

// place is where a connection waits; the zero place is none.
type place struct {
	in *list.List
	at *list.Element
}

func newConnections(most int, log *slog.Logger) *connections {
	if most <= 0 {
		most = defaultConnections
	}
	return &connections{most: most, log: log, open: map[net.Conn]place{}}
}

// note is the server's ConnState hook. The server calls it for a new connection
// before it accepts another, and for a connection whose header still comes in
// only once that is complete.
func (s *connections) note(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch _, known := s.open[c]; {
	case state == http.StateNew:
		s.admit(c)
	case !known: // closed here; the server comes to know of it
	case state == http.StateActive:
		s.move(c, nil)
	case state == http.StateIdle:
		s.move(c, &s.idle)
	default:
		s.forget(c)
	}
}

// sit has c wait for the rest of a request.
func (s *connections) sit(c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.open[c]; known {
		s.move(c, &s.reading)
	}
}

func (s *connections) admit(c net.Conn) {
	if s.closed || len(s.open) >= s.most && !s.makeRoom() {
		abandon(c)
		return
	}
	s.move(c, &s.silent)
}

// makeRoom closes one that waits; false when none does.
func (s *connections) makeRoom() bool {
	if time.Since(s.warned) >= warnEvery {
		s.warned = time.Now()
		s.log.Warn("as many connections are open as may be (--max-connections): those that ask nothing are closed for new ones", "open", s.most)
	}
	for _, waiting := range [...]*list.List{&s.silent, &s.idle, &s.reading} {
		if first := waiting.Front(); first != nil {
			c := first.Value.(net.Conn)
			s.forget(c)
			abandon(c)
			return true
		}
	}
	return false
}

// move has c wait at the end of a list, or nowhere.
func (s *connections) move(c net.Conn, to *list.List) {
	s.forget(c)
	var p place
	if to != nil {
		p = place{to, to.PushBack(c)}
	}
	s.open[c] = p
}

func (s *connections) forget(c net.Conn) {
	if p := s.open[c]; p.in != nil {
		p.in.Remove(p.at)
	}
	delete(s.open, c)
}

// closeSilent closes the silent ones, and whatever comes from then on.
func (s *connections) closeSilent() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for e := s.silent.Front(); e != nil; e = s.silent.Front() {
		c := e.Value.(net.Conn)
		s.forget(c)
		abandon(c)
	}
}

// abandon closes c without a word, since to take leave over TLS can block, and on
// the side, since Close waits for whoever reads from c to notice.
func abandon(c net.Conn) {
	if over, ok := c.(interface{ NetConn() net.Conn }); ok {
		c = over.NetConn()
	}
	go func() { _ = c.Close() }() // nobody is left to hear of an error
}
