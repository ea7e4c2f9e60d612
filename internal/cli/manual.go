package cli

import (
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools"
	"posthog-mcp/tools/operations"
)

// PrintTools lists the tools by toolset: name, effect and title.
func (s *Screen) PrintTools(all []*tools.Tool) error {
	for _, toolset := range operations.Toolsets() {
		group := slices.DeleteFunc(slices.Clone(all), func(t *tools.Tool) bool { return t.Toolset != toolset })
		if len(group) == 0 {
			continue
		}
		names := pad(group, func(t *tools.Tool) string { return t.Name })
		effects := pad(group, func(t *tools.Tool) string { return string(t.Effect) })
		s.Line(s.Paint(Bold, toolset+":"))
		for _, t := range group {
			s.Line(Pad(t.Name, names), s.Paint(Dim, Pad(string(t.Effect), effects)), t.Title)
		}
		s.Line()
	}
	s.Text(0, Dim, "posthog-mcp tools TOOL shows one of them, --toolsets NAME offers a group alone.")
	return s.Err()
}

// pad is the width of a column of names, with the gap.
func pad[T any](all []T, name func(T) string) (width int) {
	for _, item := range all {
		width = max(width, len(name(item))+gap)
	}
	return width
}

// PrintTool shows what a tool does, needs and takes, and an example of a call.
func (s *Screen) PrintTool(t *tools.Tool) error {
	s.Line(s.Paint(Bold, t.Name), "  ", s.Paint(Dim, t.Title))
	s.Line()
	s.Text(0, "", t.Description)
	s.Line()
	const width = len("Toolset") + gap
	scope := t.Scope
	if scope == "" {
		scope = "none: PostHog takes a browser session for this, and no key"
	}
	s.Beside("Effect", width, effect(&t.Operation))
	s.Beside("Scope", width, scope)
	s.Beside("Toolset", width, t.Toolset)
	if t.ShortName() != t.Name {
		s.Beside("Alias", width, t.ShortName())
	}
	s.Beside("Request", width, breakNames(t.Method+" "+t.Route, s.Columns-width))
	s.Line()
	s.arguments(t)
	s.Line()
	s.Line(s.Paint(Bold, "Example"))
	for _, line := range commandLine(t, s.Columns-gap) {
		s.Line(Pad("", gap), line)
	}
	return s.Err()
}

var effects = map[tools.Effect]string{
	tools.Read:   "reads",
	tools.Create: "creates something",
	tools.Update: "changes what is there",
	tools.Delete: "deletes",
	tools.Send:   "sends something to people and stores nothing",
}

// effect says in words what the operation does to PostHog's data.
func effect(o *tools.Operation) string {
	words := effects[o.Effect]
	if o.Effect == tools.Read {
		return words
	}
	if o.MayNotify() && o.Effect != tools.Send {
		words += "; may send mail, Slack messages or webhooks at once"
	}
	if !o.Annotations().Idempotent {
		words += "; a repeated call does it again"
	}
	return words + ". With dry_run it only shows what it would do."
}

// arguments prints a table whose last column has as many lines as it needs.
func (s *Screen) arguments(t *tools.Tool) {
	fields := t.Schema.Fields()
	if len(fields) == 0 {
		s.Line("It takes no arguments.")
		return
	}
	published := gjson.ParseBytes(t.Schema.JSON(schema.Whole)).Get("properties")
	names := max(len("Argument")+gap, pad(fields, func(f *schema.Field) string { return f.Name }))
	width := names + max(len("Type")+gap, pad(fields, kind))
	s.Line(s.Paint(Bold, Pad(Pad("Argument", names)+"Type", width)+"Description"))
	for _, f := range fields {
		name := Pad(f.Name, names)
		if f.Required {
			name = s.Paint(Bold, name)
		}
		s.Hang(name+s.Paint(Dim, Pad(kind(f), width-names)), width, breakNames(about(f, published.Get(f.Name)), s.Columns-width))
	}
}

// kind is the type. A value of null clears a field.
func kind(f *schema.Field) string {
	if f.Nullable {
		return f.Type + ", null"
	}
	return f.Type
}

// about is all there is to say of an argument, as the whole schema has it.
func about(f *schema.Field, published gjson.Result) string {
	var words []string
	add := func(given bool, sentence ...string) {
		if given {
			words = append(words, strings.Join(sentence, ""))
		}
	}
	enum, of := slices.Clone(f.Enum), "One of: "
	if i := slices.Index(enum, ""); i >= 0 {
		enum[i] = `""`
	}
	if f.Type == "array" {
		of = "Of: "
	}
	low, high := published.Get("minimum"), published.Get("maximum")
	bounded := low.Exists() && high.Exists() && high.Int() < 1<<31-1
	least, most := published.Get("minLength"), published.Get("maxLength")
	add(f.Required, "Required.")
	add(f.Description != "", f.Description)
	add(enum != nil, of, strings.Join(enum, ", "), ".")
	add(bounded, low.Raw, " to ", high.Raw, ".")
	add(low.Exists() && !bounded, low.Raw, " or more.")
	add(least.Int() > 1, "At least ", least.Raw, " characters.")
	add(most.Exists(), "At most ", most.Raw, " characters.")
	add(published.Get("format").String() == "date-time", "Like 2027-01-04T09:00:00Z.")
	add(f.Default != nil, "Default: ", gjson.ParseBytes(f.Default).String(), ".")
	return strings.Join(words, " ")
}

// breakNames folds a text and breaks the names and paths that are too wide.
func breakNames(text string, columns int) string {
	var lines []string
	for _, line := range Fold(text, columns) {
		for at := 1; len(line) > columns && at > 0; {
			if at = strings.LastIndexAny(line[:columns], "_/") + 1; at > 0 {
				lines, line = append(lines, line[:at]), line[at:]
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// Example has arguments for a call without effects, as posthog-mcp call --arg takes
// them.
func Example(t *tools.Tool) (arguments []string) {
	gjson.Parse(t.Example).ForEach(func(name, value gjson.Result) bool {
		text := value.String()
		if value.IsArray() {
			text = strings.Join(texts(value, gjson.Result.String), ",")
		}
		arguments = append(arguments, name.String()+"="+text)
		return true
	})
	if t.Effect != tools.Read {
		arguments = append(arguments, "dry_run=true")
	}
	return arguments
}

// commandLine is the example for a shell, in lines of at most that width.
func commandLine(t *tools.Tool, columns int) (lines []string) {
	line := "posthog-mcp call " + t.Name
	add := func(word string) {
		if len(line)+len(word)+len(`  \`) > columns {
			lines, line = append(lines, line+` \`), "   "
		}
		line += " " + word
	}
	for _, argument := range Example(t) {
		if strings.ContainsAny(argument, " {}\"*?$") {
			argument = "'" + argument + "'"
		}
		add("--arg " + argument)
	}
	add("--sandbox")
	return append(lines, line)
}
