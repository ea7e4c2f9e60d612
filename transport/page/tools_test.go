package page

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"posthog-mcp/tools/engine"
)

// The page shows every offered tool with all its details, and no other tool.
func TestTools(t *testing.T) {
	for name, c := range configs(t) {
		t.Run(name, func(t *testing.T) {
			doc := parse(t, get(t, c))
			var want, got []string
			for _, tool := range c.Catalogue.Tools() {
				if c.Toolbox.Offers(t.Context(), tool) {
					want = append(want, tool.Name)
				}
			}
			for _, box := range all(doc, named("details")) {
				got = append(got, attribute(box, "id"))
				checkTool(t, box, c.Catalogue.Tool(attribute(box, "id")))
			}
			slices.Sort(want)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func checkTool(t *testing.T, box *html.Node, tool *engine.Tool) {
	t.Helper()
	words := text(box)
	said := []string{tool.Name, tool.Title, tool.Description, string(tool.Effect), tool.Scope, tool.Method + " " + tool.Route}
	for _, said := range said {
		if !strings.Contains(words, strings.Join(strings.Fields(said), " ")) {
			t.Errorf("%s does not say %q", tool.Name, said)
		}
	}
	type argument struct {
		Name                 string
		Required             bool
		Accepts, Description string
	}
	var got, want []argument
	for _, row := range all(box, named("div")) {
		a := argument{Name: text(all(row, named("code"))[0]), Required: len(all(row, named("b"))) == 1}
		a.Accepts, a.Description = text(one(t, row, named("i"))), text(one(t, row, named("dd")))
		a.Description = strings.TrimSpace(strings.TrimPrefix(a.Description, a.Accepts))
		got = append(got, a)
	}
	for _, f := range tool.Schema.Fields() {
		want = append(want, argument{f.Name, f.Required, f.Accepts(), strings.Join(strings.Fields(f.Description), " ")})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s", tool.Name, diff)
	}
}

func TestRules(t *testing.T) {
	for _, c := range []struct{ tool, argument, want string }{
		{"subscriptions-retrieve", "id", "integer, at least 1"},
		{"subscriptions-create", "target_type", "email | slack | teams | webhook"},
		{"subscriptions-create", "title", "string, at most 100 characters, or null"},
		{"subscriptions-create", "interval", "integer, at least 1"},
		{"subscriptions-create", "bysetpos", "integer, -366 to 366, or null"},
		{"subscriptions-create", "byweekday", "array of monday | tuesday | wednesday | thursday | friday | saturday | sunday, or null"},
		{"subscriptions-create", "until_date", "date-time, or null"},
		{"subscriptions-create", "dry_run", "boolean"},
		{"session-recordings-sharing-passwords-create", "raw_password", "string, at least 8 characters"},
		{"users-partial-update", "notification_settings", "object"},
		{"users-partial-update", "theme_mode", `light | dark | system | "", or null`},
		{"users-list", "limit", "integer, at least 1, default 25"},
		{"subscriptions-create", "target_value", "string, not empty"},
	} {
		if f := catalogue(t, compiled).Tool(c.tool).Schema.Field(c.argument); f == nil || f.Accepts() != c.want {
			t.Errorf("%s %s: %+v, want %q", c.tool, c.argument, f, c.want)
		}
	}
}
