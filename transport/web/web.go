// Package web carries MCP over HTTP: Streamable HTTP on /mcp for every protocol
// revision, stateless, and the older transport of event streams on /sse and
// /message. All routes stand behind one guard.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/transport/guard"
)

const (
	// headerTimeout is how long a client may take to send its headers.
	headerTimeout = 10 * time.Second
	// idleTimeout is how long a connection is kept without a request.
	idleTimeout = 2 * time.Minute
	// longestHeader bounds the headers of a request.
	longestHeader = 32 << 10
)

// Options are what a [Server] is made of.
type Options struct {
	MCP *server.MCPServer
	// Guard says whom to let in; its Open paths are set here.
	Guard guard.Options
	// Drain is how long the calls in flight may take at the end.
	Drain  time.Duration
	Logger *slog.Logger
}

// Server answers MCP over HTTP. It holds no state between requests, but for
// the event streams that are open.
type Server struct {
	handler  http.Handler
	drain    time.Duration
	log      *slog.Logger
	draining atomic.Bool
	streams  *streams
}

// New builds the routes and the guard around them.
func New(o Options) (*Server, error) {
	s := &Server{drain: o.Drain, log: o.Logger}
	streams, err := newStreams(o.MCP)
	if err != nil {
		return nil, err
	}
	s.streams = streams
	mux := http.NewServeMux()
	mux.Handle("/mcp", s.whileOpen(streamable(o.MCP, o.Logger)))
	mux.HandleFunc("/sse", streams.open)
	mux.Handle("/message", s.whileOpen(http.HandlerFunc(streams.post)))
	mux.HandleFunc(healthPath, health)
	mux.HandleFunc("/", notFound)

	o.Guard.Open = []string{healthPath}
	o.Guard.Logger = o.Logger
	around, err := guard.New(o.Guard)
	if err != nil {
		return nil, err
	}
	s.handler = around(mux)
	return s, nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Serve answers on l until ctx ends. Then it takes no new calls, finishes those
// in flight, for at most the drain time, and returns nil.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	calls, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	httpServer := &http.Server{
		Handler: s.handler,
		// No WriteTimeout: it would cut event streams. The guard bounds bodies.
		// Else net/http answers "OPTIONS *" itself, before the guard.
		DisableGeneralOptionsHandler: true,
		ReadHeaderTimeout:            headerTimeout,
		IdleTimeout:                  idleTimeout,
		MaxHeaderBytes:               longestHeader,
		BaseContext:                  func(net.Listener) context.Context { return calls },
		ErrorLog:                     slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- httpServer.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve HTTP: %w", err)
	case <-ctx.Done():
	}
	s.draining.Store(true)
	last, stop := context.WithTimeout(calls, s.drain)
	defer stop()
	go func() {
		s.streams.settled(last)
		s.streams.close()
	}()
	if err := httpServer.Shutdown(last); err != nil {
		s.log.Warn("calls still in flight are cut off", "after", s.drain)
		cancel()
		return errors.Join(httpServer.Close(), ignoreDeadline(err))
	}
	return nil
}

func ignoreDeadline(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

// whileOpen refuses new calls once the server is about to end.
func (s *Server) whileOpen(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.draining.Load() {
			w.Header().Set("Retry-After", "1")
			w.Header().Set("Connection", "close")
			answer(w, http.StatusServiceUnavailable, "draining", "This server is shutting down; call again, on another connection.")
			return
		}
		next.ServeHTTP(w, r)
	})
}
