package page

import (
	"cmp"
	"fmt"
	"html/template"
	"strings"
	"time"

	"posthog-mcp/internal/clients"
	"posthog-mcp/tools"
	"posthog-mcp/tools/engine"
)

// auth has the words for each access.
var auth = map[Access]words{
	Passthrough: {
		"Everyone with a PostHog key of their own. It is sent to PostHog and kept nowhere.",
		"a PostHog personal API key that has the scopes of the tools you want, or an OAuth token of PostHog",
		"your key", clients.Placeholder,
	},
	Token: {
		"Holders of a token that this server's operator gave out",
		"the token that this server's operator gave you",
		"your token", "YOUR_TOKEN",
	},
	None: {Callers: "Everyone on this machine, with the server's own key"},
}

type words struct {
	Callers     string // who may call
	Needed      string // the credential of a caller; empty for none
	Credential  string // its short name
	Placeholder string // what stands for it in snippets
}

// Sandbox reports whether there is no PostHog behind the server.
func (h *handler) Sandbox() bool { return h.Toolbox.Host == "" }

// Keys returns the page on which PostHog makes keys; empty if none is needed.
func (h *handler) Keys() string {
	if h.Access != Passthrough || h.Sandbox() {
		return ""
	}
	return h.Toolbox.Host + "/settings/user-api-keys"
}

// confirmed says which calls need a person's consent.
var confirmed = map[engine.Confirm]string{
	engine.ConfirmDestructive: "A person must agree to calls that cannot be undone.",
	engine.ConfirmSends:       "A person must agree to calls that send messages, and to calls that cannot be undone.",
}

// PostHog returns its address, for people.
func (h *handler) PostHog() string { return cmp.Or(h.Toolbox.Host, "An embedded sandbox") }

// Selection says how many of the tools are offered.
func (h *handler) Selection() string {
	known := len(h.Catalogue.Tools())
	text := fmt.Sprintf("All %d", known)
	if h.Offered < known {
		text = fmt.Sprintf("%d of %d", h.Offered, known)
	}
	if h.Toolbox.Rules.ReadOnly {
		text += ", for reading only"
	}
	return text
}

// Limits describes the operator's other rules. It leaves out the names in them,
// which may be those of customers and colleagues.
func (h *handler) Limits() string {
	rules := h.Toolbox.Rules
	if rules.ReadOnly {
		return "" // the other rules are about writes
	}
	var limits []string
	if rules.Recipients.Restricts() {
		limits = append(limits, "Messages go only where the operator allows.")
	}
	if rules.DenyAccountChanges {
		limits = append(limits, "Settings for signing in cannot be changed.")
	}
	if text := confirmed[h.Toolbox.Confirm]; text != "" {
		limits = append(limits, text)
	}
	return strings.Join(limits, " ")
}

// duration returns d in words, in its largest unit.
func duration(d time.Duration) string {
	for _, unit := range []struct {
		name string
		of   time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}} {
		switch n := int64(d / unit.of); {
		case n == 1:
			return "1 " + unit.name
		case n > 1:
			return fmt.Sprintf("%d %ss", n, unit.name)
		}
	}
	return "less than a minute"
}

// client is an MCP client and how to connect it.
type client struct {
	clients.Client
	Link    template.URL // opens the client; empty for none
	Command string       // empty for none
	Snippet string
	Files   []place
	Advice  string // about the key; empty if none is needed
}

// place is the path of a client's file on one system.
type place struct{ System, Path string }

// Clients returns all clients, with their settings for this server.
func (m moment) Clients() (all []client) {
	s := clients.Server{Name: "posthog", URL: m.Base + "/mcp", Key: m.KeyVariable}
	switch m.Access {
	case Token:
		s.Key = TokenVariable
	case None:
		s.Key = ""
	}
	for _, c := range clients.All() {
		all = append(all, client{
			Client: c, Snippet: strings.TrimSpace(c.Snippet(s)), Files: places(c), Advice: m.advice(c, s),
			// The quoting is the same on every system, except of apostrophes.
			Command: c.Command(s, "linux"),
			// html/template allows only http and mailto links. This link's scheme comes from
			// the client's declaration.
			Link: template.URL(c.Link(s)),
		})
	}
	return all
}

// places returns the paths of c's file, for people. A path that is the same on
// every system is listed once.
func places(c clients.Client) (all []place) {
	for _, system := range []struct{ goos, name string }{{"darwin", "macOS"}, {"linux", "Linux"}, {"windows", "Windows"}} {
		path, err := c.File(clients.System{OS: system.goos, Home: "~", Env: func(string) string { return "" }})
		switch {
		case err != nil: // the path is unknown
		case len(c.Files) == 1:
			return []place{{"", path}}
		default:
			all = append(all, place{system.name, path})
		}
	}
	return all
}

// advice says how the key gets to the server; empty if there is no key.
func (h *handler) advice(c clients.Client, s clients.Server) string {
	what := auth[h.Access].Credential
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

// toolset is a group of tools.
type toolset struct {
	Name  string
	Tools []*engine.Tool
}

// toolsets groups tools and leaves out empty groups.
func toolsets(offered []*engine.Tool) (groups []toolset) {
	for _, name := range tools.Toolsets() {
		group := toolset{Name: name}
		for _, t := range offered {
			if t.Toolset == name {
				group.Tools = append(group.Tools, t)
			}
		}
		if len(group.Tools) > 0 {
			groups = append(groups, group)
		}
	}
	return groups
}
