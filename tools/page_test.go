package tools_test

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/tools"
	"posthog-mcp/tools/engine"
)

// page is PostHog's documentation page "Core-13" as data: its 18 operations
// with their parameters, in the page's order.
//
//go:embed testdata/page.json
var page []byte

type documented struct {
	Title, Method, Route string
	Scopes               []string
	Path, Query, Body    []parameter
	Required             []string
	MCP                  struct{ Name, Title string }
}

type parameter struct {
	Name, Type string
	Nullable   bool
	Enum       []string
}

// ofThePage are the tools that are operations of the page. The look-ups, which
// only read, come behind them, then the one write that the page lacks.
func ofThePage(t *testing.T) []*engine.Tool {
	all := catalogue(t).Tools()
	first := slices.IndexFunc(all, func(tool *engine.Tool) bool { return tool.Toolset == tools.LookupTools })
	for _, tool := range all[first:] {
		if lookup := tool.Toolset == tools.LookupTools; lookup != (tool.Name != "session-recordings-sharing-partial-update") || lookup && tool.Effect != engine.Read {
			t.Errorf("%s, which is to %s, stands in the toolset %s", tool.Name, tool.Effect, tool.Toolset)
		}
	}
	return all[:first]
}

// Every documented operation is a tool, in the page's order, with its method,
// route, scope and every parameter's type, nullability and values.
func TestThePage(t *testing.T) {
	var operations []documented
	if err := json.Unmarshal(page, &operations); err != nil {
		t.Fatal(err)
	}
	all := ofThePage(t)
	if len(all) != 18 || len(operations) != 18 {
		t.Fatalf("%d tools for %d operations", len(all), len(operations))
	}
	for i, doc := range operations {
		tool := all[i]
		t.Run(doc.Title, func(t *testing.T) {
			if doc.MCP.Name != "" && doc.MCP.Name != tool.Name {
				t.Errorf("the page calls it %s, not %s", doc.MCP.Name, tool.Name)
			}
			want := []string{doc.Method, doc.Route + "/", strings.Join(doc.Scopes, " ")}
			if diff := cmp.Diff(want, []string{tool.Method, tool.Route, tool.Scope}); diff != "" {
				t.Errorf("(-page +tool):\n%s", diff)
			}
			for _, p := range slices.Concat(doc.Path, doc.Query, doc.Body) {
				checkParameter(t, tool, p)
			}
			for _, name := range doc.Required {
				if !tool.Schema.Field(name).Required {
					t.Errorf("%s is not required", name)
				}
			}
			if strings.Contains(doc.Route, ":project_id") != (tool.Schema.Field("project_id") != nil) {
				t.Error("project_id does not go with the route")
			}
		})
	}
}

// untyped are the parameters that the page gives no type: any JSON, or the
// values that PostHog's serializers allow.
var untyped = map[string]struct {
	free bool
	enum string
}{
	"settings": {free: true}, "events_column_config": {free: true},
	"has_seen_product_intro_for": {free: true}, "hedgehog_config": {free: true},
	"target_type":          {enum: "email slack webhook"},
	"frequency":            {enum: "daily weekly monthly yearly"},
	"toolbar_mode":         {enum: "disabled toolbar "},
	"theme_mode":           {enum: "light dark system "},
	"shortcut_position":    {enum: "above below hidden "},
	"role_at_organization": {enum: "engineering data product founder leadership marketing sales other"},
}

// newer are values that PostHog takes since the page was written.
var newer = map[string]string{"resource_type": "ai_prompt", "target_type": "teams"}

func checkParameter(t *testing.T, tool *engine.Tool, p parameter) {
	t.Helper()
	field := tool.Schema.Field(p.Name)
	if field == nil {
		t.Errorf("%s is missing", p.Name)
		return
	}
	enum := slices.DeleteFunc(slices.Clone(field.Enum), func(value string) bool { return value == newer[p.Name] && value != "" })
	if newer[p.Name] != "" && len(enum) == len(field.Enum) {
		t.Errorf("%s: no value %s", p.Name, newer[p.Name])
	}
	if p.Type == "" {
		want, known := untyped[p.Name]
		if !known || want.free != field.Free || want.enum != strings.Join(enum, " ") {
			t.Errorf("%s: free %v, values %q", p.Name, field.Free, field.Enum)
		}
		return
	}
	if p.Type != field.Type || p.Nullable != field.Nullable {
		t.Errorf("%s: the page says %s, nullable %v; the tool %s, %v", p.Name, p.Type, p.Nullable, field.Type, field.Nullable)
	}
	if p.Enum != nil && !cmp.Equal(p.Enum, enum) {
		t.Errorf("%s: the page says %q, the tool %q", p.Name, p.Enum, field.Enum)
	}
}

// The tools have arguments beyond the page only where the living API reads
// them.
func TestBeyondThePage(t *testing.T) {
	var operations []documented
	if err := json.Unmarshal(page, &operations); err != nil {
		t.Fatal(err)
	}
	beyond := map[string][]string{
		"session-recordings-sharing-passwords-create": {"raw_password", "note"},
		"subscriptions-list":                          {"insights", "dashboard_tiles", "state", "deleted", "recipient"},
		"subscriptions-create":                        {"send_test_now", "prompt", "ai_prompt_config", "contexts", "delivery_config"},
		"subscriptions-partial-update":                {"send_test_now", "prompt", "ai_prompt_config", "contexts", "delivery_config"},
	}
	for i, tool := range ofThePage(t) {
		known := []string{"project_id", "fields", "dry_run", "clear"} // the last three are not sent
		for _, p := range slices.Concat(operations[i].Path, operations[i].Query, operations[i].Body) {
			known = append(known, p.Name)
		}
		var extra []string
		for _, f := range tool.Schema.Fields() {
			if !slices.Contains(known, f.Name) {
				extra = append(extra, f.Name)
			}
		}
		if diff := cmp.Diff(beyond[tool.Name], extra); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tool.Name, diff)
		}
	}
}

// These names in a query or a body would be read by PostHog as another key or
// another project's token.
func TestNoArgumentIsACredential(t *testing.T) {
	for _, tool := range catalogue(t).Tools() {
		for _, name := range []string{"token", "api_key", "personal_api_key", "secret_api_key", "host"} {
			if tool.Schema.Field(name) != nil {
				t.Errorf("%s has an argument %s", tool.Name, name)
			}
		}
	}
}

// The hints that clients act on.
func TestAnnotations(t *testing.T) {
	const read, create, update, remove = "read-only idempotent", "", "destructive idempotent", "destructive idempotent"
	want := map[string]string{
		"session-recordings-sharing-passwords-create":  create,
		"session-recordings-sharing-passwords-destroy": remove,
		"session-recordings-sharing-refresh-create":    "destructive",
		"subscriptions-list":                           read,
		"subscriptions-create":                         "open-world",
		"subscriptions-retrieve":                       read,
		"subscriptions-partial-update":                 "destructive open-world", // send_test_now sends each time
		"subscriptions-destroy":                        remove,
		"subscriptions-test-delivery-create":           "open-world",
		"subscriptions-summary-quota-retrieve":         read,
		"users-list":                                   read,
		"users-retrieve":                               read,
		"users-partial-update":                         update + " open-world", // a new address gets a mail
		"users-destroy":                                remove,
		"users-credentials-review-complete-create":     update,
		"users-github-login-retrieve":                  read,
		"users-hedgehog-config-retrieve":               read,
		"users-hedgehog-config-partial-update":         update,
		"session-recordings-sharing-partial-update":    update,
	}
	got := map[string]string{}
	for _, tool := range catalogue(t).Tools() {
		if tool.Toolset == tools.LookupTools {
			want[tool.Name] = read
		}
		a := tool.Annotations()
		var words []string
		for _, hint := range []struct {
			set  bool
			word string
		}{{a.ReadOnly, "read-only"}, {a.Destructive, "destructive"}, {a.Idempotent, "idempotent"}, {a.OpenWorld, "open-world"}} {
			if hint.set {
				words = append(words, hint.word)
			}
		}
		got[tool.Name] = strings.Join(words, " ")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
