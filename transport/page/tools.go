package page

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"posthog-mcp/schema"
	"posthog-mcp/tools"
)

// toolset is a group of tools.
type toolset struct {
	Name  string
	Tools []tool
}

// tool is a tool with its arguments in words.
type tool struct {
	*tools.Tool
	Arguments []argument
}

// argument is an argument of a tool.
type argument struct {
	Name        string
	Required    bool
	Rules       string
	Description string
}

// offered returns the tools that the operator offers to everyone.
func (h *handler) offered() (offered []*tools.Tool) {
	for _, t := range h.Catalogue.Tools() {
		if h.Toolbox.Offers(context.Background(), t) {
			offered = append(offered, t)
		}
	}
	return offered
}

// toolsets groups tools and leaves out empty groups.
func toolsets(offered []*tools.Tool) (groups []toolset) {
	for _, name := range tools.Toolsets() {
		group := toolset{Name: name}
		for _, t := range offered {
			if t.Toolset == name {
				group.Tools = append(group.Tools, tool{t, arguments(t.Schema)})
			}
		}
		if len(group.Tools) > 0 {
			groups = append(groups, group)
		}
	}
	return groups
}

func arguments(s *schema.Schema) (all []argument) {
	// The whole schema has rules that the fields do not have.
	var published struct{ Properties map[string]property }
	if err := json.Unmarshal(s.JSON(schema.Whole), &published); err != nil {
		panic(err) // the schema is always valid JSON
	}
	for _, f := range s.Fields() {
		all = append(all, argument{
			Name: f.Name, Required: f.Required, Description: f.Description,
			Rules: rules(f, published.Properties[f.Name]),
		})
	}
	return all
}

// property is an argument as published.
type property struct {
	Format               string
	Minimum, Maximum     *int64
	MinLength, MaxLength *int64
	MaxItems             *int64
	Items                struct{ Type string }
}

// rules says in one line which values an argument accepts.
func rules(f *schema.Field, p property) string {
	words := []string{kind(f, p)}
	if f.Enum != nil {
		words = []string{choice(f)}
	}
	add := func(text string) {
		if text != "" {
			words = append(words, text)
		}
	}
	add(span(p.Minimum, p.Maximum, ""))
	if p.MinLength != nil && *p.MinLength == 1 && p.MaxLength == nil {
		add("not empty")
	} else {
		add(span(p.MinLength, p.MaxLength, " characters"))
	}
	add(span(nil, p.MaxItems, " items"))
	if f.Default != nil {
		add("default " + string(f.Default))
	}
	if f.Nullable {
		add("or null")
	}
	return strings.Join(words, ", ")
}

// kind names the type, or the format if there is one.
func kind(f *schema.Field, p property) string {
	switch {
	case p.Format != "":
		return p.Format
	case f.Type == "array":
		return "array of " + p.Items.Type + "s"
	}
	return f.Type
}

func choice(f *schema.Field) string {
	values := make([]string, len(f.Enum))
	for i, v := range f.Enum {
		if v == "" {
			v = `""`
		}
		values[i] = v
	}
	list := strings.Join(values, " | ")
	if f.Type == "array" {
		return "array of " + list
	}
	return list
}

// span returns a range in words. It leaves out the limit of 31 bits, that of
// PostHog's columns, which nobody reaches.
func span(low, high *int64, of string) string {
	if high != nil && *high == math.MaxInt32 {
		high = nil
	}
	switch {
	case low != nil && high != nil:
		return fmt.Sprintf("%d to %d%s", *low, *high, of)
	case low != nil:
		return fmt.Sprintf("at least %d%s", *low, of)
	case high != nil:
		return fmt.Sprintf("at most %d%s", *high, of)
	}
	return ""
}
