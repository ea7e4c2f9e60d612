package stdio

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

var errTooLong = errors.New("line too long")

// readLine reads up to and including a line break. The last line may lack it:
// it comes with io.EOF. A line that is too long is skipped to its end.
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
		case tooLong && err == nil:
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
	failure error
}

func (w *lineWriter) write(message any) {
	data, err := json.Marshal(message)
	if err != nil {
		// Nothing that the server answers with fails to marshal; if it did, no
		// answer would leave the client waiting for ever.
		data = fmt.Appendf(nil, `{"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"an answer could not be encoded"}}`)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failure != nil {
		return
	}
	if _, err := w.out.Write(append(data, '\n')); err != nil {
		w.failure = fmt.Errorf("write stdout: %w", err)
		w.broken()
	}
}

// err is why the client could not be written to, if so.
func (w *lineWriter) err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failure
}
