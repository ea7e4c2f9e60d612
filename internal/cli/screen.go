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
	"strings"
	"time"

	"golang.org/x/term"
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
	Out io.Writer
	// Columns is how wide a line may be.
	Columns int
	// Color switches [Screen.Paint] on.
	Color bool

	err error
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
