package tools_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/tools"
	"posthog-mcp/tools/engine"
)

// The names that are too long behind a client's own words, and their aliases.
func TestShortNames(t *testing.T) {
	catalogue, err := tools.NewCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	aliases, names := map[string]string{}, map[string]int{}
	for _, tool := range catalogue.Tools() {
		names[tool.Name]++
		if tool.ShortName() != tool.Name {
			aliases[tool.Name] = tool.ShortName()
			names[tool.ShortName()]++
		}
		if published := "mcp__claude_ai_PostHog__" + tool.ShortName(); len(published) > 64 {
			t.Errorf("%s has %d characters", published, len(published))
		}
		if catalogue.Tool(tool.ShortName()) != tool || catalogue.Tool(tool.Name) != tool {
			t.Errorf("%s is not found by both names", tool.Name)
		}
	}
	for name, times := range names {
		if times > 1 {
			t.Errorf("%s names %d tools", name, times)
		}
	}
	want := map[string]string{
		"session-recordings-sharing-partial-update":    "recordings-sharing-partial-update",
		"session-recordings-sharing-passwords-create":  "recordings-sharing-passwords-create",
		"session-recordings-sharing-passwords-destroy": "recordings-sharing-passwords-destroy",
		"session-recordings-sharing-refresh-create":    "recordings-sharing-refresh-create",
	}
	if diff := cmp.Diff(want, aliases); diff != "" {
		t.Error(diff)
	}
}

// A selection takes either name.
func TestSelectionByShortName(t *testing.T) {
	catalogue, err := tools.NewCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	tool := catalogue.Tool("session-recordings-sharing-passwords-create")
	for _, name := range []string{tool.Name, tool.ShortName()} {
		for _, c := range []struct {
			selection engine.Selection
			offered   bool
		}{
			{engine.Selection{Tools: []string{name}}, true},
			{engine.Selection{Exclude: []string{name}}, false},
		} {
			if err := catalogue.CheckSelection(c.selection); err != nil {
				t.Errorf("%+v: %v", c.selection, err)
			}
			if c.selection.Offers(tool) != c.offered {
				t.Errorf("%+v: offered is %v", c.selection, !c.offered)
			}
		}
	}
	if got := catalogue.Shortener().Replace("see " + tool.Name); strings.Contains(got, "session-") {
		t.Error(got)
	}
}
