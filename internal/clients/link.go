package clients

import (
	"encoding/base64"
	"net/url"
	"os"
	"strings"

	"posthog-mcp/internal/build"
	"posthog-mcp/tools/view"
)

// Link is an address that, when opened, makes the client offer to add s. False: the
// client has none.
func (c Client) Link(s Server) (string, bool) {
	link := c.expand(c.link, s)
	return link, link != ""
}

// Badge is Link for a page of a website, in Markdown: a picture that leads to an https
// address, since such pages drop all other links. False: the client has none.
func (c Client) Badge(s Server) (string, bool) {
	link, ok := c.Link(s)
	if !ok || c.badge == "" {
		return "", false
	}
	if c.web != "" {
		link = c.expand(c.web, s)
	}
	return "[![Add to " + c.Title + "](" + c.badge + ")](" + link + ")", true
}

// expand fills in an address: the server's $name, its $entry, the entry in $base64, or
// with the name and the questions in it as a $whole; the $link of the client itself; and
// the release's $bundle for Claude Desktop, which holds the program and the settings.
func (c Client) expand(address string, s Server) string {
	return os.Expand(address, func(name string) string {
		switch entry := c.entry(s); name {
		case "bundle":
			return build.Bundle()
		case "name":
			return component(s.Name)
		case "entry":
			return component(entry)
		case "base64":
			return component(base64.StdEncoding.EncodeToString([]byte(entry)))
		case "whole":
			whole := view.Prepend([]byte(entry), "name", []byte(quote(s.Name)))
			if questions := c.questions(s); questions != "" {
				whole = view.Set(whole, "inputs", []byte(questions))
			}
			return component(string(whole))
		}
		return component(c.expand(c.link, s))
	})
}

// component escapes as encodeURIComponent does: a blank is %20, never +.
func component(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}
