package clients

import (
	"encoding/base64"
	"net/url"
	"strings"

	"posthog-mcp/internal/clients/jsonc"
)

// Link is an address that, when opened, makes the client offer to add s. False: the
// client has none.
func (c Client) Link(s Server) (string, bool) {
	if c.link == nil {
		return "", false
	}
	return c.link(c, s), true
}

// encodedLink has the entry in base64.
func encodedLink(address string) func(Client, Server) string {
	return func(c Client, s Server) string {
		config := base64.StdEncoding.EncodeToString([]byte(c.entry(s).Compact()))
		return address + "?name=" + component(s.Name) + "&config=" + component(config)
	}
}

func kiroLink(c Client, s Server) string {
	return "https://kiro.dev/launch/mcp/add?name=" + component(s.Name) + "&config=" + component(c.entry(s).Compact())
}

func vscodeLink(c Client, s Server) string {
	config := append(jsonc.Object{{Name: "name", Value: s.Name}}, c.entry(s)...)
	if questions := c.questions(s); questions != nil {
		config = append(config, jsonc.Member{Name: "inputs", Value: questions})
	}
	return "vscode:mcp/install?" + component(config.Compact())
}

// component escapes as encodeURIComponent does: a blank is %20, never +.
func component(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}
