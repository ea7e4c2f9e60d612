package schema

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// Problem is one thing that is wrong with the arguments of a call.
type Problem struct {
	// Field is the argument's name; empty when it is about the whole call.
	Field string
	// Text says what is wrong and, where that is not plain, what would be right.
	Text string
}

// String is the problem as a line.
func (p Problem) String() string {
	if p.Field == "" {
		return p.Text
	}
	return p.Field + ": " + p.Text
}

// Problems is everything that is wrong with a call, as an error of one line
// per problem.
type Problems []Problem

// mostProblems keeps the error of a hostile call as short as an honest one's.
const mostProblems = 20

// Error lists the problems, a line each.
func (ps Problems) Error() string {
	lines := make([]string, 0, len(ps))
	for i, p := range ps {
		if i == mostProblems {
			lines = append(lines, fmt.Sprintf("and %d more", len(ps)-i))
			break
		}
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}

func (ps Problems) sorted() Problems {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(a.Text, b.Text))
	})
	return ps
}

// unknown names the argument that the caller may have meant.
func (s *Schema) unknown(name string) Problem {
	text := fmt.Sprintf("unknown argument %s", quote(name))
	if len(s.fields) == 0 {
		return Problem{Text: text + "; this tool takes no arguments"}
	}
	if near := s.nearest(name); near != "" {
		return Problem{Text: fmt.Sprintf("%s; did you mean %q?", text, near)}
	}
	names := make([]string, len(s.fields))
	for i, f := range s.fields {
		names[i] = f.Name
	}
	return Problem{Text: text + "; known: " + strings.Join(names, ", ")}
}

// nearest is the known name that differs by a few typing errors, if any.
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

// missing is what is said of a required argument that was not given.
func (f *Field) missing() string {
	switch {
	case f.Enum != nil:
		return "required, one of " + strings.Join(f.Enum, ", ")
	case f.expect != "":
		return "required, " + f.expect
	}
	return "required"
}

// wrong says what was expected and, unless it is a secret, what was given.
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
	known := make([]string, len(f.Enum))
	for i, v := range f.Enum {
		known[i] = v
		if v == "" {
			known[i] = `""`
		}
	}
	return show(raw) + " is not one of " + strings.Join(known, ", ")
}

// show is a value as it may stand in an error: short, on one line, quoted if it
// is text, and without the characters that could disguise it.
func show(raw json.RawMessage) string {
	switch raw = bytes.TrimSpace(raw); {
	case len(raw) == 0:
		return "nothing"
	case raw[0] == '{':
		return "an object"
	case raw[0] == '[':
		return "an array"
	}
	var s string
	if json.Unmarshal(raw, &s) == nil && raw[0] == '"' {
		return quote(s)
	}
	return cut(string(raw))
}

func quote(s string) string {
	clean := strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, cut(s))
	return `"` + strings.ReplaceAll(clean, `"`, `'`) + `"`
}

// longestShown is how many characters of a bad value are worth repeating.
const longestShown = 60

func cut(s string) string {
	if utf8.RuneCountInString(s) <= longestShown {
		return s
	}
	return string([]rune(s)[:longestShown]) + "…"
}
