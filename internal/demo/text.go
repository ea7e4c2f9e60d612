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
	text := "–"
	switch v := value.(type) {
	case nil:
	case string:
		text = v
	default:
		data, err := json.Marshal(v)
		if err != nil {
			return "?"
		}
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
func wrap(text string, width int) []string {
	var lines []string
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

// group is some names without what all of them begin with.
type group struct {
	prefix string
	names  []string
}

// grouped puts the tools with the same first word together, in their order.
func grouped(tools []mcp.Tool) []group {
	var groups []group
	for _, t := range tools {
		last := len(groups) - 1
		if last < 0 || firstWord(groups[last].names[0]) != firstWord(t.Name) {
			groups = append(groups, group{names: []string{t.Name}})
			continue
		}
		groups[last].names = append(groups[last].names, t.Name)
	}
	for i := range groups {
		groups[i].cutPrefix()
	}
	return groups
}

func firstWord(name string) string {
	word, _, _ := strings.Cut(name, "-")
	return word
}

// cutPrefix takes the whole words that all names begin with off them.
func (g *group) cutPrefix() {
	for {
		word, _, found := strings.Cut(g.names[0], "-")
		for _, name := range g.names {
			found = found && strings.HasPrefix(name, word+"-")
		}
		if !found || len(g.names) == 1 {
			return
		}
		g.prefix += word + "-"
		for i := range g.names {
			g.names[i] = g.names[i][len(word)+1:]
		}
	}
}
