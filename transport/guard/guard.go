// Package guard is the middleware around all routes. It checks the Host and Origin
// headers, answers CORS preflights, authenticates the caller, limits and reads the
// body, and answers for a panic. It knows nothing of MCP.
package guard

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"
)

// Access is who may use a path. The zero value leaves it to [Options.Auth].
type Access int

// Paths of these kinds need no authentication, and a body on them is never read.
const (
	Open   Access = iota + 1
	Public        // web pages of any origin may read the answer
	Probe         // any Host header is valid: probes and scrapes send a container's address
)

// Options configure a guard. Auth must be set.
type Options struct {
	// AllowedHosts are valid in the Host header, besides localhost, 127.0.0.0/8 and [::1]:
	// "mcp.example.com" for any port, "mcp.example.com:8443" for one.
	AllowedHosts []string
	// AllowedOrigins are the origins of web pages that may call, besides those of
	// loopback names: "https://app.example.com".
	AllowedOrigins []string
	// TrustedProxies are the addresses and networks (10.0.0.0/8) of proxies whose
	// X-Forwarded-For and -Proto are believed.
	TrustedProxies []string
	MaxBody        int64 // bytes of a request's body; 0 means 1 MiB
	// BodyTimeout is how long a body may take to arrive; 0 means 30 seconds. It
	// overrides http.Server.ReadTimeout, which would cut event streams.
	BodyTimeout time.Duration
	Auth        Authenticator                // [Passthrough], [Tokens] or [NoAuth]
	Metadata    func(r *http.Request) string // returns [Challenge.Metadata]; nil for none
	Paths       map[string]Access            // exceptions from Auth, spelled exactly as in the request
	Logger      *slog.Logger                 // gets panics as errors and refusals at debug level; nil for none
}

// New returns the middleware for o. An error is one line for the operator and names
// the flag to change.
//
// The handler behind the guard gets the context that [Options.Auth] made, the client's IP
// address in RemoteAddr, its scheme in URL, no Authorization header, and the body of a
// POST as bytes in memory, see [Body].
//
// Without DisableGeneralOptionsHandler, the http.Server answers "OPTIONS *" itself.
func New(o Options) (func(http.Handler) http.Handler, error) {
	o.MaxBody = cmp.Or(o.MaxBody, 1<<20)                  // a call is a few KB; it leaves room for any config or layout
	o.BodyTimeout = cmp.Or(o.BodyTimeout, 30*time.Second) // 1 MiB over a poor mobile link
	o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	g := &gate{Options: o, large: semaphore.NewWeighted(largeAtOnce)}
	var hosts, origins, proxies error
	g.hosts, hosts = parseList("--allowed-hosts", o.AllowedHosts, parseHost)
	g.origins, origins = parseList("--allowed-origins", o.AllowedOrigins, parseOrigin)
	g.proxies, proxies = parseList("--trusted-proxies", o.TrustedProxies, parsePrefix)
	if err := cmp.Or(hosts, origins, proxies); err != nil {
		return nil, err
	}
	for path := range o.Paths {
		if !strings.HasPrefix(path, "/") {
			return nil, fmt.Errorf("open path %q does not begin with a slash", path)
		}
	}
	switch {
	case o.Auth == nil:
		return nil, errors.New("no way to authenticate callers is set")
	case o.MaxBody < 0 || o.BodyTimeout < 0:
		return nil, errors.New("the limits of a request body must not be negative")
	}
	return g.around, nil
}

// parseList parses the entries of a flag.
func parseList[T any](flag string, entries []string, parse func(string) (T, error)) ([]T, error) {
	list := make([]T, len(entries))
	for i, entry := range entries {
		var err error
		if list[i], err = parse(strings.TrimSpace(entry)); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", flag, quote(entry), err)
		}
	}
	return list, nil
}

// gate has the rules of a guard. It does not change after New.
type gate struct {
	Options
	hosts   hostList
	origins originList
	proxies proxyList
	large   *semaphore.Weighted // the large bodies that are being read
}

func (g *gate) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w := newResponse(rw, r)
		r = g.proxies.fromClient(r)
		defer g.recoverPanic(w, r)
		if r.ContentLength != 0 {
			// net/http reads a part of a refused body, too.
			_ = w.control.SetReadDeadline(time.Now().Add(g.BodyTimeout)) // does nothing on a connection without deadlines
		}
		f := g.checkNames(w, r)
		if f == nil && answerPreflight(w, r) {
			return
		}
		if f == nil {
			r, f = g.admit(w, r)
		}
		if f != nil {
			g.Logger.DebugContext(r.Context(), "request refused", append(logged(r), "status", f.Status, "code", f.Code)...)
			f.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
		w.settle() // for a handler that sent nothing
	})
}

// checkNames checks the Host and the Origin, and keeps an allowed origin for the
// answer's CORS header.
func (g *gate) checkNames(w *response, r *http.Request) (f *Refusal) {
	access := g.access(r)
	switch {
	case access != Probe && !g.hosts.allows(r.Host):
		return forbiddenHost(r.Host)
	case access == Public:
		w.origin = "*" // of any origin, without credentials (Fetch standard, section 3.3.5)
		return nil
	}
	w.origin, f = g.origins.check(r.Header["Origin"])
	return f
}

// access compares the path as it is spelled: an encoded slash could name an open path
// here and another route behind the guard.
func (g *gate) access(r *http.Request) Access { return g.Paths[r.URL.EscapedPath()] }

// admit authenticates before it reads: a stranger must not make the server read a body.
func (g *gate) admit(w *response, r *http.Request) (*http.Request, *Refusal) {
	ctx, open := r.Context(), g.access(r) != 0
	if !open {
		var err error
		if ctx, err = g.Auth(r); err != nil {
			return r, g.unauthorized(r, err)
		}
	}
	text, f := g.readBody(w, r, open)
	if f != nil {
		return r, f
	}
	return withBody(r.WithContext(ctx), text), nil
}
