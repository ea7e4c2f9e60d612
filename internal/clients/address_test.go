package clients

import (
	"strings"
	"testing"
)

// Gemini CLI asks for the portable dialect wherever its URL names none; other
// clients leave the choice to the server.
func TestDialectInTheURL(t *testing.T) {
	for _, c := range []struct{ client, url, want string }{
		{"gemini", "https://mcp.example.com/mcp", "https://mcp.example.com/mcp?schema=portable"},
		{"gemini", "https://mcp.example.com/mcp?read_only=true", "https://mcp.example.com/mcp?read_only=true&schema=portable"},
		{"gemini", "https://mcp.example.com/mcp?schema=standard", "https://mcp.example.com/mcp?schema=standard"},
		{"qwen-code", "https://mcp.example.com/mcp", "https://mcp.example.com/mcp?schema=portable"},
		{"cursor", "https://mcp.example.com/mcp", "https://mcp.example.com/mcp"},
		{"claude-code", "https://mcp.example.com/mcp", "https://mcp.example.com/mcp"},
	} {
		client, _ := Named(c.client)
		s := Server{Name: "posthog", URL: c.url}
		if snippet := client.Snippet(s); !strings.Contains(snippet, `"`+c.want+`"`) {
			t.Errorf("%s, %s: %s", c.client, c.url, snippet)
		}
		if command := client.Command(s, "linux"); command != "" && !strings.HasSuffix(strings.Trim(command, "'"), " "+c.want) && !strings.HasSuffix(command, "'"+c.want+"'") {
			t.Errorf("%s, %s: %s", c.client, c.url, command)
		}
	}
}
