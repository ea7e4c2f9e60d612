package completion

import (
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"posthog-mcp/schema"
	"posthog-mcp/tools"
)

// values are what may follow a flag; before is what of the word stands in front
// of the value.
func (l *line) values(flag *kong.Flag, before, value string) []Candidate {
	switch {
	case flag.Name == "arg":
		return l.arguments(before, value)
	case flag.Name == tools.SettingToolsets:
		var names []Candidate
		for _, name := range tools.Toolsets() {
			names = append(names, Candidate{name, ""})
		}
		return oneMore(names, before, value)
	case flag.PlaceHolder == "TOOL":
		return oneMore(l.toolNames(), before, value)
	case flag.PlaceHolder == "FILE", flag.PlaceHolder == "PATH":
		return []Candidate{{Files, ""}}
	case flag.IsBool():
		return enum("true,false", before)
	}
	return enum(flag.Enum, before)
}

func enum(values, before string) (found []Candidate) {
	for value := range strings.SplitSeq(values, ",") {
		if value = strings.TrimSpace(value); value != "" {
			found = append(found, Candidate{before + value, ""})
		}
	}
	return found
}

// oneMore adds to a list with commas what is not in it.
func oneMore(all []Candidate, before, value string) (found []Candidate) {
	have := strings.Split(value, ",")
	have = have[:len(have)-1]
	for _, name := range have {
		before += name + ","
	}
	for _, c := range all {
		if !slices.Contains(have, c.Word) {
			found = append(found, Candidate{before + c.Word, c.About})
		}
	}
	return found
}

// arguments are the names that the tool takes, and the values of the one that
// is named.
func (l *line) arguments(before, value string) []Candidate {
	tool := l.catalogue.Tool(l.tool)
	if tool == nil {
		return nil
	}
	if name, _, found := strings.Cut(value, "@"); found && !strings.Contains(name, "=") {
		return []Candidate{{Files, ""}}
	}
	name, begun, named := strings.Cut(value, "=")
	if named {
		return argumentValues(tool.Schema.Field(name), before+name+"=", begun)
	}
	var required, optional []Candidate
	for _, f := range tool.Schema.Fields() {
		c := Candidate{before + f.Name + "=", about(f.Description)}
		switch {
		case l.has(f.Name) && f.Type != "array":
		case f.Required:
			c.About = strings.TrimSuffix("required. "+c.About, ". ")
			required = append(required, c)
		default:
			optional = append(optional, c)
		}
	}
	return append(required, optional...)
}

func (l *line) has(name string) bool {
	return slices.ContainsFunc(l.given["arg"], func(argument string) bool {
		return strings.HasPrefix(argument, name) && strings.HasPrefix(strings.TrimLeft(argument[len(name):], ":"), "=") ||
			strings.HasPrefix(argument, name+"@")
	})
}

func argumentValues(f *schema.Field, before, begun string) (found []Candidate) {
	switch {
	case f == nil:
		return nil
	case f.Type == "boolean":
		return enum("true,false", before)
	case f.Type != "array":
		return enum(strings.Join(f.Enum, ","), before)
	}
	for _, value := range f.Enum {
		found = append(found, Candidate{value, ""})
	}
	return oneMore(found, before, begun)
}
