package web

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

const (
	// headerTimeout is how long a client may take to send its headers.
	headerTimeout = 10 * time.Second
	// idleTimeout is how long a connection is kept without a request.
	idleTimeout = 2 * time.Minute
	// longestHeader bounds the headers of a request.
	longestHeader = 32 << 10
	// streamsAtOnce and unread keep an HTTP/2 connection about as small as one of
	// HTTP/1: they bound its requests and the unread bytes of their bodies. net/http
	// accepts no smaller number of bytes, and has 1 MiB by default.
	streamsAtOnce = 100
	unread        = 64 << 10
	// flushTimeout is how long the answers of calls that are cut off may take.
	flushTimeout = 500 * time.Millisecond
)

// Serve answers on l until ctx ends. Then it takes no new calls, finishes those
// in flight, for at most the drain time, and returns nil; calls that take longer
// are cancelled, and their connections closed. A Server serves once.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	calls, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	httpServer := &http.Server{
		Handler: s,
		// Otherwise net/http answers "OPTIONS *" without the guard.
		DisableGeneralOptionsHandler: true,
		// No ReadTimeout and no WriteTimeout, which would cut event streams:
		// the guard bounds what comes in and what goes out.
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    longestHeader,
		BaseContext:       func(net.Listener) context.Context { return calls },
		ConnState:         s.connections.note,
		ConnContext:       withConn,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams:          streamsAtOnce,
			MaxReceiveBufferPerConnection: unread,
			MaxReceiveBufferPerStream:     unread,
		},
		ErrorLog: slog.NewLogLogger(s.Logger.Handler(), slog.LevelDebug),
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
	s.connections.closeSilent()
	last, stop := context.WithTimeout(calls, s.Drain)
	defer stop()
	go s.streams.finish(last)
	if httpServer.Shutdown(last) == nil {
		return nil
	}
	s.Logger.Warn("calls still in flight are cut off", "after", s.Drain)
	cancel()
	last, stop = context.WithTimeout(context.WithoutCancel(ctx), flushTimeout)
	defer stop()
	if httpServer.Shutdown(last) != nil {
		_ = httpServer.Close() // which can only say that a connection was closed already
	}
	return nil
}
