package clients

import (
	stdcmp "cmp"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The shapes that the clients document, of a server to start and of a server
// with a URL.
type (
	program struct {
		Command string            `json:"command"`
		Args    []string          `json:"args"`
		Env     map[string]string `json:"env"`
	}
	typedProgram struct {
		Type string `json:"type"`
		program
	}
	remote struct {
		URL     string            `json:"url"`
		Headers map[string]string `json:"headers"`
	}
	typedRemote struct {
		Type string `json:"type"`
		remote
	}
	windsurfRemote struct {
		ServerURL string            `json:"serverUrl"`
		Headers   map[string]string `json:"headers"`
	}
	geminiRemote struct {
		HTTPURL string            `json:"httpUrl"`
		Headers map[string]string `json:"headers"`
	}
	jetbrainsRemote struct {
		URL         string `json:"url"`
		RequestInit struct {
			Headers map[string]string `json:"headers"`
		} `json:"requestInit"`
	}
	opencodeProgram struct {
		Type        string            `json:"type"`
		Command     []string          `json:"command"`
		Environment map[string]string `json:"environment"`
	}
	gooseExtension struct {
		Type    string   `json:"type"`
		Name    string   `json:"name"`
		Enabled bool     `json:"enabled"`
		EnvKeys []string `json:"env_keys"`
	}
	gooseProgram struct {
		gooseExtension
		Cmd  string            `json:"cmd"`
		Args []string          `json:"args"`
		Envs map[string]string `json:"envs"`
	}
	gooseRemote struct {
		gooseExtension
		URI     string            `json:"uri"`
		Headers map[string]string `json:"headers"`
	}
	question struct {
		Type        string `json:"type"`
		ID          string `json:"id"`
		Description string `json:"description"`
		Password    bool   `json:"password"`
	}
)

type mcpServers[T any] struct {
	Servers map[string]T `json:"mcpServers"`
}

type contextServers[T any] struct {
	Servers map[string]T `json:"context_servers"`
}

type plainServers[T any] struct {
	Servers map[string]T `json:"servers"`
}

type opencodeServers[T any] struct {
	Servers map[string]T `json:"mcp"`
}

type gooseServers[T any] struct {
	Servers map[string]T `json:"extensions"`
}

type vscodeServers[T any] struct {
	Inputs  []question   `json:"inputs"`
	Servers map[string]T `json:"servers"`
}

// TestShape decodes every snippet into the shape that its client documents, and
// nothing may be left over.
func TestShape(t *testing.T) {
	shapes := map[string]struct{ started, remote func() any }{
		"claude-code":     {shape[mcpServers[typedProgram]], shape[mcpServers[typedRemote]]},
		"claude-desktop":  {shape[mcpServers[program]], shape[mcpServers[program]]},
		"cursor":          {shape[mcpServers[program]], shape[mcpServers[remote]]},
		"vscode":          {shape[vscodeServers[typedProgram]], shape[vscodeServers[typedRemote]]},
		"windsurf":        {shape[mcpServers[program]], shape[mcpServers[windsurfRemote]]},
		"zed":             {shape[contextServers[program]], shape[contextServers[remote]]},
		"gemini":          {shape[mcpServers[program]], shape[mcpServers[geminiRemote]]},
		"jetbrains":       {shape[plainServers[program]], shape[plainServers[jetbrainsRemote]]},
		"vscode-insiders": {shape[vscodeServers[typedProgram]], shape[vscodeServers[typedRemote]]},
		"visual-studio":   {shape[vscodeServers[typedProgram]], shape[vscodeServers[typedRemote]]},
		"copilot-cli":     {shape[mcpServers[typedProgram]], shape[mcpServers[typedRemote]]},
		"antigravity":     {shape[mcpServers[program]], shape[mcpServers[windsurfRemote]]},
		"kiro":            {shape[mcpServers[program]], shape[mcpServers[remote]]},
		"cline":           {shape[mcpServers[program]], shape[mcpServers[typedRemote]]},
		"roo":             {shape[mcpServers[program]], shape[mcpServers[typedRemote]]},
		"lm-studio":       {shape[mcpServers[program]], shape[mcpServers[remote]]},
		"qwen-code":       {shape[mcpServers[program]], shape[mcpServers[geminiRemote]]},
		"opencode":        {shape[opencodeServers[opencodeProgram]], shape[opencodeServers[typedRemote]]},
		"goose":           {shape[gooseServers[gooseProgram]], shape[gooseServers[gooseRemote]]},
	}
	for _, c := range All() {
		for _, s := range servers {
			text := c.Snippet(s.Server)
			switch c.Format {
			case "toml":
				checkTOML(t, text)
				continue
			case "yaml":
				text = fromYAML(t, text)
			}
			into := shapes[c.Name].started
			if s.URL != "" {
				into = shapes[c.Name].remote
			}
			strict(t, c.Name+", "+s.name, text, into())
		}
	}
}

func shape[T any]() any { return new(T) }

// fromYAML is the JSON of the YAML that Snippet writes: two levels of names, and members
// whose values are JSON.
func fromYAML(t *testing.T, text string) string {
	t.Helper()
	form := regexp.MustCompile(`^([a-z]+):\n  ([A-Za-z0-9_-]+):\n((?:    [a-z_]+: .+\n)+)$`).FindStringSubmatch(text)
	if form == nil {
		t.Fatalf("not YAML as we write it: %s", text)
	}
	members := regexp.MustCompile(`(?m)^    ([a-z_]+): (.+)$`).ReplaceAllString(strings.TrimSuffix(form[3], "\n"), `"$1": $2,`)
	return `{"` + form[1] + `": {"` + form[2] + `": {` + strings.TrimSuffix(members, ",") + `}}}`
}

func strict(t *testing.T, name, text string, into any) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		t.Errorf("%s: %v\n%s", name, err, text)
	}
}

var tomlLine = regexp.MustCompile(`^(?:\[[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\]|[A-Za-z0-9_-]+ = (.+)|)$`)

// checkTOML expects tables, and keys with values that are JSON and TOML alike.
func checkTOML(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		parts := tomlLine.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if parts == nil || parts[1] != "" && !json.Valid([]byte(parts[1])) {
			t.Errorf("not TOML as we write it: %q", line)
		}
	}
}

// TestLinks opens the links as the clients do.
func TestLinks(t *testing.T) {
	for _, s := range servers {
		for _, name := range []string{"cursor", "lm-studio", "kiro"} {
			client, _ := Named(name)
			link, _ := client.Link(s.Server)
			u, err := url.Parse(link)
			if err != nil {
				t.Fatal(err)
			}
			config := u.Query().Get("config")
			if name != "kiro" {
				decoded, err := base64.StdEncoding.DecodeString(config)
				if err != nil {
					t.Errorf("%s: %v", link, err)
				}
				config = string(decoded)
			}
			if u.Query().Get("name") != s.Name {
				t.Errorf("%s has not the name %s", link, s.Name)
			}
			if diff := cmp.Diff(client.entry(s.Server), config); diff != "" {
				t.Error(diff)
			}
		}

		for _, name := range []string{"vscode", "vscode-insiders"} {
			client, _ := Named(name)
			link, _ := client.Link(s.Server)
			text, err := url.PathUnescape(strings.TrimPrefix(link, name+":mcp/install?"))
			if err != nil {
				t.Fatal(err)
			}
			var common struct {
				Name   string     `json:"name"`
				Inputs []question `json:"inputs"`
			}
			if err := json.Unmarshal([]byte(text), &common); err != nil || common.Name != s.Name {
				t.Errorf("%s: %v", text, err)
			}
			if asks := s.Key != ""; asks != (len(common.Inputs) == 1) {
				t.Errorf("%s: asks %d questions", s.name, len(common.Inputs))
			}
		}
	}
}

// TestBadges follows each badge as a website does: over https, to the client's link.
func TestBadges(t *testing.T) {
	form := regexp.MustCompile(`^\[!\[Add to ([^]]+)\]\((https://[^)]+)\)\]\((https://[^)]+)\)$`)
	var have []string
	for _, client := range All() {
		badge, ok := client.Badge(servers[0].Server)
		if !ok {
			continue
		}
		have = append(have, client.Name)
		parts := form.FindStringSubmatch(badge)
		if parts == nil || parts[1] != client.Title {
			t.Fatalf("%s: %s", client.Name, badge)
		}
		address, err := url.Parse(parts[3])
		if err != nil {
			t.Fatal(err)
		}
		link, _ := client.Link(servers[0].Server)
		to := stdcmp.Or(address.Query().Get("url"), "cursor://anysphere.cursor-deeplink/mcp/install?"+address.RawQuery)
		if to != link {
			t.Errorf("%s leads to %s, and not to %s", badge, to, link)
		}
	}
	if diff := cmp.Diff([]string{"cursor", "vscode", "vscode-insiders"}, have); diff != "" {
		t.Error(diff)
	}
}

// TestKeyWay is how each client gets at the key: a program's, by the client's own
// command, and a URL's.
func TestKeyWay(t *testing.T) {
	want := map[string][3]KeyWay{
		"claude-code":     {KeyVariable, KeyVariable, KeyVariable},
		"claude-desktop":  {KeyFromFile, KeyFromFile, KeyPlaceholder},
		"cursor":          {KeyVariable, KeyFromFile, KeyVariable},
		"vscode":          {KeyAsked, KeyFromFile, KeyAsked},
		"windsurf":        {KeyVariable, KeyFromFile, KeyVariable},
		"zed":             {KeyFromFile, KeyFromFile, KeyPlaceholder},
		"codex":           {KeyVariable, KeyFromFile, KeyVariable},
		"gemini":          {KeyVariable, KeyFromFile, KeyVariable},
		"jetbrains":       {KeyFromFile, KeyFromFile, KeyPlaceholder},
		"vscode-insiders": {KeyAsked, KeyFromFile, KeyAsked},
		"visual-studio":   {KeyAsked, KeyFromFile, KeyAsked},
		"copilot-cli":     {KeyVariable, KeyFromFile, KeyVariable},
		"antigravity":     {KeyFromFile, KeyFromFile, KeyPlaceholder},
		"kiro":            {KeyVariable, KeyFromFile, KeyVariable},
		"cline":           {KeyVariable, KeyFromFile, KeyVariable},
		"roo":             {KeyVariable, KeyFromFile, KeyVariable},
		"lm-studio":       {KeyFromFile, KeyFromFile, KeyPlaceholder},
		"qwen-code":       {KeyVariable, KeyFromFile, KeyVariable},
		"opencode":        {KeyVariable, KeyFromFile, KeyVariable},
		"goose":           {KeyVariable, KeyFromFile, KeyVariable},
	}
	got := map[string][3]KeyWay{}
	for _, c := range All() {
		program, remote, none := servers[0].Server, servers[4].Server, servers[3].Server
		got[c.Name] = [3]KeyWay{c.KeyWay(program), c.CommandKeyWay(program), c.KeyWay(remote)}
		if way := c.KeyWay(none); way != KeyNone {
			t.Errorf("%s: way %d for a server without a key", c.Name, way)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestQuote(t *testing.T) {
	for _, c := range []struct{ word, posix, powershell string }{
		{"posthog-mcp", "posthog-mcp", "posthog-mcp"},
		{"--toolsets=a,b", "--toolsets=a,b", "'--toolsets=a,b'"},
		{"K=${K}", "'K=${K}'", "'K=${K}'"},
		{"it's", `'it'\''s'`, "'it''s'"},
		{`C:\Program Files\x`, `'C:\Program Files\x'`, `'C:\Program Files\x'`},
		{`C:\x`, `'C:\x'`, `C:\x`},
		{"", "''", "''"},
		{"a;b", "'a;b'", "'a;b'"},
	} {
		if got := Quote(c.word, "linux"); got != c.posix {
			t.Errorf("Quote(%q, linux) = %s, want %s", c.word, got, c.posix)
		}
		if got := Quote(c.word, "windows"); got != c.powershell {
			t.Errorf("Quote(%q, windows) = %s, want %s", c.word, got, c.powershell)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, s := range []Server{
		{Name: ""},
		{Name: "post hog"},
		{Name: "post.hog"},
		{Name: "posthog", Command: "a\nb"},
		{Name: "posthog", Args: []string{"stdio", "\x1b[31m"}},
		{Name: "posthog", Env: []Setting{{"POSTHOG_HOST", "e\x00u"}}},
		{Name: "posthog", KeyFile: Setting{"POSTHOG_PERSONAL_API_KEY_FILE", "/a\x7f"}},
	} {
		if s.Check() == nil {
			t.Errorf("%+v is taken", s)
		}
	}
}
