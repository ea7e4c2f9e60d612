package doctor

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// A color is an SGR parameter of ECMA-48, which terminals understand.
type color string

const (
	bold   color = "1"
	dim    color = "2"
	red    color = "31"
	green  color = "32"
	yellow color = "33"
)

// The columns of the narrowest usual terminal.
const (
	screenWidth = 80
	stateWidth  = 9 // as wide as "warning", and a gap
	checkWidth  = 9
	margin      = stateWidth + checkWidth
	toolWidth   = 46 // as wide as the longest tool, and a gap
)

var stateColors = map[State]color{OK: green, Warning: yellow, Failed: red, Skipped: dim}

// screen prints for a person, and keeps the first error of writing.
type screen struct {
	out   io.Writer
	color bool
	err   error
}

// Print writes the report for a person, on lines of 80 columns.
func (r *Report) Print(w io.Writer, colored bool) error {
	s := &screen{out: w, color: colored}
	for _, f := range together(r.Checks) {
		s.finding(f)
	}
	s.tools(r.Tools)
	s.line("")
	s.line(s.paint(bold, r.verdict()))
	return s.err
}

// together has the checks that were skipped one after the other for the same
// reason on one line.
func together(checks []Finding) (lines []Finding) {
	for len(checks) > 0 {
		first, names := checks[0], []string{checks[0].Check}
		checks = checks[1:]
		for first.State == Skipped && len(checks) > 0 && checks[0].State == Skipped && checks[0].Detail == first.Detail {
			names, checks = append(names, checks[0].Check), checks[1:]
		}
		if len(names) > 1 {
			first.Check, first.Detail = "", and(names)+", "+first.Detail
		}
		lines = append(lines, first)
	}
	return lines
}

func (r *Report) verdict() string {
	warnings := ""
	if n := r.count(Warning); n > 0 {
		warnings = ", with " + plural(n, "warning", "warnings")
	}
	if r.OK {
		return "Everything needed works" + warnings + "."
	}
	return plural(r.count(Failed), "check", "checks") + " failed" + warnings + "."
}

func (s *screen) finding(f Finding) {
	head := s.paint(stateColors[f.State], pad(string(f.State), stateWidth)) + s.paint(bold, pad(f.Check, checkWidth))
	for i, text := range fold(f.Detail, screenWidth-margin) {
		if i > 0 {
			head = pad("", margin)
		}
		s.line(head + text)
	}
	mark := "→ "
	if f.Next == "" {
		return
	}
	for _, text := range fold(f.Next, screenWidth-margin-len("→ ")) {
		s.line(pad("", margin) + s.paint(dim, mark+text))
		mark = "  "
	}
}

// groups are the tools' states as people read them, the good ones first.
var groups = []struct {
	state ToolState
	title string
	color color
}{
	{Works, "work", green},
	{MissingScope, "lack a scope of the key", yellow},
	{PlanLacks, "need another plan", yellow},
	{NoProject, "need a project that the key can reach", yellow},
	{Refused, "are refused their data", yellow},
	{Unknown, "may work; PostHog does not tell", yellow},
	{BrowserSession, "need a browser session; no key will do", dim},
	{SwitchedOff, "are switched off by this server's rules", dim},
}

func (s *screen) tools(tools []Tool) {
	for _, g := range groups {
		var rows []string
		for _, t := range tools {
			if t.State == g.state {
				rows = append(rows, strings.TrimRight("  "+pad(t.Name, toolWidth)+t.Scope, " "))
			}
		}
		if len(rows) == 0 {
			continue
		}
		s.line("")
		s.line(s.paint(g.color, "Tools that "+g.title+":"))
		for _, row := range rows {
			s.line(row)
		}
	}
}

func (s *screen) line(text string) {
	if _, err := fmt.Fprintln(s.out, text); err != nil && s.err == nil {
		s.err = fmt.Errorf("print: %w", err)
	}
}

func (s *screen) paint(c color, text string) string {
	if !s.color || text == "" {
		return text
	}
	return "\x1b[" + string(c) + "m" + text + "\x1b[0m"
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(width-utf8.RuneCountInString(text), 0))
}

// fold breaks a text at its blanks into lines of at most width runes; a longer
// word, as an address to be copied, stays whole.
func fold(text string, width int) []string {
	lines, last := []string{""}, 0
	for word := range strings.FieldsSeq(text) {
		switch {
		case lines[last] == "":
			lines[last] = word
		case utf8.RuneCountInString(lines[last])+1+utf8.RuneCountInString(word) <= width:
			lines[last] += " " + word
		default:
			lines, last = append(lines, word), last+1
		}
	}
	return lines
}
