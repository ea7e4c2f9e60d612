package schema

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// Problem is one thing that is wrong with the arguments of a call.
type Problem struct {
	// Field is the argument's name; empty for a problem of the whole call.
	Field string
	// Text says what is wrong and, if that is not obvious, what would be right.
	Text string
}

// String returns the problem as a line.
func (p Problem) String() string {
	if p.Field == "" {
		return p.Text
	}
	return p.Field + ": " + p.Text
}

// Problems is an error that lists all problems of a call.
type Problems []Problem

// mostProblems and mostOfAKind keep the error of a hostile call short.
const (
	mostProblems = 20
	mostOfAKind  = 5
)

// Error lists the problems, one per line.
func (ps Problems) Error() string {
	lines := make([]string, 0, min(len(ps), mostProblems+1))
	alike := 0
	for i, p := range ps {
		if len(lines) == mostProblems {
			lines = append(lines, fmt.Sprintf("and %d more", len(ps)-i))
			break
		}
		if i > 0 && p.kind() != ps[i-1].kind() {
			alike = 0
		}
		if alike++; alike <= mostOfAKind {
			lines = append(lines, p.String())
		} else if i == len(ps)-1 || p.kind() != ps[i+1].kind() {
			lines = append(lines, Problem{p.Field, fmt.Sprintf("and %d more", alike-mostOfAKind)}.String())
		}
	}
	return strings.Join(lines, "\n")
}

// kind groups problems: those of one argument, and all unknown arguments.
func (p Problem) kind() string {
	if p.Field == "" && strings.HasPrefix(p.Text, unknownArgument) {
		return unknownArgument
	}
	return cmp.Or(p.Field, p.Text)
}

const unknownArgument = "unknown argument "

func (ps Problems) sorted() Problems {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(a.Text, b.Text))
	})
	return ps
}

// unknowns returns a problem for each unknown argument. Those that are shown get
// a suggestion.
func (s *Schema) unknowns(members []member) (found Problems) {
	slices.SortFunc(members, func(a, b member) int { return bytes.Compare(a.literal, b.literal) })
	for i, m := range members {
		text := unknownArgument + word(m.literal)
		if i < mostOfAKind {
			text += s.suggestion(m.name)
		}
		found = append(found, Problem{Text: text})
	}
	return found
}

func (s *Schema) suggestion(name string) string {
	if len(s.fields) == 0 {
		return "; this tool takes no arguments"
	}
	if near := s.nearest(name); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	names := make([]string, len(s.fields))
	for i, f := range s.fields {
		names[i] = f.Name
	}
	return "; known: " + strings.Join(names, ", ")
}

// nearest returns the known name that differs by a few typing errors, or "".
func (s *Schema) nearest(name string) string {
	best, least := "", 1+max(1, min(3, (len(name)+1)/3))
	if len(name) > 64 {
		return "" // a distance costs time; no argument is that long
	}
	for _, f := range s.fields {
		if d := levenshtein.ComputeDistance(strings.ToLower(name), f.Name); d < least {
			best, least = f.Name, d
		}
	}
	return best
}

// missing returns the problem of a required argument that was not given.
func (f *Field) missing() string {
	switch {
	case f.Enum != nil:
		return "required, one of " + strings.Join(f.Enum, ", ")
	case f.expect != "":
		return "required, " + f.expect
	}
	return "required"
}

// wrong says what was expected and, unless the value is a secret, what was given.
func (f *Field) wrong(wanted string, raw json.RawMessage) string {
	if f.expect != "" {
		wanted = f.expect
	}
	if f.Secret {
		return "expected " + wanted
	}
	return "expected " + wanted + ", got " + show(raw)
}

func (f *Field) notOneOf(raw json.RawMessage) string {
	known := slices.Clone(f.Enum)
	if i := slices.Index(known, ""); i >= 0 {
		known[i] = `""`
	}
	problem := "is not one of " + strings.Join(known, ", ")
	if f.Secret {
		return problem
	}
	if raw[0] == '"' {
		return word(raw) + " " + problem
	}
	return show(raw) + " " + problem
}

// show returns a value for an error text: short, on one line, and with escapes
// for characters that could disguise it.
func show(raw json.RawMessage) string {
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return quote(raw)
	}
	return cut(raw)
}

// word is [quote] for what should have been a known word. A URL in its place is not
// repeated: that of a webhook is a secret.
func word(literal json.RawMessage) string {
	if bytes.Contains(unquote(literal), []byte("://")) {
		return "a URL"
	}
	return quote(literal)
}

// quote returns a JSON string as the client wrote it, with its quotes and escapes.
func quote(literal json.RawMessage) string {
	return `"` + cut(literal[1:len(literal)-1]) + `"`
}

// longestShown is how many characters of a bad value an error repeats.
const longestShown = 60

// cut returns the beginning of a text, with escapes for invisible characters.
func cut(text []byte) string {
	var b strings.Builder
	for n := 0; len(text) > 0; n++ {
		if n == longestShown {
			b.WriteRune('…')
			break
		}
		r, size := utf8.DecodeRune(text)
		if text = text[size:]; isVisible(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

func isVisible(r rune) bool {
	return unicode.IsPrint(r) && !unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
