// Package cli prints for a person at a terminal: tables, the results of calls, the
// pages of the tools. It also completes command lines.
//
// A text may come from anybody. [Plain] makes it safe to print: without control
// characters, and without signs that reverse the direction of a line.
package cli

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"
	"unicode"

	"golang.org/x/term"
	"golang.org/x/text/width"
)

// Usual is the width of the narrowest usual terminal, in columns.
const Usual = 80

// narrowest is the width at which tables can still be read.
const narrowest = 40

// Columns is the width of the terminal behind w, at least 40, or [Usual] if w is no
// terminal or its width is unknown.
func Columns(w io.Writer) int {
	if file, ok := w.(*os.File); ok {
		if columns, _, err := term.GetSize(int(file.Fd())); err == nil && columns > 0 {
			return max(columns, narrowest)
		}
	}
	return Usual
}

// A Color is an SGR parameter of ECMA-48, which terminals understand.
type Color string

// These colours can be read on a dark background and on a light one.
const (
	Bold   Color = "1"
	Dim    Color = "2"
	Red    Color = "31"
	Green  Color = "32"
	Yellow Color = "33"
	Cyan   Color = "36"
)

// Screen prints lines, and keeps the first error of writing.
type Screen struct {
	Out     io.Writer
	Columns int  // how wide a line may be
	Color   bool // switches [Screen.Paint] on
	err     error
}

// Err is the first error of writing.
func (s *Screen) Err() error { return s.err }

// Paint colours a text. Cut and pad it before: a colour has no width.
func (s *Screen) Paint(c Color, text string) string {
	if !s.Color || c == "" || strings.TrimSpace(text) == "" {
		return text
	}
	return "\x1b[" + string(c) + "m" + text + "\x1b[0m"
}

// Line prints the parts as one line.
func (s *Screen) Line(parts ...string) {
	if _, err := fmt.Fprintln(s.Out, strings.TrimRight(strings.Join(parts, ""), " ")); err != nil && s.err == nil {
		s.err = fmt.Errorf("print: %w", err)
	}
}

// Text prints sentences over as many lines as they need, indented.
func (s *Screen) Text(indent int, c Color, text string) {
	for _, line := range Fold(text, s.Columns-indent) {
		s.Line(Pad("", indent), s.Paint(c, line))
	}
}

// Beside prints a text in several lines beside a head, in a column of the given width.
func (s *Screen) Beside(head string, width int, text string) {
	s.Hang(s.Paint(Dim, Pad(Cut(head, width-1), width)), width, text)
}

// Hang prints a text in several lines behind a head that takes the given width.
func (s *Screen) Hang(head string, width int, text string) {
	for _, line := range Fold(text, s.Columns-width) {
		s.Line(head, line)
		head = Pad("", width)
	}
}

// Wait says, after a second, that the program waits, until stop is called. After stop
// the line is empty. The cursor stays at the beginning of the line, so that other output
// overwrites it.
func Wait(w io.Writer, what string) (stop func()) {
	said := make(chan struct{})
	timer := time.AfterFunc(time.Second, func() {
		fmt.Fprint(w, what+"…\r")
		close(said)
	})
	return func() {
		if !timer.Stop() {
			<-said
			fmt.Fprint(w, "\x1b[K")
		}
	}
}

// mostMarks is the most marks on one letter: no language uses more. More marks reach
// into the lines above and below.
const mostMarks = 3

// Plain is a text on one line, with a dot in the place of each control character.
// Characters that join two signs into one are left out, since terminals disagree about
// the width of the result.
func Plain(text string) string {
	marks := 0
	return strings.Map(func(r rune) rune {
		marks++
		if !isMark(r) {
			marks = 0
		}
		switch {
		case marks > mostMarks, r == '\u200d', r == '\ufe0e', r == '\ufe0f': // joiner, variation selectors
			return -1
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return '·'
		}
		return r
	}, text)
}

func isMark(r rune) bool { return unicode.In(r, unicode.Mn, unicode.Me) }

// Width is the number of columns that a plain text takes.
func Width(text string) (columns int) {
	for _, r := range text {
		columns += runeWidth(r)
	}
	return columns
}

func runeWidth(r rune) int {
	switch kind := width.LookupRune(r).Kind(); {
	case isMark(r), 0x1160 <= r && r <= 0x11ff: // Hangul that joins the letter before
		return 0
	case kind == width.EastAsianWide, kind == width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// Cut shortens a plain text to a width, with … at the end.
func Cut(text string, columns int) string {
	if Width(text) <= columns {
		return text
	}
	used := 1 // the …
	for i, r := range text {
		if used += runeWidth(r); used > columns {
			return strings.TrimRight(text[:i], " ") + "…"
		}
	}
	return text
}

// Pad fills a plain text up to a width.
func Pad(text string, columns int) string {
	return text + strings.Repeat(" ", max(columns-Width(text), 0))
}

// word matches what [Fold] keeps together.
var word = regexp.MustCompile(`[^ ,]*(?:, *| +|$)`)

// Fold breaks a text into plain lines of at most that width: at its own line breaks, at
// blanks and after commas. A longer word, such as an address, stays whole, so that it
// can be copied.
func Fold(text string, columns int) (lines []string) {
	for paragraph := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		line := ""
		for _, next := range word.FindAllString(Plain(paragraph), -1) {
			if line != "" && Width(line)+Width(strings.TrimRight(next, " ")) > columns {
				lines, line = append(lines, strings.TrimRight(line, " ")), ""
			}
			line += next
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}
