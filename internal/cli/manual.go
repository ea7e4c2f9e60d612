package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools"
)

// PrintTools lists the tools by toolset, a line each: name, effect and title.
func (s *Screen) PrintTools(all []*tools.Tool) error {
	for _, toolset := range tools.Toolsets() {
		group := slices.DeleteFunc(slices.Clone(all), func(t *tools.Tool) bool { return t.Toolset != toolset })
		if len(group) == 0 {
			continue
		}
		names, effects := 0, 0
		for _, t := range group {
			names, effects = max(names, len(t.Name)+gap), max(effects, len(t.Effect)+gap)
		}
		s.Line(s.Paint(Bold, toolset+":"))
		for _, t := range group {
			s.Line(Pad(t.Name, names), s.Paint(Dim, Pad(string(t.Effect), effects)), t.Title)
		}
		s.Line()
	}
	s.Text(0, Dim, "posthog-mcp tools TOOL shows one of them, --toolsets NAME offers a group alone.")
	return s.Err()
}

// PrintTool shows what a tool does, needs and takes, and a call of it.
func (s *Screen) PrintTool(t *tools.Tool) error {
	s.Line(s.Paint(Bold, t.Name), "  ", s.Paint(Dim, t.Title))
	s.Line()
	s.Text(0, "", t.Description)
	s.Line()
	const width = len("Toolset") + gap
	s.Beside("Effect", width, effect(&t.Operation))
	if t.Scope == "" {
		s.Beside("Scope", width, "none: PostHog takes a browser session for this, and no key")
	} else {
		s.Beside("Scope", width, t.Scope)
	}
	s.Beside("Toolset", width, t.Toolset)
	if t.ShortName() != t.Name {
		s.Beside("Alias", width, t.ShortName())
	}
	s.Beside("Request", width, strings.Join(fold(t.Method+" "+t.Route, s.Columns-width), "\n"))
	s.Line()
	s.arguments(t)
	s.Line()
	s.Line(s.Paint(Bold, "Example"))
	for _, line := range commandLine(t, s.Columns-gap) {
		s.Line(Pad("", gap), line)
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
	if o.MayNotify() && o.Effect != tools.Send {
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

// arguments are a table whose last column has as many lines as it needs.
func (s *Screen) arguments(t *tools.Tool) {
	fields := t.Schema.Fields()
	if len(fields) == 0 {
		s.Line("It takes no arguments.")
		return
	}
	published := gjson.ParseBytes(t.Schema.JSON(schema.Whole)).Get("properties")
	names, types := len("Argument")+gap, len("Type")+gap
	for _, f := range fields {
		names, types = max(names, len(f.Name)+gap), max(types, len(kind(f))+gap)
	}
	s.Line(s.Paint(Bold, Pad("Argument", names)+Pad("Type", types)+"Description"))
	for _, f := range fields {
		name, width := Pad(f.Name, names), names+types
		if f.Required {
			name = s.Paint(Bold, name)
		}
		s.hang(name+s.Paint(Dim, Pad(kind(f), types)), width, fold(about(f, published.Get(f.Name)), s.Columns-width))
	}
}

// kind is the type. That null clears a field is a value of its own.
func kind(f *schema.Field) string {
	if f.Nullable {
		return f.Type + ", null"
	}
	return f.Type
}

// about is all there is to say of an argument, as the whole schema has it.
func about(f *schema.Field, published gjson.Result) string {
	var words []string
	add := func(given bool, sentence string) {
		if given {
			words = append(words, sentence)
		}
	}
	enum := slices.Clone(f.Enum)
	if i := slices.Index(enum, ""); i >= 0 {
		enum[i] = `""`
	}
	low, high := published.Get("minimum"), published.Get("maximum")
	bounded := low.Exists() && high.Exists() && high.Int() < 1<<31-1
	least, most := published.Get("minLength"), published.Get("maxLength")
	add(f.Required, "Required.")
	add(f.Description != "", f.Description)
	add(enum != nil && f.Type == "array", "Of: "+strings.Join(enum, ", ")+".")
	add(enum != nil && f.Type != "array", "One of: "+strings.Join(enum, ", ")+".")
	add(bounded, low.Raw+" to "+high.Raw+".")
	add(low.Exists() && !bounded, low.Raw+" or more.")
	add(least.Int() > 1, "At least "+least.Raw+" characters.")
	add(most.Exists(), "At most "+most.Raw+" characters.")
	add(published.Get("format").String() == "date-time", "Like 2027-01-04T09:00:00Z.")
	add(f.Default != nil, "Default: "+gjson.ParseBytes(f.Default).String()+".")
	return strings.Join(words, " ")
}

// fold breaks names and paths that are wider than their column too.
func fold(text string, columns int) (lines []string) {
	for _, line := range Fold(text, columns) {
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

// commandLine is the example as a person types it, over several lines where it
// is long.
func commandLine(t *tools.Tool, columns int) []string {
	const onward, indent = ` \`, "    "
	var words, lines []string
	for _, argument := range Example(t) {
		words = append(words, "--arg "+quoted(argument))
	}
	line := "posthog-mcp call " + t.Name
	for _, word := range append(words, "--sandbox") {
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
