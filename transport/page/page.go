// Package page serves the page that people see at the server's address: what the
// server is, how to connect a client, which tools it offers, and its state.
//
// The page is one answer that loads nothing else. Without its script it works,
// except for the search and the copy buttons. Its content follows from the
// catalogue, the operator's rules and the declarations of package clients.
//
// Everyone who can connect may read it. So it shows only what a stranger may know:
// the offered tools (which are public), PostHog's address (people should see where
// their key would go, and the OAuth metadata names it too), and the limits for all
// callers. It shows no data of a caller, no project, no allowed recipient and no
// file name.
package page

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"posthog-mcp/internal/build"
	"posthog-mcp/tools/engine"
)

// Access is how callers authenticate: the value of --auth.
type Access string

const (
	// Passthrough means that every caller sends a PostHog key.
	Passthrough Access = "passthrough"
	// Token means that the operator gives out tokens.
	Token Access = "token"
	// None means that everyone who can connect may call.
	None Access = "none"
)

// TokenVariable is the environment variable from which clients take the token for a
// server with a key of its own. It is not the variable of a person's PostHog key,
// which must not be sent there.
const TokenVariable = "POSTHOG_MCP_TOKEN"

// Config describes the server that the page shows.
type Config struct {
	Catalogue *engine.Catalogue
	// Toolbox has the operator's rules and PostHog's address. An empty address
	// means the sandbox.
	Toolbox *engine.Toolbox
	Access  Access
	// KeyVariable is the environment variable from which clients take their PostHog
	// key. See also [TokenVariable].
	KeyVariable string
	// PublicURL is the server's URL for clients, without /mcp; empty for the address
	// of the browser's request.
	PublicURL string
	// Draining reports whether the server is shutting down; nil for never.
	Draining func() bool
}

var (
	//go:embed *.tmpl
	templates embed.FS
	//go:embed page.css
	style string
	//go:embed page.js
	script string
)

// handler answers with the page.
type handler struct {
	Config
	started time.Time

	// What never changes is made at the first request, so that a server whose page nobody
	// opens does not pay for it.
	prepare  func()
	template *template.Template
	policy   string
	Style    template.CSS
	Script   template.JS
	Tools    template.HTML
	Offered  int
	Version  string
	Auth     words

	// One page is rendered at a time and cached while it is valid, so that strangers
	// who request it all the time take at most one processor.
	mu   sync.Mutex
	last moment
	html []byte // of last; nil before the first request
}

// moment is the server at the time of a request, for the page's template.
type moment struct {
	*handler
	Base     string // the URL of this server
	Running  string // the uptime, in words
	Draining bool
}

// New returns the handler for GET and HEAD of "/". It needs the guard in front,
// which checks the Host header that the snippets repeat, and sets the URL's scheme.
func New(c Config) http.Handler {
	h := &handler{Config: c, started: time.Now()}
	h.prepare = sync.OnceFunc(h.make)
	return h
}

// ServeHTTP writes the page in its present state.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.prepare()
	page := h.at(moment{
		handler: h, Base: cmp.Or(h.PublicURL, r.URL.Scheme+"://"+r.Host),
		Running: duration(time.Since(h.started)), Draining: h.Draining != nil && h.Draining(),
	})
	for name, value := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Content-Length": strconv.Itoa(len(page)),
		// These keep other pages away from this one.
		"Content-Security-Policy": h.policy, "Referrer-Policy": "no-referrer",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
	} {
		w.Header().Set(name, value)
	}
	_, _ = w.Write(page) // the browser may be gone
}

// at returns the page of a moment, rendered or cached.
func (h *handler) at(now moment) []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.html == nil || h.last != now {
		h.last, h.html = now, h.execute("page.tmpl", now)
	}
	return h.html
}

func (h *handler) make() {
	h.template = template.Must(template.ParseFS(templates, "*.tmpl"))
	h.policy, h.Style, h.Script = policy(), template.CSS(style), template.JS(script)
	h.Version, h.Auth = build.Version(), auth[h.Access]
	offered := slices.DeleteFunc(h.Catalogue.Tools(), func(t *engine.Tool) bool { return !h.Toolbox.Offers(context.Background(), t) })
	h.Offered, h.Tools = len(offered), template.HTML(h.execute("tools.tmpl", toolsets(offered)))
}

func (h *handler) execute(name string, data any) []byte {
	var html bytes.Buffer
	if err := h.template.ExecuteTemplate(&html, name, data); err != nil {
		panic(err) // no data can cause it; the guard recovers
	}
	return html.Bytes()
}

// policy returns a Content-Security-Policy that allows this style, this script and
// nothing else, so that injected text could do nothing. The icon is a data: URL.
func policy() string {
	return "default-src 'none'; style-src " + hash(style) + "; script-src " + hash(script) +
		"; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
}

// hash returns the source expression that allows the inline text.
// Source: Content Security Policy Level 3, section 2.3.1.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
