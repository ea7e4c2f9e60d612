package page

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"posthog-mcp/internal/clients"
)

// client is a way to connect.
type client struct {
	Name, Title string
	Link        template.URL // opens the client; empty for none
	Command     string       // empty for none
	Snippet     string
	Files       []place
	Advice      string // about the key; empty where none is needed
}

// place is where a snippet belongs.
type place struct{ System, Path string }

// connections are all clients, with what they need to be told of a server that
// listens at url.
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
		// Its words are quoted alike everywhere, but for apostrophes.
		one.Command, _ = c.Command(s, "linux")
		if link, ok := c.Link(s); ok {
			// html/template lets links of http and mailto through alone; this
			// one's scheme is the declaration's.
			one.Link = template.URL(link)
		}
		all = append(all, one)
	}
	return all
}

// places are where c's file is, in a person's terms; one that is the same
// everywhere stands once.
func places(c clients.Client) (all []place) {
	for _, system := range []struct{ goos, name string }{{"darwin", "macOS"}, {"linux", "Linux"}, {"windows", "Windows"}} {
		if _, own := c.Files[system.goos]; !own && slices.ContainsFunc(all, func(p place) bool { return p.System == "" }) {
			continue
		}
		path, err := c.File(clients.System{OS: system.goos, Home: "~", Env: func(string) string { return "" }})
		if err != nil {
			continue // there is no saying where it is
		}
		p := place{system.name, path}
		if len(c.Files) == 1 {
			p.System = ""
		}
		all = append(all, p)
	}
	return all
}

// advice says how the key gets to the server; empty where there is none.
func (h *handler) advice(c clients.Client, s clients.Server) string {
	what := credentials[h.Access]
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
