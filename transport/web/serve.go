package web

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"
)

const (
	defaultConnections = 2000                   // of about 25 KB each, and up to 60 KB while a header comes in
	headerTimeout      = 10 * time.Second       // for a client to send its headers
	idleTimeout        = 2 * time.Minute        // for a connection without a request
	longestHeader      = 32 << 10               // bytes of a request's headers
	flushTimeout       = 500 * time.Millisecond // for the answers of calls that are cut off
)

// Serve answers on l until ctx ends. Then it takes no new calls, finishes those
// in flight, for at most the drain time, and returns nil; calls that take longer
// are cancelled, and their connections closed. A Server serves once.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	calls, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	httpServer := s.httpServer(calls)
	l = netutil.LimitListener(l, cmp.Or(max(s.MaxConnections, 0), defaultConnections))
	if s.TLS != nil {
		l = tls.NewListener(l, s.TLS)
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
	if s.drain(calls, httpServer) {
		return nil
	}
	s.Logger.Warn("calls still in flight are cut off", "after", s.Drain)
	cancel()
	last, stop := context.WithTimeout(context.WithoutCancel(ctx), flushTimeout)
	defer stop()
	if httpServer.Shutdown(last) != nil {
		_ = httpServer.Close() // which can only say that a connection was closed already
	}
	return nil
}

// httpServer has no ReadTimeout and no WriteTimeout, which would cut event streams: the
// guard bounds what comes in and what goes out.
func (s *Server) httpServer(calls context.Context) *http.Server {
	return &http.Server{
		Handler: s,
		// Otherwise net/http answers "OPTIONS *" without the guard.
		DisableGeneralOptionsHandler: true,
		ReadHeaderTimeout:            headerTimeout,
		IdleTimeout:                  idleTimeout,
		MaxHeaderBytes:               longestHeader,
		BaseContext:                  func(net.Listener) context.Context { return calls },
		ConnState:                    s.note,
		// This keeps an HTTP/2 connection about as small as one of HTTP/1. net/http
		// accepts no smaller buffers, and has 1 MiB by default.
		HTTP2:    &http.HTTP2Config{MaxConcurrentStreams: 100, MaxReceiveBufferPerConnection: 64 << 10, MaxReceiveBufferPerStream: 64 << 10},
		ErrorLog: slog.NewLogLogger(s.Logger.Handler(), slog.LevelDebug),
	}
}

// drain refuses new calls and waits for those in flight. It reports whether all were
// answered within the drain time.
func (s *Server) drain(calls context.Context, httpServer *http.Server) bool {
	last, stop := context.WithTimeout(calls, s.Drain)
	defer stop()
	s.draining.Store(true)
	s.silent.Range(func(c, _ any) bool {
		_ = c.(net.Conn).Close() // the client may have closed it
		return true
	})
	go s.endStreams(last)
	return httpServer.Shutdown(last) == nil
}

// note is the server's ConnState hook. It knows the connections without a request, as
// browsers and load balancers open them: [http.Server.Shutdown] takes those for busy for
// five seconds, but an idle server must end at once.
func (s *Server) note(c net.Conn, state http.ConnState) {
	if state != http.StateNew {
		s.silent.Delete(c)
		return
	}
	s.silent.Store(c, nil)
	if s.draining.Load() {
		_ = c.Close() // the server closes it again, without harm
	}
}
