package clients

import (
	"encoding/base64"
	"net/url"
	"strings"

	"posthog-mcp/internal/build"
	"posthog-mcp/tools/view"
)

// Link is an address that, when opened, makes the client offer to add s. False: the
// client has none.
func (c Client) Link(s Server) (string, bool) {
	if c.link == nil {
		return "", false
	}
	link := c.link(c, s)
	return link, link != ""
}

// encodedLink has the entry in base64.
func encodedLink(address string) func(Client, Server) string {
	return func(c Client, s Server) string {
		config := base64.StdEncoding.EncodeToString([]byte(c.entry(s)))
		return address + "?name=" + component(s.Name) + "&config=" + component(config)
	}
}

// Badge is Link for a page of a website, in Markdown: a picture that leads to an https
// address, since such pages drop all other links. False: the client has none.
func (c Client) Badge(s Server) (string, bool) {
	link, ok := c.Link(s)
	if !ok || c.badge == "" {
		return "", false
	}
	if c.web != nil {
		link = c.web(link)
	}
	return "[![Add to " + c.Title + "](" + c.badge + ")](" + link + ")", true
}

func throughCursor(link string) string {
	_, query, _ := strings.Cut(link, "?")
	return "https://cursor.com/install-mcp?" + query
}

func throughVSCode(link string) string {
	return "https://insiders.vscode.dev/redirect?url=" + component(link)
}

// bundleLink is where the release of this program has its bundle, which holds the
// program and the settings: s is not needed.
func bundleLink(Client, Server) string { return build.Bundle() }

func kiroLink(c Client, s Server) string {
	return "https://kiro.dev/launch/mcp/add?name=" + component(s.Name) + "&config=" + component(c.entry(s))
}

// vscodeLink has the scheme of the editor's edition.
func vscodeLink(scheme string) func(Client, Server) string {
	return func(c Client, s Server) string {
		config := view.Prepend([]byte(c.entry(s)), "name", []byte(quote(s.Name)))
		if questions := c.questions(s); questions != "" {
			config = view.Set(config, "inputs", []byte(questions))
		}
		return scheme + ":mcp/install?" + component(string(config))
	}
}

// component escapes as encodeURIComponent does: a blank is %20, never +.
func component(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}
