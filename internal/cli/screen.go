// Package cli is what a person reads in a terminal: tables, the results of
// calls, the pages of the tools, and the completion of command lines.
//
// Its texts may come from anybody. [Plain] makes one safe to show: no control
// character, and nothing that turns the direction of a line around.
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

// narrowest is a width in which tables can still be read.
const narrowest = 40

// Columns is the width of the terminal that w writes to, at least 40. It is
// [Usual] where w is no terminal, or does not tell its width.
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
	s.hang(s.Paint(Dim, Pad(Cut(head, width-1), width)), width, Fold(text, s.Columns-width))
}

// hang prints lines behind a head that takes the given width.
func (s *Screen) hang(head string, width int, lines []string) {
	for _, line := range lines {
		s.Line(head, line)
		head = Pad("", width)
	}
}

// A wait counts as long from its eighth frame on, which is after a second.
const (
	frame  = time.Second / 8
	frames = 8
	shapes = "⠋⠙⠹⠸⠼⠴⠦⠧"
)

// Wait shows that the program waits, from a second on, until stop is called:
// stop returns once the line is gone. The cursor stays at the line's beginning,
// so that other output overwrites the line.
func Wait(w io.Writer, what string) (stop func()) {
	ended, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		tick, shapes := time.NewTicker(frame), []rune(shapes)
		defer tick.Stop()
		for n := 1; ; n++ {
			select {
			case <-ended:
				if n > frames {
					fmt.Fprint(w, "\x1b[K")
				}
				return
			case <-tick.C:
			}
			if n >= frames {
				line := fmt.Sprintf("%c %s, %d s", shapes[n%frames], what, n/frames)
				fmt.Fprint(w, "\x1b[K", Cut(line, Columns(w)-1), "\r")
			}
		}
	}()
	return func() {
		close(ended)
		<-gone
	}
}
