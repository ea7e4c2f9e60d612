// Package manual describes the tools to a person: which there are, and what one
// of them does and takes. All of it follows from the catalogue, but for the
// values of the examples.
package manual

import (
	"fmt"
	"slices"
	"strings"

	"posthog-mcp/internal/terminal"
	"posthog-mcp/tools"
)

// gap is between columns.
const gap = 2

// List prints the tools by toolset, a line each: name, effect and title.
func List(s *terminal.Screen, all []*tools.Tool) error {
	for _, toolset := range tools.Toolsets() {
		group := slices.DeleteFunc(slices.Clone(all), func(t *tools.Tool) bool { return t.Toolset != toolset })
		if len(group) == 0 {
			continue
		}
		names, effects := 0, 0
		for _, t := range group {
			names, effects = max(names, len(t.Name)+gap), max(effects, len(t.Effect)+gap)
		}
		s.Line(s.Paint(terminal.Bold, toolset+":"))
		for _, t := range group {
			s.Line(terminal.Pad(t.Name, names), s.Paint(terminal.Dim, terminal.Pad(string(t.Effect), effects)), t.Title)
		}
		s.Line()
	}
	s.Text(0, terminal.Dim, "posthog-mcp tools TOOL shows one of them, --toolsets NAME offers a group alone.")
	return s.Err()
}

// Page prints what a tool does, needs and takes, and a call of it.
func Page(s *terminal.Screen, t *tools.Tool) error {
	s.Line(s.Paint(terminal.Bold, t.Name), "  ", s.Paint(terminal.Dim, t.Title))
	s.Line()
	s.Text(0, "", t.Description)
	s.Line()
	const width = len("Toolset") + gap
	s.Beside("Effect", width, effect(&t.Operation))
	s.Beside("Scope", width, scope(t))
	s.Beside("Toolset", width, t.Toolset)
	if t.ShortName() != t.Name {
		s.Beside("Alias", width, t.ShortName())
	}
	s.Beside("Request", width, strings.Join(fold(t.Method+" "+t.Route, s.Columns-width), "\n"))
	s.Line()
	arguments(s, t)
	s.Line()
	s.Line(s.Paint(terminal.Bold, "Example"))
	for _, line := range commandLine(t, s.Columns-gap) {
		s.Line(terminal.Pad("", gap), line)
	}
	return s.Err()
}

// effects are what the operation does to PostHog's data, in words.
var effects = map[tools.Effect]string{
	tools.Read:   "reads",
	tools.Create: "creates something",
	tools.Update: "changes what is there",
	tools.Delete: "deletes",
	tools.Send:   "sends something to people and stores nothing",
}

func effect(o *tools.Operation) string {
	words := effects[o.Effect]
	if o.Sends && o.Effect != tools.Send {
		words += "; may send mail, Slack messages or webhooks at once"
	}
	if o.Effect == tools.Read {
		return words
	}
	if !o.Annotations().Idempotent {
		words += "; a repeated call does it again"
	}
	return words + ". With dry_run it only shows what it would do."
}

func scope(t *tools.Tool) string {
	if t.Scope == "" {
		return "none: PostHog takes a browser session for this, and no key"
	}
	return t.Scope
}

// arguments are a table whose last column has as many lines as it needs.
func arguments(s *terminal.Screen, t *tools.Tool) {
	fields := describe(t)
	if len(fields) == 0 {
		s.Line("It takes no arguments.")
		return
	}
	names, types := len("Argument")+gap, len("Type")+gap
	for _, f := range fields {
		names, types = max(names, len(f.name)+gap), max(types, len(f.kind)+gap)
	}
	s.Line(s.Paint(terminal.Bold, terminal.Pad("Argument", names)+terminal.Pad("Type", types)+"Description"))
	for _, f := range fields {
		name, kind := terminal.Pad(f.name, names), terminal.Pad(f.kind, types)
		if f.required {
			name = s.Paint(terminal.Bold, name)
		}
		for _, line := range fold(f.text(), s.Columns-names-types) {
			s.Line(name, s.Paint(terminal.Dim, kind), line)
			name, kind = terminal.Pad("", names), terminal.Pad("", types)
		}
	}
}

// fold breaks names and paths that are wider than their column too.
func fold(text string, columns int) (lines []string) {
	for _, line := range terminal.Fold(text, columns) {
		for len(line) > columns {
			at := strings.LastIndexAny(line[:columns], "_/") + 1
			if at <= 0 {
				break
			}
			lines, line = append(lines, line[:at]), line[at:]
		}
		lines = append(lines, line)
	}
	return lines
}

// commandLine is the example as it is typed, over several lines where it is
// long.
func commandLine(t *tools.Tool, columns int) []string {
	words := []string{"posthog-mcp call " + t.Name}
	for _, argument := range Example(t) {
		words = append(words, "--arg "+quoted(argument))
	}
	const onward, indent = ` \`, "    "
	lines, line := []string{}, words[0]
	for _, word := range append(words[1:], "--sandbox") {
		if len(line)+1+len(word)+len(onward) > columns {
			lines, line = append(lines, line+onward), indent+word
			continue
		}
		line += " " + word
	}
	return append(lines, line)
}

// quoted is an argument as a shell of the sh family reads it.
func quoted(argument string) string {
	if strings.ContainsAny(argument, " {}\"*?$") {
		return fmt.Sprintf("'%s'", argument)
	}
	return argument
}
