// Package web serves MCP over HTTP: stateless Streamable HTTP on /mcp for every protocol
// revision, and the older HTTP+SSE transport on /sse and /message. One guard protects
// all routes.
package web

import (
	"log/slog"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/tools"
	"posthog-mcp/transport/guard"
	"posthog-mcp/transport/page"
)

const (
	// Callers use these paths.
	mcpPath     = "/mcp"
	ssePath     = "/sse"
	messagePath = "/message"
	// These need no authentication.
	healthPath  = "/healthz"
	readyPath   = "/readyz"
	metricsPath = "/metrics"
	pagePath    = "/"
)

// Options configure a [Server].
type Options struct {
	MCP *server.MCPServer
	// Guard authenticates the callers. New sets its paths, Metadata, Reading and Logger.
	Guard guard.Options
	// Resource leads OAuth clients to PostHog's login; nil if callers have no PostHog
	// keys of their own.
	Resource *Resource
	// CheckSelection refuses unknown names of tools.
	CheckSelection func(tools.Selection) error
	// Page is the page for browsers; nil for none. New sets its Draining and
	// PublicURL.
	Page *page.Config
	// Metrics answers everybody on /metrics; nil for no such path.
	Metrics http.Handler
	// Drain is how long the calls in flight may take during the shutdown.
	Drain time.Duration
	// MaxConnections bounds the open connections; 0 means 2,000.
	MaxConnections int
	// Logger must not be nil.
	Logger *slog.Logger
}

// Server serves MCP over HTTP. Between requests its only state are the open event
// streams.
type Server struct {
	Options
	handler     http.Handler
	streamable  *server.StreamableHTTPServer
	described   resource
	draining    atomic.Bool
	streams     *streams
	connections *connections
}

// New builds the routes and the guard around them. An error is one of
// [guard.New], or about --public-url.
func New(o Options) (*Server, error) {
	described, err := newResource(o.Resource)
	if err != nil {
		return nil, err
	}
	s := &Server{
		Options: o, described: described, streamable: newStreamable(o.MCP, o.Logger),
		streams: newStreams(o, described), connections: newConnections(o.MaxConnections, o.Logger),
	}
	mux := http.NewServeMux()
	for path, serve := range map[string]http.HandlerFunc{mcpPath: s.call, ssePath: s.streams.open, messagePath: s.streams.post} {
		// People write a slash at the end. A redirect would lose the body of a POST,
		// or its token.
		mux.HandleFunc(path, serve)
		mux.HandleFunc(exactly(path+"/"), serve)
	}
	mux.HandleFunc(healthPath, live)
	mux.HandleFunc(readyPath, s.ready)
	for _, path := range describedPaths() {
		mux.Handle(exactly(path), described)
	}
	mux.HandleFunc("/", notFound)
	o.Guard.Open = []string{healthPath, readyPath}
	if o.Metrics != nil {
		mux.Handle(metricsPath, o.Metrics)
		o.Guard.Open = append(o.Guard.Open, metricsPath)
	}
	o.Guard.AnyHost = slices.Clone(o.Guard.Open)
	if o.Page != nil {
		mux.Handle("GET /{$}", s.page(*o.Page))
		o.Guard.Open = append(o.Guard.Open, pagePath)
	}
	o.Guard.Public, o.Guard.Reading, o.Guard.Logger = nil, s.connections.reads, o.Logger
	around, err := guard.New(described.guarded(o.Guard))
	if err != nil {
		return nil, err
	}
	s.handler = around(cleaned(mux))
	return s, nil
}

// cleaned removes empty segments from paths, for which a mux redirects: a client whose
// base URL ends in a slash requests //mcp. The guard checks the path as it is spelled.
func cleaned(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if clean := path.Clean(r.URL.Path); r.URL.RawPath == "" && clean != strings.TrimSuffix(r.URL.Path, "/") && strings.HasPrefix(clean, "/") {
			r.URL.Path = clean // the guard's copy
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) page(c page.Config) http.Handler {
	c.Draining = s.draining.Load
	if s.described.public != nil {
		c.PublicURL = s.described.public.String()
	}
	return page.New(c)
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor == 1 && len(r.TransferEncoding) > 0 {
		// net/http ignores a Content-Length beside it, with which a proxy in front may
		// see another end of this request. So no further request may follow on the
		// connection (RFC 9112, section 6.1).
		w.Header().Set("Connection", "close")
	}
	s.handler.ServeHTTP(w, r)
}

// exactly is the pattern of a path that has none below it.
func exactly(path string) string {
	if strings.HasSuffix(path, "/") {
		return path + "{$}"
	}
	return path
}
