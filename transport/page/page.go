// Package page is what a person sees who opens the server's address in a
// browser: what it is, how to connect a client, which tools it offers, and how
// it is.
//
// The page is one answer that loads nothing else, and works without its script
// but for the search and the copying. Everything on it follows from the
// catalogue, the operator's rules and the declarations of package clients.
//
// It is for everyone who can connect, so it holds what a stranger may know: the
// tools that are offered (they are public), PostHog's address (people ought to
// see where their key would go, and the OAuth metadata names it too), and how
// the operator limits everyone. It holds nothing of a caller, no project, none
// of the places that messages may go to, and no file's name.
package page

import (
	"bytes"
	"cmp"
	"embed"
	"html/template"
	"net/http"
	"strconv"
	"sync"
	"time"

	"posthog-mcp/internal/build"
	"posthog-mcp/tools"
	"posthog-mcp/transport/guard"
)

// Access is who may call, as --auth has it.
type Access string

// The ways of access.
const (
	// Passthrough is that every caller brings a PostHog key.
	Passthrough Access = "passthrough"
	// Token is that the operator gives out tokens.
	Token Access = "token"
	// None is that whoever can connect may call.
	None Access = "none"
)

// TokenVariable is the variable from which clients take what they send to a
// server that has a key of its own: a person's PostHog key has no business there.
const TokenVariable = "POSTHOG_MCP_TOKEN"

// Config is what the page tells of.
type Config struct {
	Catalogue *tools.Catalogue
	// Toolbox has the operator's rules and PostHog's address. An empty address
	// is that of the sandbox.
	Toolbox *tools.Toolbox
	Access  Access
	// KeyVariable is the variable from which clients take their PostHog key, for
	// a server that wants one. See [TokenVariable].
	KeyVariable string
	// PublicURL is where clients reach this server, without /mcp; empty for the
	// address in the browser's own request.
	PublicURL string
	// Draining says that the server is about to end; nil is never.
	Draining func() bool
	// Now is the clock; nil for the machine's.
	Now func() time.Time
}

//go:embed page.tmpl tools.tmpl page.css page.js
var files embed.FS

// handler answers with the page. What stays the same is rendered with the first
// request: a server that nobody looks at pays nothing for it.
type handler struct {
	Config
	started time.Time
	made    func() made

	// One page is made at a time and kept while it is true, so that strangers
	// who ask for it all the time take no more than one processor.
	mu   sync.Mutex
	last page
}

// page is an answer, and what it is true for.
type page struct {
	moment
	html []byte
}

// moment is what makes one answer differ from another.
type moment struct {
	base     string // the URL of this server
	running  string // for how long
	draining bool
}

// made is what is the same in every answer.
type made struct {
	page   *template.Template
	policy string
	fixed  fixed
}

// fixed is the template's part of it.
type fixed struct {
	Version        string
	Style          template.CSS
	Script         template.JS
	Offered, Known int
	Tools          template.HTML
}

// live is what the template makes the page of.
type live struct {
	fixed
	Draining, Sandbox bool
	Address           string // of Streamable HTTP
	Older             string // of the older transport
	Needed            string // what callers bring; empty for nothing
	Placeholder       string // what stands for it
	Keys              string // where PostHog makes keys; empty where they are of no use
	Facts             []fact
	Clients           []client
}

// New returns the page, for GET and HEAD of "/" behind a guard: the guard has
// checked the Host that the snippets repeat, and knows the scheme.
func New(c Config) http.Handler {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Draining == nil {
		c.Draining = func() bool { return false }
	}
	h := &handler{Config: c, started: c.Now()}
	h.made = sync.OnceValue(h.make)
	return h
}

// ServeHTTP writes the page as it is now.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	page := h.at(moment{
		base:     cmp.Or(h.PublicURL, guard.ClientOf(r.Context()).Scheme+"://"+r.Host),
		running:  duration(h.Now().Sub(h.started)),
		draining: h.Draining(),
	})
	protect(w.Header(), h.made().policy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(page)))
	_, _ = w.Write(page) // the browser may be gone
}

// at is the page of that moment.
func (h *handler) at(now moment) []byte {
	made := h.made()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.last.html == nil || h.last.moment != now {
		var html bytes.Buffer
		if err := made.page.Execute(&html, h.live(made.fixed, now)); err != nil {
			panic(err) // no data can cause it; the guard answers
		}
		h.last = page{now, html.Bytes()}
	}
	return h.last.html
}

func (h *handler) make() made {
	style, script := content("page.css"), content("page.js")
	templates := template.Must(template.ParseFS(files, "*.tmpl"))
	offered := h.offered()
	var list bytes.Buffer
	if err := templates.ExecuteTemplate(&list, "tools.tmpl", toolsets(offered)); err != nil {
		panic(err)
	}
	return made{
		page:   templates.Lookup("page.tmpl"),
		policy: policy(style, script),
		fixed: fixed{
			Version: build.Version(),
			Style:   template.CSS(style), Script: template.JS(script),
			Offered: len(offered), Known: len(h.Catalogue.Tools()),
			Tools: template.HTML(list.String()),
		},
	}
}

func (h *handler) live(f fixed, now moment) live {
	keys := ""
	if h.Access == Passthrough && h.Toolbox.Host != "" {
		keys = h.Toolbox.Host + "/settings/user-api-keys"
	}
	return live{
		fixed: f, Draining: now.draining, Sandbox: h.Toolbox.Host == "",
		Address: now.base + "/mcp", Older: now.base + "/sse", Needed: needed[h.Access], Placeholder: placeholders[h.Access], Keys: keys,
		Facts: h.facts(f, now), Clients: h.connections(now.base + "/mcp"),
	}
}

// content is an embedded file's.
func content(name string) string {
	data, err := files.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(data)
}
