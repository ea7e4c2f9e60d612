package web

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// headerTimeout is how long a client may take to send its headers.
	headerTimeout = 10 * time.Second
	// idleTimeout is how long a connection is kept without a request.
	idleTimeout = 2 * time.Minute
	// longestHeader bounds the headers of a request.
	longestHeader = 32 << 10
	// lastWords is how long the answers of calls that are cut off may take.
	lastWords = 500 * time.Millisecond
)

// Serve answers on l until ctx ends. Then it takes no new calls, finishes those
// in flight, for at most the drain time, and returns nil; calls that take longer
// are cancelled, and their connections closed. A Server serves once.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	calls, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	silent := &silentConns{open: map[net.Conn]bool{}}
	httpServer := &http.Server{
		Handler: s.handler,
		// Else net/http answers "OPTIONS *" itself, before the guard.
		DisableGeneralOptionsHandler: true,
		// No ReadTimeout and no WriteTimeout, which would cut event streams:
		// the guard bounds what comes in, patiently what goes out.
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    longestHeader,
		BaseContext:       func(net.Listener) context.Context { return calls },
		ConnState:         silent.note,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- httpServer.Serve(l) }()
	select {
	case err := <-failed:
		cancel()
		_ = httpServer.Close()
		return fmt.Errorf("serve HTTP: %w", err)
	case <-ctx.Done():
	}

	s.draining.Store(true)
	silent.close()
	last, stop := context.WithTimeout(calls, s.drain)
	defer stop()
	go s.streams.finish(last)
	if httpServer.Shutdown(last) == nil {
		return nil
	}
	s.log.Warn("calls still in flight are cut off", "after", s.drain)
	cancel()
	last, stop = context.WithTimeout(context.WithoutCancel(ctx), lastWords)
	defer stop()
	if httpServer.Shutdown(last) != nil {
		_ = httpServer.Close() // which can only say that a connection was closed already
	}
	return nil
}

// silentConns are the connections on which nothing was asked yet, as browsers
// and load balancers open them. [http.Server.Shutdown] takes them for busy for
// five seconds; an idle server is to end at once.
type silentConns struct {
	mu     sync.Mutex
	open   map[net.Conn]bool
	closed bool
}

// note is the server's ConnState hook.
func (s *silentConns) note(c net.Conn, state http.ConnState) {
	if state == http.StateIdle {
		return // it was active before
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case state != http.StateNew:
		delete(s.open, c)
	case s.closed:
		_ = c.Close()
	default:
		s.open[c] = true
	}
}

func (s *silentConns) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for c := range s.open {
		_ = c.Close()
	}
	clear(s.open)
}
