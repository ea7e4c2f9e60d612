package guide

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/mark3labs/mcp-go/mcp"
)

const (
	// mostValues is how many values are offered; MCP allows 100, a person reads
	// fewer.
	mostValues = 20
	// longestName is the longest value offered, in characters. Nobody chooses by
	// a longer one.
	longestName = 100
)

// missing is the error for a completion without a member.
func missing(member string) error {
	return fmt.Errorf("%w: params.%s is missing", mcp.ErrInvalidParams, member)
}

// CompletePromptArgument offers values for an argument of a prompt. An unknown
// argument and a look-up that failed have none: an error would only disturb a person
// who types. An unknown prompt is an error, as MCP has it.
func (g *Guide) CompletePromptArgument(ctx context.Context, name string, a mcp.CompleteArgument, _ mcp.CompleteContext) (*mcp.Completion, error) {
	p := g.prompt(ctx, name)
	switch {
	case name == "":
		return nil, missing("ref.name")
	case p == nil:
		return nil, fmt.Errorf("%w: no prompt is called %q", mcp.ErrInvalidParams, cut(name))
	case a.Name == "":
		return nil, missing("argument.name")
	}
	if known := p.argument(a.Name); known != nil && known.completes != nil {
		return g.complete(ctx, known.completes, a.Value), nil
	}
	return &mcp.Completion{Values: []string{}}, nil
}

// CompleteResourceArgument offers the ids of subscriptions, by title or by id.
func (g *Guide) CompleteResourceArgument(ctx context.Context, uri string, a mcp.CompleteArgument, _ mcp.CompleteContext) (*mcp.Completion, error) {
	switch {
	case uri == "":
		return nil, missing("ref.uri")
	case uri != template || !g.offers(ctx, g.reads):
		return nil, fmt.Errorf("%w: no resource template is %q", mcp.ErrInvalidParams, cut(uri))
	case a.Name == "":
		return nil, missing("argument.name")
	case a.Name == idArgument:
		return g.complete(ctx, ids, a.Value), nil
	}
	return &mcp.Completion{Values: []string{}}, nil
}

// source looks up the values that can be offered after the typed text.
type source func(ctx context.Context, g *Guide, typed string) list

// list is the values to offer. It is partial when PostHog has more of them.
type list struct {
	options []option
	partial bool
}

// option is a value to offer, and a further text that it is found by.
type option struct{ value, text string }

func (l list) join(other list) list {
	return list{slices.Concat(l.options, other.options), l.partial || other.partial}
}

// each has another option in the place of each.
func (l list) each(other func(option) option) list {
	options := make([]option, len(l.options))
	for i, o := range l.options {
		options[i] = other(o)
	}
	return list{options, l.partial}
}

func (g *Guide) complete(ctx context.Context, from source, typed string) *mcp.Completion {
	if len(typed) > utf8.UTFMax*longestName || utf8.RuneCountInString(strings.TrimSpace(typed)) > longestName {
		return &mcp.Completion{Values: []string{}}
	}
	typed = strings.TrimSpace(typed)
	found := from(ctx, g, typed)
	values := matching(found.options, strings.ToLower(typed))
	completion := &mcp.Completion{Values: values[:min(len(values), mostValues)]}
	completion.HasMore = found.partial || len(values) > mostValues
	if !found.partial {
		completion.Total = len(values)
	}
	return completion
}

// matching are the values that fit, each once: first those that begin with the
// typed text, then those with a word that does, then those that contain it.
func matching(options []option, typed string) []string {
	values := []string{}
	for _, fits := range []func(text string) bool{
		func(text string) bool { return strings.HasPrefix(text, typed) },
		func(text string) bool { return strings.Contains(text, " "+typed) },
		func(text string) bool { return strings.Contains(text, typed) },
	} {
		for _, o := range options {
			if isName(o.value) && !slices.Contains(values, o.value) && (fits(strings.ToLower(o.value)) || fits(strings.ToLower(o.text))) {
				values = append(values, o.value)
			}
		}
	}
	return values
}

// isName is true for a value of PostHog's that a person can choose by.
func isName(value string) bool {
	return value != "" && !strings.ContainsAny(value, "\n\t") && utf8.RuneCountInString(value) <= longestName
}
