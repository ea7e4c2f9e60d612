package page

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/clients"
)

// The page shows what "posthog-mcp config CLIENT --http URL" prints.
func TestClients(t *testing.T) {
	for name, c := range configs(t) {
		doc := parse(t, get(t, c))
		server := clients.Server{Name: "posthog", URL: "http://" + host + "/mcp", Key: c.KeyVariable}
		switch c.Access {
		case Token:
			server.Key = "POSTHOG_MCP_TOKEN" // no PostHog key goes where it is not wanted
		case None:
			server.Key = ""
		}
		if c.PublicURL != "" {
			server.URL = c.PublicURL + "/mcp"
		}
		if got := one(t, doc, withID("address")).FirstChild.Data; got != server.URL {
			t.Errorf("%s: the address is %s", name, got)
		}
		for _, client := range clients.All() {
			if got := one(t, doc, withID("file-"+client.Name)).FirstChild.Data; got+"\n" != client.Snippet(server) {
				t.Errorf("%s: %s is told %s", name, client.Name, got)
			}
			command := client.Command(server, "linux")
			has := command != ""
			if found := all(doc, withID("command-"+client.Name)); has != (len(found) == 1) || has && found[0].FirstChild.Data != command {
				t.Errorf("%s: the command of %s is not %s", name, client.Name, command)
			}
		}
	}
}

func TestLinks(t *testing.T) {
	doc := parse(t, get(t, configs(t)["passthrough"]))
	server := clients.Server{Name: "posthog", URL: "http://" + host + "/mcp", Key: "THE_KEY"}
	want := map[string]string{
		"MCP": "https://modelcontextprotocol.io", "PostHog's API": "https://posthog.com/docs/api",
		"Make a key in PostHog.": "https://us.posthog.com/settings/user-api-keys",
	}
	for _, client := range clients.All() {
		if link := client.Link(server); link != "" {
			want["Add to "+client.Title] = link
		}
	}
	got := map[string]string{}
	for _, a := range all(doc, named("a")) {
		if to := attribute(a, "href"); !strings.HasPrefix(to, "#") {
			got[text(a)] = to
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPlaces(t *testing.T) {
	want := map[string][]place{
		"claude-code": {{"", ".mcp.json"}},
		"cursor":      {{"", "~/.cursor/mcp.json"}},
		"claude-desktop": {
			{"macOS", "~/Library/Application Support/Claude/claude_desktop_config.json"},
			{"Linux", "~/.config/Claude/claude_desktop_config.json"},
			{"Windows", `~\AppData\Roaming\Claude\claude_desktop_config.json`},
		},
		"codex": {{"", "~/.codex/config.toml"}},
	}
	for name, want := range want {
		c, ok := clients.Named(name)
		if diff := cmp.Diff(want, places(c)); !ok || diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// Where a key is needed, people are told how it gets there.
func TestAdvice(t *testing.T) {
	s := clients.Server{Name: "posthog", URL: "https://mcp.example.com/mcp", Key: "THE_KEY"}
	for access, want := range map[Access]map[string]string{
		Passthrough: {
			"claude-code":    "Claude Code takes your key from the variable THE_KEY, in the environment that it is started in.",
			"vscode":         "VS Code asks for your key once, and keeps it.",
			"claude-desktop": "Put your key in the place of phx_your_key.",
		},
		Token: {"vscode": "VS Code asks for your token once, and keeps it."},
	} {
		h := &handler{Config: Config{Access: access}}
		for _, c := range clients.All() {
			switch got, expected := h.advice(c, s), want[c.Name]; {
			case got == "":
				t.Errorf("%s: nothing is said of the key", c.Name)
			case expected != "" && got != expected:
				t.Errorf("%s: %q, want %q", c.Name, got, expected)
			}
		}
	}
}

// Where no key is needed, no client is told to send one.
func TestNoKey(t *testing.T) {
	page := get(t, configs(t)["sandbox"]).Body.String()
	for _, word := range []string{"Authorization", "Bearer", "THE_KEY", TokenVariable, clients.Placeholder, "bearer_token_env_var"} {
		if strings.Contains(page, word) {
			t.Errorf("the page speaks of %s", word)
		}
	}
}
