package guide

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mark3labs/mcp-go/mcp"
)

const (
	// mostValues is how many values are offered; MCP allows 100, a person reads
	// fewer.
	mostValues = 20
	// longestName is the longest value offered, in characters. What is longer is
	// no name to choose by.
	longestName = 100
)

// CompletePromptArgument offers values for an argument of a prompt. A prompt or
// an argument that is not there, and a look-up that failed, have none: an error
// would only disturb who types.
func (g *Guide) CompletePromptArgument(ctx context.Context, name string, a mcp.CompleteArgument, _ mcp.CompleteContext) (*mcp.Completion, error) {
	p := g.prompt(ctx, name)
	if p == nil {
		return nothing(), nil
	}
	known := p.argument(a.Name)
	if known == nil || known.completes == nil {
		return nothing(), nil
	}
	return g.complete(ctx, known.completes, a.Value), nil
}

// CompleteResourceArgument offers the ids of subscriptions, by title or by id.
func (g *Guide) CompleteResourceArgument(ctx context.Context, uri string, a mcp.CompleteArgument, _ mcp.CompleteContext) (*mcp.Completion, error) {
	if uri != template || a.Name != idArgument || !g.offers(ctx, g.reads) {
		return nothing(), nil
	}
	return g.complete(ctx, ids, a.Value), nil
}

func nothing() *mcp.Completion { return &mcp.Completion{Values: []string{}} }

// source looks up what can be offered for what was typed so far.
type source func(ctx context.Context, g *Guide, typed string) list

// list is what there is to offer.
type list struct {
	options []option
	// partial says that there is more than that.
	partial bool
}

// option is a value to offer.
type option struct {
	value string
	// text is a further thing that it is found by.
	text string
}

// join is both lists.
func (l list) join(other list) list {
	return list{slices.Concat(l.options, other.options), l.partial || other.partial}
}

// each is the same list with every option changed.
func (l list) each(change func(option) option) list {
	changed := make([]option, len(l.options))
	for i, o := range l.options {
		changed[i] = change(o)
	}
	return list{changed, l.partial}
}

func (g *Guide) complete(ctx context.Context, from source, typed string) *mcp.Completion {
	if len(typed) > utf8.UTFMax*longestName {
		return nothing()
	}
	typed = strings.TrimSpace(typed)
	if utf8.RuneCountInString(typed) > longestName {
		return nothing()
	}
	found := from(ctx, g, typed)
	values := matching(found.options, typed)
	completion := &mcp.Completion{Values: values[:min(len(values), mostValues)]}
	completion.HasMore = found.partial || len(values) > mostValues
	if !found.partial {
		completion.Total = len(values)
	}
	return completion
}

// matching are the values that fit, the best first, each once.
func matching(options []option, typed string) []string {
	type match struct {
		value string
		rank  rank
	}
	var matches []match
	for _, o := range options {
		if r := min(rankOf(o.value, typed), rankOf(o.text, typed)); r < noMatch && isName(o.value) {
			matches = append(matches, match{o.value, r})
		}
	}
	slices.SortStableFunc(matches, func(a, b match) int { return cmp.Compare(a.rank, b.rank) })
	values := make([]string, 0, len(matches))
	seen := map[string]bool{}
	for _, m := range matches {
		if !seen[m.value] {
			seen[m.value] = true
			values = append(values, m.value)
		}
	}
	return values
}

// isName tells whether a value of PostHog's is one that a person can choose by.
func isName(value string) bool {
	return value != "" && !strings.ContainsAny(value, "\n\t") && utf8.RuneCountInString(value) <= longestName
}

// rank is how well a text fits what was typed, the best first.
type rank int

const (
	begins rank = iota
	beginsWord
	contains
	noMatch
)

func rankOf(text, typed string) rank {
	text, typed = strings.ToLower(text), strings.ToLower(typed)
	switch {
	case strings.HasPrefix(text, typed):
		return begins
	case strings.Contains(text, " "+typed):
		return beginsWord
	case strings.Contains(text, typed):
		return contains
	}
	return noMatch
}
