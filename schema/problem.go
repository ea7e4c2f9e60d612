package schema

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/agnivade/levenshtein"
	"github.com/tidwall/gjson"
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

// Error lists the problems, one per line. Those of one argument are of a kind, and so are
// those of the whole call.
func (ps Problems) Error() string {
	lines := make([]string, 0, min(len(ps), mostProblems+1))
	alike := 0
	for i, p := range ps {
		if len(lines) == mostProblems {
			lines = append(lines, fmt.Sprintf("and %d more", len(ps)-i))
			break
		}
		if i > 0 && p.Field != ps[i-1].Field {
			alike = 0
		}
		if alike++; alike <= mostOfAKind {
			lines = append(lines, p.String())
		} else if i == len(ps)-1 || p.Field != ps[i+1].Field {
			lines = append(lines, Problem{p.Field, fmt.Sprintf("and %d more", alike-mostOfAKind)}.String())
		}
	}
	return strings.Join(lines, "\n")
}

// unknowns returns a problem for each unknown argument. Those that are shown get
// a suggestion.
func (s *Schema) unknowns(members []member) (found Problems) {
	slices.SortFunc(members, func(a, b member) int { return cmp.Compare(a.name.Raw, b.name.Raw) })
	for i, m := range members {
		text := "unknown argument " + word(m.name)
		if i < mostOfAKind {
			text += s.suggestion(m.name.Str)
		}
		found = append(found, Problem{Text: text})
	}
	return found
}

// suggestion names the argument that differs by a few typing errors, or else all.
func (s *Schema) suggestion(name string) string {
	if len(s.fields) == 0 {
		return "; this tool takes no arguments"
	}
	distance := func(f *Field) int { return levenshtein.ComputeDistance(strings.ToLower(name), f.Name) }
	if len(name) <= 64 { // no argument is longer, and a distance costs time
		near := slices.MinFunc(s.fields, func(a, b *Field) int { return distance(a) - distance(b) })
		if distance(near) <= max(1, min(3, (len(name)+1)/3)) {
			return fmt.Sprintf("; did you mean %q?", near.Name)
		}
	}
	names := make([]string, len(s.fields))
	for i, f := range s.fields {
		names[i] = f.Name
	}
	return "; known: " + strings.Join(names, ", ")
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
func (f *Field) wrong(wanted string, v gjson.Result) string {
	problem := "expected " + cmp.Or(f.expect, wanted)
	if f.Secret {
		return problem
	}
	return problem + ", got " + show(v)
}

func (f *Field) notOneOf(v gjson.Result) string {
	problem := "is not one of " + strings.Join(f.Choices(), ", ")
	if f.Secret {
		return problem
	}
	return word(v) + " " + problem
}

// Choices returns Enum for people, with the empty string in quotes.
func (f *Field) Choices() []string {
	shown := slices.Clone(f.Enum)
	if i := slices.Index(shown, ""); i >= 0 {
		shown[i] = `""`
	}
	return shown
}

// word is [show] for what should have been a known word. A URL in its place is not
// repeated: that of a webhook is a secret.
func word(v gjson.Result) string {
	if strings.Contains(v.Str, "://") {
		return "a URL"
	}
	return show(v)
}

// longestShown is how many characters of a bad value an error repeats.
const longestShown = 60

// show returns a value for an error text: short, on one line, as the client wrote it,
// and with escapes for characters that could disguise it.
func show(v gjson.Result) string {
	switch {
	case v.IsObject():
		return "an object"
	case v.IsArray():
		return "an array"
	case v.Type == gjson.String:
		return `"` + cut(v.Raw[1:len(v.Raw)-1]) + `"`
	}
	return cut(v.Raw)
}

// cut returns the beginning of a text, with escapes for invisible characters.
func cut(text string) string {
	var b strings.Builder
	n := 0
	for _, r := range text {
		if n++; n > longestShown {
			return b.String() + "…"
		}
		if isVisible(r) {
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

// Accepts says in one line, for people, which values the field takes: "integer, at least
// 1, default 25".
func (f *Field) Accepts() string {
	count := func(n *uint64) string {
		if n == nil {
			return ""
		}
		return strconv.FormatUint(*n, 10)
	}
	choices := strings.Join(f.Choices(), " | ")
	kind := cmp.Or(choices, f.rules.Format, f.Type)
	if f.Type == "array" {
		kind = "array of " + cmp.Or(choices, f.rules.Items.Type+"s")
	}
	characters := span(count(f.rules.MinLength), count(f.rules.MaxLength), " characters")
	if characters == "at least 1 characters" {
		characters = "not empty"
	}
	words := []string{kind, span(string(f.rules.Minimum), string(f.rules.Maximum), ""), characters}
	if f.Default != nil {
		words = append(words, "default "+string(f.Default))
	}
	if f.Nullable {
		words = append(words, "or null")
	}
	return strings.Join(slices.DeleteFunc(words, func(text string) bool { return text == "" }), ", ")
}

// span returns a range in words. It leaves out the limit of 31 bits, that of PostHog's
// columns, which nobody reaches.
func span(least, most, of string) string {
	bounded := most != "" && most != strconv.Itoa(math.MaxInt32)
	switch {
	case least != "" && bounded:
		return least + " to " + most + of
	case least != "":
		return "at least " + least + of
	case bounded:
		return "at most " + most + of
	}
	return ""
}
