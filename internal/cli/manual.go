package cli

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools"
	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/view"
)

// PrintTools lists the tools by toolset: name, effect and title.
func (s *Screen) PrintTools(all []*engine.Tool) error {
	for _, toolset := range tools.Toolsets() {
		group := slices.DeleteFunc(slices.Clone(all), func(t *engine.Tool) bool { return t.Toolset != toolset })
		if len(group) == 0 {
			continue
		}
		s.Line(s.Paint(Bold, toolset+":"))
		longest := slices.MaxFunc(group, func(a, b *engine.Tool) int { return len(a.Name) - len(b.Name) })
		for _, t := range group {
			s.Line(Pad(t.Name, len(longest.Name)+gap), s.Paint(Dim, Pad(string(t.Effect), len(engine.Update)+gap)), t.Title)
		}
		s.Line()
	}
	s.Text(0, Dim, "posthog-mcp tools TOOL shows one of them, --toolsets NAME offers a group alone.")
	return s.Err()
}

// PrintTool shows what a tool does, needs and takes, and an example of a call.
func (s *Screen) PrintTool(t *engine.Tool) error {
	const width = len("Toolset") + gap
	s.Line(s.Paint(Bold, t.Name), "  ", s.Paint(Dim, t.Title))
	s.Line()
	s.Text(0, "", t.Description)
	s.Line()
	s.Beside("Effect", width, effect(&t.Operation))
	s.Beside("Scope", width, cmp.Or(t.Scope, "none: PostHog takes a browser session for this, and no key"))
	s.Beside("Toolset", width, t.Toolset)
	if t.ShortName() != t.Name {
		s.Beside("Alias", width, t.ShortName())
	}
	// A route may be wider than a terminal: it breaks after a slash.
	request := Fold(t.Method+" "+strings.ReplaceAll(t.Route, "/", "/ "), s.Columns-width)
	s.Beside("Request", width, strings.ReplaceAll(strings.Join(request, "\n"), "/ ", "/"))
	s.Line()
	if len(t.Schema.Fields()) == 0 {
		s.Line("It takes no arguments.")
	}
	for _, f := range t.Schema.Fields() {
		s.Hang(s.Paint(Bold, f.Name)+"  ", len(f.Name)+gap, f.Accepts())
		if words := strings.TrimSpace(view.When(f.Required, "Required. ") + f.Description); words != "" {
			s.Text(2*gap, "", words)
		}
	}
	s.Line()
	s.Line(s.Paint(Bold, "Example"))
	s.Line(commandLine(t, s.Columns))
	return s.Err()
}

func effect(o *engine.Operation) string {
	words := string(o.Effect)
	if o.Effect == engine.Read {
		return words
	}
	if o.MayNotify() {
		words += "; may send mail, Slack messages or webhooks at once"
	}
	if !o.Annotations().Idempotent {
		words += "; a repeated call does it again"
	}
	return words + ". With dry_run it only shows what it would do."
}

// Example has arguments for a call without effects, as posthog-mcp call --arg takes
// them.
func Example(t *engine.Tool) (arguments []string) {
	for name, value := range gjson.Parse(t.Example).All() {
		arguments = append(arguments, name.String()+"="+strings.ReplaceAll(text(value), ", ", ","))
	}
	if t.Effect != engine.Read {
		arguments = append(arguments, "dry_run=true")
	}
	return arguments
}

// commandLine is the example for a shell, with a line for each argument if one is too
// short for them all.
func commandLine(t *engine.Tool, columns int) string {
	words := []string{"  posthog-mcp call " + t.Name + " --sandbox"}
	for _, argument := range Example(t) {
		if strings.ContainsAny(argument, " {}\"*?$") {
			argument = "'" + argument + "'"
		}
		words = append(words, "--arg "+argument)
	}
	if line := strings.Join(words, " "); len(line) <= columns {
		return line
	}
	return strings.Join(words, " \\\n      ")
}
