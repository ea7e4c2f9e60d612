package page

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"posthog-mcp/internal/clients"
)

// client is an MCP client and how to connect it.
type client struct {
	Name, Title string
	Link        template.URL // opens the client; empty for none
	Command     string       // empty for none
	Snippet     string
	Files       []place
	Advice      string // about the key; empty if none is needed
}

// place is the path of a client's file on one system.
type place struct{ System, Path string }

// connections returns all clients, with their settings for a server at url.
func (h *handler) connections(url string) (all []client) {
	s := clients.Server{Name: "posthog", URL: url, Key: h.KeyVariable}
	switch h.Access {
	case Token:
		s.Key = TokenVariable
	case None:
		s.Key = ""
	}
	for _, c := range clients.All() {
		one := client{Name: c.Name, Title: c.Title, Snippet: strings.TrimSpace(c.Snippet(s)), Files: places(c), Advice: h.advice(c, s)}
		// The quoting is the same on every system, except of apostrophes.
		one.Command, _ = c.Command(s, "linux")
		if link, ok := c.Link(s); ok {
			// html/template allows only http and mailto links. This link's scheme
			// comes from the client's declaration.
			one.Link = template.URL(link)
		}
		all = append(all, one)
	}
	return all
}

// places returns the paths of c's file, for people. A path that is the same on
// every system is listed once.
func places(c clients.Client) (all []place) {
	for _, system := range []struct{ goos, name string }{{"darwin", "macOS"}, {"linux", "Linux"}, {"windows", "Windows"}} {
		if _, own := c.Files[system.goos]; !own && slices.ContainsFunc(all, func(p place) bool { return p.System == "" }) {
			continue
		}
		path, err := c.File(clients.System{OS: system.goos, Home: "~", Env: func(string) string { return "" }})
		if err != nil {
			continue // the path is unknown
		}
		p := place{system.name, path}
		if len(c.Files) == 1 {
			p.System = ""
		}
		all = append(all, p)
	}
	return all
}

// advice says how the key gets to the server; empty if there is no key.
func (h *handler) advice(c clients.Client, s clients.Server) string {
	what := auth[h.Access].credential
	switch c.KeyWay(s) {
	case clients.KeyVariable:
		return fmt.Sprintf("%s takes %s from the variable %s, in the environment that it is started in.", c.Title, what, s.Key)
	case clients.KeyAsked:
		return fmt.Sprintf("%s asks for %s once, and keeps it.", c.Title, what)
	case clients.KeyPlaceholder:
		return fmt.Sprintf("Put %s in the place of %s.", what, clients.Placeholder)
	}
	return ""
}
