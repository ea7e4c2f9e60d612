package stdio

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
)

var errTooLong = errors.New("line too long")

// readLine reads up to and including a line break. The last line may lack it:
// it comes with io.EOF. A line that is too long is skipped to its end, and is
// errTooLong then, the last one too.
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
	mu      sync.Mutex
	out     io.Writer
	broken  func() // called once the client no longer reads
	failure atomic.Pointer[error]
}

// write puts a line break after the message. Once a write failed, the rest is
// dropped.
func (w *lineWriter) write(message []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failure.Load() != nil {
		return
	}
	if _, err := w.out.Write(append(message, '\n')); err != nil {
		err = fmt.Errorf("write stdout: %w", err)
		w.failure.Store(&err)
		w.broken()
	}
}

// err is why the client could not be written to, if so. It does not wait for
// a write that hangs.
func (w *lineWriter) err() error {
	if err := w.failure.Load(); err != nil {
		return *err
	}
	return nil
}
