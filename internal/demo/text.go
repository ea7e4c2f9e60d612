package demo

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"github.com/mark3labs/mcp-go/mcp"
)

// plain is a JSON value as a person reads it, safe for a terminal: what comes
// from PostHog was written by anybody, and may hold escape sequences.
func plain(value any) string {
	text, isText := value.(string)
	switch {
	case value == nil:
		text = "–"
	case !isText:
		data, _ := json.Marshal(value)
		text = string(data)
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '·'
	}, text)
}

// wrap breaks a text into lines of at most width runes: after a blank or a
// comma where there is one, else in the middle of a word.
func wrap(text string, width int) (lines []string) {
	rest := []rune(text)
	for len(rest) > width {
		at := width
		for at > 0 && rest[at-1] != ' ' && rest[at-1] != ',' {
			at--
		}
		if at == 0 {
			at = width
		}
		lines = append(lines, strings.TrimRight(string(rest[:at]), " "))
		rest = rest[at:]
	}
	return append(lines, string(rest))
}

// cell is a value in a column of that width, blank included.
func cell(value any, width int) string {
	text := []rune(plain(value))
	if len(text) >= width {
		text = append(text[:width-2], '…')
	}
	return fmt.Sprintf("%-*s", width, string(text))
}

// group is some names without the whole words that all of them begin with.
type group struct {
	prefix string
	names  []string
}

// grouped puts the tools with the same first word together, in their order.
func grouped(tools []mcp.Tool) (groups []group) {
	first := ""
	for _, t := range tools {
		if word, _, _ := strings.Cut(t.Name, "-"); word != first || groups == nil {
			groups, first = append(groups, group{}), word
		}
		last := &groups[len(groups)-1]
		last.names = append(last.names, t.Name)
	}
	for i := range groups {
		groups[i].cutPrefix()
	}
	return groups
}

func (g *group) cutPrefix() {
	for len(g.names) > 1 {
		word, _, found := strings.Cut(g.names[0], "-")
		for _, name := range g.names {
			found = found && strings.HasPrefix(name, word+"-")
		}
		if !found {
			return
		}
		g.prefix += word + "-"
		for i := range g.names {
			g.names[i] = g.names[i][len(word)+1:]
		}
	}
}
