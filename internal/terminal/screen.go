// Package terminal writes for a person who looks at a terminal: lines that fit
// its width, colours where they are wanted, tables, and a sign of life while
// something takes long.
//
// What it is given may come from anybody. [Plain] makes it safe to show: no
// control character, nothing that turns the direction of a line around.
package terminal

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// Usual is the width of the narrowest usual terminal, in columns.
const Usual = 80

// narrowest is a width in which tables still say something.
const narrowest = 40

// Columns is the width of the terminal that w writes to; [Usual] where it is
// none, or does not tell. A narrower one than can be used counts as 40.
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

// The colours that can be read on a dark ground and on a light one.
const (
	Bold Color = "1"
	Dim  Color = "2"
)

// Screen prints lines, and keeps the first error of writing.
type Screen struct {
	Out io.Writer
	// Columns is how wide a line may be.
	Columns int
	// Color says that [Screen.Paint] does something.
	Color bool

	err error
}

// Err is the first error of writing.
func (s *Screen) Err() error { return s.err }

// Paint colours a text, after it was cut and padded: colours have no width.
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

// Beside prints a text beside a head that is printed once, in a column of the
// given width, blank included.
func (s *Screen) Beside(head string, width int, text string) {
	head = s.Paint(Dim, Pad(Cut(head, width-1), width))
	for _, line := range Fold(text, s.Columns-width) {
		s.Line(head, line)
		head = Pad("", width)
	}
}
