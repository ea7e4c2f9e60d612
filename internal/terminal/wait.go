package terminal

import (
	"fmt"
	"io"
	"time"
)

// When something counts as long, and how often the sign of life moves after
// that.
const (
	quiet = time.Second
	frame = 125 * time.Millisecond
)

const frames = "⠋⠙⠹⠸⠼⠴⠦⠧"

// Wait shows that the program waits, from a second on, until stop is called:
// stop returns once the line is gone. The cursor stays at the line's beginning,
// so that what else is written meanwhile writes over it.
func Wait(w io.Writer, what string) (stop func()) {
	ended, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		turn(w, what, ended)
	}()
	return func() {
		close(ended)
		<-gone
	}
}

func turn(w io.Writer, what string, ended <-chan struct{}) {
	begin, shapes := time.Now(), []rune(frames)
	pause := time.NewTimer(quiet)
	defer pause.Stop()
	for i := 0; ; i++ {
		select {
		case <-ended:
			if i > 0 {
				fmt.Fprint(w, "\x1b[K")
			}
			return
		case <-pause.C:
		}
		line := fmt.Sprintf("%c %s, %.0f s", shapes[i%len(shapes)], what, time.Since(begin).Truncate(time.Second).Seconds())
		fmt.Fprint(w, "\x1b[K", Cut(line, Columns(w)-1), "\r")
		pause.Reset(frame)
	}
}
