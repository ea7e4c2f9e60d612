// Package web serves MCP over HTTP: stateless Streamable HTTP on /mcp for every protocol
// revision, and the older HTTP+SSE transport on /sse and /message. One guard protects
// all routes.
package web

import (
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mark3labs/mcp-go/server"
	"golang.org/x/sync/semaphore"

	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/guard"
	"posthog-mcp/transport/page"
)

// Options configure a [Server].
type Options struct {
	MCP   *server.MCPServer
	Guard guard.Options // New sets its Paths, Metadata and Logger
	// Resource leads OAuth clients to PostHog's login, if callers have PostHog keys of
	// their own.
	Resource       Resource
	CheckSelection func(engine.Selection) error // refuses unknown names of tools
	Page           *page.Config                 // nil for none; New sets its Draining and PublicURL
	Metrics        http.Handler                 // answers everybody on /metrics; nil for none
	Drain          time.Duration                // for the calls in flight at the shutdown
	MaxConnections int                          // beyond it, connections wait; 0 means 2,000
	TLS            *tls.Config                  // nil for plain HTTP
	Logger         *slog.Logger
}

// Server serves MCP over HTTP. Between requests its only state are the event streams.
type Server struct {
	Options
	handler     http.Handler
	routes      map[string]route // by their paths without a slash at the end
	streamable  *server.StreamableHTTPServer
	public      *url.URL // of --public-url; without a host if it is not known
	draining    atomic.Bool
	silent      sync.Map            // the connections without a request yet
	streams     sync.Map            // a *stream by the id of its session
	streamRoom  *semaphore.Weighted // bounds the streams
	streamCalls *semaphore.Weighted // bounds the calls of all streams together
}

// route serves the requests for a path.
type route struct {
	serve   func(http.ResponseWriter, *http.Request) *guard.Refusal // answers, or returns the refusal to answer with
	access  guard.Access                                            // 0 means that it is for callers
	methods []string                                                // the allowed ones; nil for any
	hint    string                                                  // for a person; without it, other methods find nothing
}

// New builds the routes and the guard around them. An error names the flag to change.
func New(o Options) (*Server, error) {
	public, err := parsePublicURL(o.Resource.PublicURL)
	if err != nil {
		return nil, err
	}
	s := &Server{
		Options: o, public: public, streamable: newStreamable(o.MCP, o.Logger),
		streamRoom: semaphore.NewWeighted(mostStreams), streamCalls: semaphore.NewWeighted(mostCalls),
	}
	s.routes = s.table()
	o.Guard.Metadata, o.Guard.Logger, o.Guard.Paths = s.metadata, o.Logger, map[string]guard.Access{}
	for path, route := range s.routes {
		o.Guard.Paths[path] = route.access
	}
	if public.Host != "" {
		o.Guard.AllowedHosts = append(o.Guard.AllowedHosts, public.Host)
	}
	around, err := guard.New(o.Guard)
	if err != nil {
		return nil, err
	}
	s.handler = around(http.HandlerFunc(s.dispatch))
	return s, nil
}

func (s *Server) table() map[string]route {
	get, post, read := []string{http.MethodGet}, []string{http.MethodPost}, []string{http.MethodGet, http.MethodHead}
	routes := map[string]route{
		"/mcp":     {s.call, 0, post, "Send JSON-RPC messages with POST; this server keeps no sessions and opens no streams."},
		"/sse":     {s.open, 0, get, "Open an event stream with GET."},
		"/message": {s.post, 0, post, "Send JSON-RPC messages with POST."},
		"/healthz": {live, guard.Probe, nil, ""},
		"/readyz":  {s.ready, guard.Probe, nil, ""},
	}
	described := guard.Public
	if s.public.Host == "" {
		described = guard.Open // web pages must not learn what runs on this machine
	}
	for _, path := range describedPaths {
		routes[path] = route{s.describe, described, read, "This document is read with GET."}
	}
	if s.Metrics != nil {
		routes["/metrics"] = route{served(s.Metrics), guard.Probe, nil, ""}
	}
	if s.Page != nil {
		c := *s.Page
		c.Draining, c.PublicURL = s.draining.Load, s.public.String()
		routes["/"] = route{served(page.New(c)), guard.Open, read, ""}
	}
	return routes
}

// served makes a route of a handler that refuses nothing.
func served(h http.Handler) func(http.ResponseWriter, *http.Request) *guard.Refusal {
	return func(w http.ResponseWriter, r *http.Request) *guard.Refusal {
		h.ServeHTTP(w, r)
		return nil
	}
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor == 1 && len(r.TransferEncoding) > 0 {
		// A proxy in front may heed a Content-Length beside it and see another end of this
		// request. So no other may follow on the connection (RFC 9112, section 6.1).
		w.Header().Set("Connection", "close")
	}
	s.handler.ServeHTTP(w, r)
}

// dispatch finds the route. People write a slash at the end, and a client whose base URL
// ends in one requests //mcp. A redirect would lose the body of a POST, or its token. The
// guard checked the path as it is spelled.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request) {
	to, f := s.routes[path.Clean(r.URL.Path)], notFound
	switch allowed := to.methods == nil || slices.Contains(to.methods, r.Method); {
	case to.serve != nil && allowed:
		f = to.serve(w, r)
	case to.hint != "":
		w.Header().Set("Allow", to.methods[0])
		f = guard.Refuse(http.StatusMethodNotAllowed, "method_not_allowed", to.hint)
	}
	if f != nil {
		f.ServeHTTP(w, r)
	}
}

// The refusals of the routes.
var (
	notFound      = guard.Refuse(http.StatusNotFound, "not_found", "Nothing here. MCP is on /mcp (Streamable HTTP) and /sse (legacy).")
	streamClosed  = guard.Refuse(http.StatusNotFound, "session_closed", "No event stream is open under this sessionId. Open one with GET /sse.")
	foreignStream = guard.Refuse(http.StatusForbidden, "foreign_session", "This session belongs to another caller: its stream was opened with another token.")
	noLogin       = guard.Refuse(http.StatusNotFound, "not_found", "No login is described here. "+
		"Where callers bring their own PostHog keys, a server that is started with --public-url tells OAuth clients of PostHog's.")

	shuttingDown   = unavailable("draining", "1", "This server is shutting down; call again, on another connection.")
	tooManyStreams = unavailable("too_many_streams", "30", "Too many event streams are open. Use Streamable HTTP on /mcp, which needs none.")
	tooManyCalls   = unavailable("too_many_calls", "10", "Too many calls of event streams are in flight. "+
		"Nothing was sent to PostHog: call again later, or over Streamable HTTP on /mcp.")
	cutOff = guard.Refuse(http.StatusServiceUnavailable, "cut_off", "This server shut down before the call was answered. "+
		"Whether it took effect is unknown: check before you repeat it.")
)

// unavailable refuses a request that can be sent again after some seconds.
func unavailable(code, seconds, message string) *guard.Refusal {
	f := guard.Refuse(http.StatusServiceUnavailable, code, message)
	f.Header = map[string]string{"Retry-After": seconds}
	return f
}

// live answers a probe: the process runs. Everyone may ask, so it says one word.
func live(w http.ResponseWriter, _ *http.Request) *guard.Refusal {
	guard.WriteJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	return nil
}

// ready answers a probe: whether the server takes calls.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) *guard.Refusal {
	if !s.draining.Load() {
		return live(w, r)
	}
	w.Header().Set("Retry-After", "5")
	guard.WriteJSON(w, http.StatusServiceUnavailable, map[string]string{"status": "draining"})
	return nil
}
