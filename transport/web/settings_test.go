package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport"
	"posthog-mcp/transport/posthog"
)

// sandboxed is a house whose operator offers what rules says, before the
// sandbox.
func sandboxed(t *testing.T, rules engine.Rules) *house {
	t.Helper()
	catalogue, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	client := posthog.New(posthog.Options{Base: sandbox.New().RoundTripper()})
	box := &engine.Toolbox{API: client, Rules: rules}
	return open(t, Options{
		MCP:            transport.NewServer(transport.Options{Catalogue: catalogue, Toolbox: box, Logger: silent()}),
		CheckSelection: catalogue.CheckSelection,
	})
}

const (
	listTools = `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
	pauseOne  = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"subscriptions-partial-update","arguments":{"id":1134,"enabled":false}}}`
)

// names are the tools of a tools/list answer.
func toolNames(t *testing.T, body string) (names []string) {
	t.Helper()
	var list struct {
		Result struct{ Tools []struct{ Name string } }
	}
	if err := json.Unmarshal([]byte(body), &list); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	for _, tool := range list.Result.Tools {
		names = append(names, tool.Name)
	}
	return names
}

// A caller's settings leave tools out of what the operator offers, in the list
// and in calls, and bring none in.
func TestSettings(t *testing.T) {
	h := sandboxed(t, engine.Rules{Selection: engine.Selection{Exclude: []string{"users-list"}}})
	all := toolNames(t, h.must(request{method: "POST", path: "/mcp", token: sandbox.KeyAll, body: listTools}).body)
	for _, c := range []struct {
		path   string
		header map[string]string
		// has and hasNo are tools of the list.
		has, hasNo string
		count      int
		refused    bool
	}{
		{"/mcp", nil, "subscriptions-partial-update", "users-list", len(all), false},
		{"/mcp?read_only=true", nil, "subscriptions-list", "subscriptions-partial-update", 0, true},
		{"/mcp?readonly=1", nil, "subscriptions-list", "subscriptions-partial-update", 0, true},
		{"/mcp?read-only=false", nil, "subscriptions-partial-update", "users-list", len(all), false},
		{"/mcp", map[string]string{"X-PostHog-MCP-Read-Only": "true"}, "subscriptions-list", "subscriptions-partial-update", 0, true},
		{"/mcp", map[string]string{"X-PostHog-MCP-ReadOnly": "true"}, "subscriptions-list", "subscriptions-partial-update", 0, true},
		{"/mcp", map[string]string{"X-PostHog-MCP-Toolsets": "users"}, "users-retrieve", "users-list", 7, true},
		{"/mcp?tools=users-list,users-retrieve", nil, "users-retrieve", "users-list", 1, true},
		{"/mcp?toolsets=users&exclude_tools=users-destroy", nil, "users-retrieve", "users-destroy", 6, true},
		{"/mcp?tool=hammer", nil, "subscriptions-partial-update", "users-list", len(all), false},
		{"/mcp?scheme=https&read=1&reader=x&toolkits=1&tooltip=2&schematic=3&excluding=4", nil, "subscriptions-partial-update", "users-list", len(all), false},
		{"/mcp?other=1", nil, "subscriptions-partial-update", "users-list", len(all), false},
	} {
		t.Run(fmt.Sprint(c.path, c.header), func(t *testing.T) {
			got := toolNames(t, h.must(request{method: "POST", path: c.path, header: c.header, token: sandbox.KeyAll, body: listTools}).body)
			if !slices.Contains(got, c.has) || slices.Contains(got, c.hasNo) || c.count > 0 && len(got) != c.count {
				t.Errorf("%d tools: %q", len(got), got)
			}
			called := h.must(request{method: "POST", path: c.path, header: c.header, token: sandbox.KeyAll, body: pauseOne})
			if denied := strings.Contains(called.body, `"code":"denied"`); denied != c.refused {
				t.Errorf("denied %v: %s", denied, called.body)
			}
		})
	}
}

// On an event stream what was set when it was opened holds, whatever a post
// says.
func TestSettingsOfAStream(t *testing.T) {
	h := sandboxed(t, engine.Rules{})
	e, err := h.listenOn("/sse?read_only=true", sandbox.KeyAll)
	if err != nil {
		t.Fatal(err)
	}
	e.post += "&read_only=false"
	if err := e.say(listTools); err != nil {
		t.Fatal(err)
	}
	_, data, err := e.next()
	if err != nil || slices.Contains(toolNames(t, data), "subscriptions-partial-update") {
		t.Errorf("%v: %s", err, data)
	}
	if err := e.say(pauseOne); err != nil {
		t.Fatal(err)
	}
	if a := e.hear(); !a.Result.IsError || !strings.Contains(a.Result.Content[0].Text, "read_only") {
		t.Errorf("%+v", a)
	}
}

// Settings that cannot be followed are refused in words: to ignore them could
// offer what was to be left out.
func TestWrongSettings(t *testing.T) {
	h := sandboxed(t, engine.Rules{})
	for _, c := range []struct {
		path   string
		header map[string]string
		want   string
	}{
		{"/mcp?read_only=yes", nil, `read_only is true or false, not "yes"`},
		{"/mcp?toolsets=user", nil, `toolsets: unknown toolset "user"; did you mean "users"?`},
		{"/mcp?tools=users-lst", nil, `tools: unknown tool "users-lst"; did you mean "users-list"?`},
		{"/mcp?read_only=%zz", nil, "the query cannot be read: it is not encoded as a query"},
		{"/mcp?toolsets=users;read_only=true", nil, "the query cannot be read: it is not encoded as a query"},
		{"/mcp?toolset=users", nil, `unknown setting "toolset"; there are read_only, toolsets, tools, exclude_tools and schema`},
		{"/mcp?toolstes=users", nil, `unknown setting "toolstes"; there are read_only, toolsets, tools, exclude_tools and schema`},
		{"/mcp?Tool_Set=users", nil, `unknown setting "Tool_Set"; there are read_only, toolsets, tools, exclude_tools and schema`},
		{"/mcp?raed-only=true", nil, `unknown setting "raed-only"; there are read_only, toolsets, tools, exclude_tools and schema`},
		{"/mcp?read_onl=true", nil, `unknown setting "read_onl"; there are read_only, toolsets, tools, exclude_tools and schema`},
		{"/mcp?exclude_tool=users-list", nil, `unknown setting "exclude_tool"; there are read_only, toolsets, tools, exclude_tools and schema`},
		{"/mcp?schemas=portable", nil, `unknown setting "schemas"; there are read_only, toolsets, tools, exclude_tools and schema`},
		{"/mcp?exclude=users-list", nil, `unknown setting "exclude"; there are read_only, toolsets, tools, exclude_tools and schema`},
		{"/mcp?tools=", nil, "tools is given without a value"},
		{"/mcp?toolsets=,", nil, "toolsets is given without a value"},
		{"/mcp", map[string]string{"X-PostHog-MCP-Reading": "true"}, `unknown header "X-Posthog-Mcp-Reading"; there are X-PostHog-MCP-Read-Only, -Toolsets, -Tools, -Exclude-Tools and -Schema`},
		{"/mcp?schema=draft-7", nil, `schema is standard or portable, not "draft-7"`},
		{"/mcp?tools=users-list", map[string]string{"X-PostHog-MCP-Tools": "users-retrieve"}, "tools is given more than once, in the query and the headers together"},
		{"/mcp?read_only=true&readonly=false", nil, `read-only is given more than once, in the query and the headers together; read_only is true or false, not "true,false"`},
	} {
		got := h.must(request{method: "POST", path: c.path, header: c.header, token: sandbox.KeyAll, body: listTools})
		var refusal struct{ Error, Message string }
		if err := json.Unmarshal([]byte(got.body), &refusal); err != nil || got.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", c.path, got.status, got.body)
		}
		if diff := cmp.Diff([]string{"invalid_settings", c.want}, []string{refusal.Error, refusal.Message}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.path, diff)
		}
	}
}

// The dialect of the schemas: the caller's choice, else what their client is
// known to need.
func TestSchemaChoice(t *testing.T) {
	h := sandboxed(t, engine.Rules{})
	modern := func(client string) request {
		return request{
			method: "POST", path: "/mcp", token: sandbox.KeyAll,
			header: map[string]string{"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/list"},
			body: fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",`+
				`"io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":%q,"version":"1"}}}}`, client),
		}
	}
	agent := func(value string) request {
		return request{method: "POST", path: "/mcp", token: sandbox.KeyAll, body: listTools, header: map[string]string{"User-Agent": value}}
	}
	renamed := modern("cursor-vscode")
	renamed.header["User-Agent"] = "claude-code/2.1.204 (cli)"
	asked := modern("claude-code")
	asked.path = "/mcp?schema=portable"
	for _, c := range []struct {
		name   string
		asks   request
		unions bool
	}{
		{"unknown", request{method: "POST", path: "/mcp", token: sandbox.KeyAll, body: listTools}, false},
		{"unknown, asked for", request{method: "POST", path: "/mcp?schema=standard", token: sandbox.KeyAll, body: listTools}, true},
		{"Claude Code, by its User-Agent", agent("claude-code/2.1.204 (cli)"), true},
		{"Codex, by its User-Agent", agent("codex-mcp-client/0.98.0"), true},
		{"Gemini CLI, whose User-Agent is node's", agent("node"), false},
		{"VS Code, which runs many models", agent("VsCode/1.112.0 (darwin arm64)"), false},
		{"Cursor, which runs many models", modern("cursor-vscode"), false},
		{"a name goes before a User-Agent", renamed, false},
		{"asked for", request{method: "POST", path: "/mcp?schema=portable", token: sandbox.KeyAll, body: listTools}, false},
		{"Claude", modern("claude-code"), true},
		{"Gemini", modern("gemini-cli-mcp-client"), false},
		{"Claude, asked for", asked, false},
	} {
		got := h.must(c.asks)
		if unions := strings.Contains(got.body, `["integer","null"]`); unions != c.unions || got.status != http.StatusOK {
			t.Errorf("%s: unions %v, status %d: %.200s", c.name, unions, got.status, got.body)
		}
	}
	e := h.listen(sandbox.KeyAll)
	if err := e.say(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"Gemini CLI","version":"1"}}}`); err != nil {
		t.Fatal(err)
	}
	e.hear()
	if err := e.say(listTools); err != nil {
		t.Fatal(err)
	}
	if _, data, err := e.next(); err != nil || strings.Contains(data, `["integer","null"]`) {
		t.Errorf("an event stream of Gemini's: %v, %.300s", err, data)
	}
}
