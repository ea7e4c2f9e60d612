package page

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"posthog-mcp/schema"
	"posthog-mcp/tools"
	"posthog-mcp/tools/operations"
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
	for _, name := range operations.Toolsets() {
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
	words := []string{kind(f, p), span(p.Minimum, p.Maximum, ""), span(p.MinLength, p.MaxLength, " characters"), span(nil, p.MaxItems, " items")}
	if p.MinLength != nil && *p.MinLength == 1 && p.MaxLength == nil {
		words[2] = "not empty"
	}
	if f.Default != nil {
		words = append(words, "default "+string(f.Default))
	}
	if f.Nullable {
		words = append(words, "or null")
	}
	return strings.Join(slices.DeleteFunc(words, func(text string) bool { return text == "" }), ", ")
}

// kind names the choices, or the format, or else the type.
func kind(f *schema.Field, p property) string {
	name := strings.Join(f.Enum, " | ")
	if i := slices.Index(f.Enum, ""); i >= 0 {
		name = strings.Join(slices.Replace(slices.Clone(f.Enum), i, i+1, `""`), " | ")
	}
	switch {
	case f.Type == "array" && f.Enum == nil:
		return "array of " + p.Items.Type + "s"
	case f.Type == "array":
		return "array of " + name
	}
	return cmp.Or(name, p.Format, f.Type)
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
