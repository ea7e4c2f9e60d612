package engine

import (
	"slices"
	"strings"
)

// longestName is how long a tool's name may be where a client puts its own words
// before it, as in mcp__claude_ai_PostHog__: models' providers take 64
// characters in all.
const longestName = 40

// ShortName is the tool's name, or a shorter alias for a name of more than 40
// characters: the same without its first word. Calls and selections take both.
func (t *Tool) ShortName() string {
	if _, rest, found := strings.Cut(t.Name, "-"); found && len(t.Name) > longestName {
		return rest
	}
	return t.Name
}

// isIn tells whether one of the names is the tool's, or its alias.
func (t *Tool) isIn(names []string) bool {
	return slices.Contains(names, t.Name) || slices.Contains(names, t.ShortName())
}

// Shortener puts the aliases in the place of long names in texts for agents.
func (c *Catalogue) Shortener() *strings.Replacer {
	var pairs []string
	for _, t := range c.tools {
		if short := t.ShortName(); short != t.Name {
			pairs = append(pairs, t.Name, short)
		}
	}
	return strings.NewReplacer(pairs...)
}
