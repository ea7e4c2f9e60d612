package cli

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/tools"
	"posthog-mcp/tools/engine"
)

func catalogue(t *testing.T) *engine.Catalogue {
	t.Helper()
	c, err := tools.NewCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// pages are everything there is to read.
func pages(t *testing.T, color bool) map[string]string {
	t.Helper()
	c, all := catalogue(t), map[string]string{}
	read := func(name string, page func(*Screen) error) {
		var out strings.Builder
		if err := page(&Screen{Out: &out, Columns: Usual, Color: color}); err != nil {
			t.Fatal(err)
		}
		all[name] = out.String()
	}
	read("", func(s *Screen) error { return s.PrintTools(c.Tools()) })
	for _, tool := range c.Tools() {
		read(tool.Name, func(s *Screen) error { return s.PrintTool(tool) })
	}
	return all
}

func TestPagesFit(t *testing.T) {
	for name, page := range pages(t, false) {
		for line := range strings.Lines(page) {
			line = strings.TrimSuffix(line, "\n")
			if Width(line) > Usual || line != strings.TrimRight(line, " ") || line != Plain(line) {
				t.Errorf("%s: %d columns: %q", name, Width(line), line)
			}
		}
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

func TestColorsAlone(t *testing.T) {
	plain := pages(t, false)
	for name, page := range pages(t, true) {
		bare := strings.NewReplacer("\x1b[1m", "", "\x1b[2m", "", "\x1b[0m", "").Replace(page)
		if bare == page {
			t.Errorf("%s has no colours", name)
		}
		if diff := cmp.Diff(oneLine(plain[name]), oneLine(bare)); diff != "" {
			t.Errorf("%s: colours change more than the colour:\n%s", name, diff)
		}
	}
}

// TestPagesTell holds a page to the catalogue: what an agent may read of a
// tool, a person may.
func TestPagesTell(t *testing.T) {
	all := pages(t, false)
	for _, tool := range catalogue(t).Tools() {
		page := oneLine(all[tool.Name])
		facts := []string{tool.Name, tool.Title, oneLine(tool.Description), tool.Method + " ", tool.Scope, tool.Toolset}
		for _, f := range tool.Schema.Fields() {
			facts = append(facts, oneLine(f.Name+" "+f.Accepts()))
			facts = append(facts, f.Enum...)
		}
		for _, fact := range facts {
			if !strings.Contains(page, fact) {
				t.Errorf("%s: the page has no %q", tool.Name, fact)
			}
		}
		if got, want := strings.Count(page, "Required."), required(tool); got != want {
			t.Errorf("%s: %d arguments are required, want %d", tool.Name, got, want)
		}
		if !strings.Contains(all[""], "\n"+tool.Name+" ") {
			t.Errorf("%s is not in the list", tool.Name)
		}
	}
}

func required(tool *engine.Tool) (n int) {
	for _, f := range tool.Schema.Fields() {
		if f.Required {
			n++
		}
	}
	return n
}

// TestPage reads one page with everything in it.
func TestPage(t *testing.T) {
	page := pages(t, false)["subscriptions-create"]
	for _, part := range []string{
		"subscriptions-create  Create subscription\n\nCreates a scheduled delivery",
		"\nEffect   create; may send mail, Slack messages or webhooks at once; a repeated\n         call does it again. With dry_run",
		"\nScope    subscription:write\nToolset  subscriptions\nRequest  POST /api/projects/:project_id/subscriptions/\n",
		"\ntarget_type  email | slack | teams | webhook\n    Required.\n",
		"\nbysetpos  integer, -366 to 366, or null\n    With byweekday:",
		"\ntitle  string, at most 100 characters, or null\n",
		"\n  posthog-mcp call subscriptions-create --sandbox \\\n      --arg ",
		" \\\n      --arg dashboard_export_insights=2001,2002 \\\n",
		" \\\n      --arg 'title=Growth weekly' \\\n      --arg dry_run=true\n",
	} {
		if !strings.Contains(page, part) {
			t.Errorf("the page has no %q:\n%s", part, page)
		}
	}
}

func TestPrintFails(t *testing.T) {
	c := catalogue(t)
	s := &Screen{Out: full{}, Columns: 80}
	if err := s.PrintTools(c.Tools()); !errors.Is(err, errFull) {
		t.Errorf("PrintTools: got the error %v, want %v", err, errFull)
	}
	s = &Screen{Out: full{}, Columns: 80}
	if err := s.PrintTool(c.Tools()[0]); !errors.Is(err, errFull) {
		t.Errorf("PrintTool: got the error %v, want %v", err, errFull)
	}
}
