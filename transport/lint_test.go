package transport_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"posthog-mcp/schema"
	"posthog-mcp/tools"
	"posthog-mcp/tools/engine"
)

// published is a tool as a client reads it.
type published struct {
	Name        string
	Title       string
	Description string
	InputSchema json.RawMessage
	Annotations map[string]any

	schema node
}

// node is a schema, or the place of one that is none.
type node struct {
	path     string
	keywords map[string]any // nil: a bare true or false
}

func parse(t *testing.T, raw string) *published {
	t.Helper()
	var p published
	if err := json.Unmarshal([]byte(raw), &p); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	if err := json.Unmarshal(p.InputSchema, &p.schema.keywords); err != nil {
		t.Fatal(err)
	}
	return &p
}

// properties are the schemas of the arguments and of all that is in them, by
// name and by path.
func (n node) properties() map[string]node {
	found := map[string]node{}
	members, _ := n.keywords["properties"].(map[string]any)
	for name, value := range members {
		found[name] = n.child("."+name, value)
	}
	return found
}

// all is the schema and every schema below it.
func (n node) all() []node {
	found := []node{n}
	below := n.properties()
	for _, keyword := range []string{"items", "additionalProperties"} {
		if value, ok := n.keywords[keyword].(map[string]any); ok {
			below[keyword] = n.child("/"+keyword, value)
		}
	}
	for _, child := range below {
		found = append(found, child.all()...)
	}
	return found
}

func (n node) child(step string, value any) node {
	keywords, _ := value.(map[string]any)
	return node{n.path + step, keywords}
}

// types are the JSON types that a schema names.
func (n node) types() []string {
	switch t := n.keywords["type"].(type) {
	case string:
		return []string{t}
	case []any:
		var all []string
		for _, one := range t {
			all = append(all, fmt.Sprint(one))
		}
		return all
	}
	return nil
}

// has says where one of the keywords stands in any of the schemas.
func has(nodes []node, keywords ...string) string {
	for _, n := range nodes {
		for _, k := range keywords {
			if _, ok := n.keywords[k]; ok {
				return fmt.Sprintf("%s has %s", n.path, k)
			}
		}
	}
	return ""
}

// No tool breaks a rule that a client has: see rules. The standard profile is
// for clients that know unions with null, and formats.
func TestLint(t *testing.T) {
	catalogue, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	for _, profile := range []schema.Profile{schema.Standard, schema.Portable} {
		var list []json.RawMessage
		if err := json.Unmarshal(listed(t, profile), &list); err != nil || len(list) != len(catalogue.Tools()) {
			t.Fatalf("%d tools (%v)", len(list), err)
		}
		for _, raw := range list {
			tool := parse(t, string(raw))
			for _, r := range rules {
				if r.portableOnly && profile != schema.Portable {
					continue
				}
				if wrong := r.broken(tool); wrong != "" {
					t.Errorf("%s, %s: %s (%s; it protects %s)", profile, tool.Name, wrong, r.name, r.protects)
				}
			}
		}
	}
}

// No argument is without a bound: on the characters of a string, the items of an
// array, the values in an object. It need not be published.
func TestEveryArgumentIsBounded(t *testing.T) {
	catalogue, err := tools.NewConfirmedCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range catalogue.Tools() {
		for _, f := range tool.Schema.Fields() {
			if grows := f.Free || f.Type == "string" || f.Type == "array" || f.Type == "object"; grows && f.Most < 1 {
				t.Errorf("%s: %s has no bound; most= in its arg tag sets one", tool.Name, f.Name)
			}
		}
	}
}

// What null can clear, a client that checks a call against the portable schema
// can clear, too: by its name in clear, or, where it is an object, with {}. A
// creation and what PostHog stores as a whole have nothing to clear.
func TestClearable(t *testing.T) {
	catalogue, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range catalogue.Tools() {
		if tool.Effect != engine.Update || tool.Write.WholeBody != "" {
			continue
		}
		var published struct {
			Properties struct {
				Clear struct{ Items struct{ Enum []string } }
			}
		}
		if err := json.Unmarshal(tool.Schema.JSON(schema.Portable), &published); err != nil {
			t.Fatal(err)
		}
		for _, f := range tool.Schema.Fields() {
			if f.Nullable && f.Type != "object" && !slices.Contains(published.Properties.Clear.Items.Enum, f.Name) {
				t.Errorf("%s: %s cannot be cleared", tool.Name, f.Name)
			}
		}
	}
}

// good breaks no rule. Every rule has an example of what breaks it: the good
// tool with one thing changed.
const good = `{
	"name": "things-list", "title": "List things", "description": "Lists things. They are few.",
	"annotations": {"readOnlyHint": true, "destructiveHint": false, "idempotentHint": true, "openWorldHint": false},
	"inputSchema": {"type": "object", "required": ["id"], "properties": {
		"id": {"type": "integer"},
		"kind": {"type": "string", "enum": ["a", "b"]},
		"days": {"type": "array", "items": {"type": "string"}},
		"map": {"type": "object", "properties": {"x": {"type": "boolean"}}}
	}}
}`

func TestRulesFindWhatIsWrong(t *testing.T) {
	for _, r := range rules {
		if wrong := r.broken(parse(t, good)); wrong != "" {
			t.Errorf("%s: finds %q in the good example", r.name, wrong)
		}
		if len(r.bad) == 0 {
			t.Errorf("%s: no example", r.name)
		}
		for _, change := range r.bad {
			bad := strings.Replace(good, change.from, change.to, 1)
			if bad == good || r.broken(parse(t, bad)) == "" {
				t.Errorf("%s: finds nothing wrong with %s", r.name, change.to)
			}
		}
	}
}
