package page

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

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
	published := gjson.ParseBytes(s.JSON(schema.Whole)).Get("properties")
	for _, f := range s.Fields() {
		all = append(all, argument{Name: f.Name, Required: f.Required, Description: f.Description, Rules: rules(f, published.Get(f.Name))})
	}
	return all
}

// rules says in one line which values an argument accepts.
func rules(f *schema.Field, published gjson.Result) string {
	characters := span(published, "minLength", "maxLength", " characters")
	if characters == "at least 1 characters" {
		characters = "not empty"
	}
	words := []string{kind(f, published), span(published, "minimum", "maximum", ""), characters, span(published, "minItems", "maxItems", " items")}
	if f.Default != nil {
		words = append(words, "default "+string(f.Default))
	}
	if f.Nullable {
		words = append(words, "or null")
	}
	return strings.Join(slices.DeleteFunc(words, func(text string) bool { return text == "" }), ", ")
}

// kind names the choices, or the format, or else the type.
func kind(f *schema.Field, published gjson.Result) string {
	choices := strings.Join(f.Choices(), " | ")
	switch {
	case f.Type == "array":
		return "array of " + cmp.Or(choices, published.Get("items.type").String()+"s")
	case choices != "":
		return choices
	}
	return cmp.Or(published.Get("format").String(), f.Type)
}

// span returns a range in words. It leaves out the limit of 31 bits, that of
// PostHog's columns, which nobody reaches.
func span(published gjson.Result, least, most, of string) string {
	low, high := published.Get(least), published.Get(most)
	bounded := high.Exists() && high.Int() != math.MaxInt32
	switch {
	case low.Exists() && bounded:
		return low.Raw + " to " + high.Raw + of
	case low.Exists():
		return "at least " + low.Raw + of
	case bounded:
		return "at most " + high.Raw + of
	}
	return ""
}
