package stdio

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
)

var errTooLong = errors.New("line too long")

// readLine reads up to and including a line break. The last line may lack it:
// it comes with io.EOF. A line that is too long is skipped to its end, and the
// error is errTooLong then, for the last line too.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	tooLong := false
	for {
		part, err := r.ReadSlice('\n')
		if tooLong = tooLong || len(line)+len(part) > longestLine; tooLong {
			line = nil
		} else {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case tooLong && (err == nil || errors.Is(err, io.EOF)):
			return nil, errTooLong
		}
		return line, err
	}
}

// lineWriter writes messages, each whole and on a line of its own.
type lineWriter struct {
	mu  sync.Mutex
	out io.Writer
	// working ends with the first write that fails, and has its error as the cause.
	working context.Context
	fail    context.CancelCauseFunc
	// notifications are written before the next message: an answer must not
	// overtake those of its call.
	notifications <-chan mcp.JSONRPCNotification
}

// write writes the notifications that wait, and then the message.
func (w *lineWriter) write(message []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.notifications) > 0 {
		if data, err := json.Marshal(<-w.notifications); err == nil { // nobody waits for one that is no JSON
			w.line(data)
		}
	}
	w.line(message)
}

// line writes a line. After a failure it does nothing.
func (w *lineWriter) line(text []byte) {
	if w.working.Err() != nil {
		return
	}
	if _, err := w.out.Write(append(text, '\n')); err != nil {
		w.fail(fmt.Errorf("write stdout: %w", err))
	}
}
