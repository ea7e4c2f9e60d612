// Package logqueue is a queue in front of a log, so that a log whose reader has
// stopped does not block the program.
package logqueue

import (
	"bytes"
	"io"
	"sync"
	"time"
)

// limit is the most bytes in the queue: some thousand lines.
const limit = 1 << 20

// closeTimeout is how long Close waits for the queued lines.
const closeTimeout = time.Second

// Queue is a writer that never blocks. A goroutine writes the queued lines. If the
// queue is full, lines are dropped and counted. It is safe for concurrent use.
type Queue struct {
	out     io.Writer
	notice  func(dropped int) []byte
	wake    chan struct{} // has room for one
	drained chan struct{}

	mu      sync.Mutex
	lines   []byte
	dropped int
	closed  bool
}

// New returns a queue in front of out. notice returns the line that reports dropped
// lines; it is written as soon as out accepts lines again.
func New(out io.Writer, notice func(dropped int) []byte) *Queue {
	q := &Queue{out: out, notice: notice, wake: make(chan struct{}, 1), drained: make(chan struct{})}
	go q.run()
	return q
}

// Write queues one line, or several. It returns no error.
func (q *Queue) Write(line []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || len(q.lines)+len(line) > limit {
		q.dropped += bytes.Count(line, []byte("\n"))
		return len(line), nil
	}
	q.lines = append(q.lines, line...)
	q.signal()
	return len(line), nil
}

// Close writes the queued lines, for at most a second. Later lines are dropped.
func (q *Queue) Close() {
	q.mu.Lock()
	q.closed = true
	q.signal()
	q.mu.Unlock()
	select {
	case <-q.drained:
	case <-time.After(closeTimeout):
	}
}

func (q *Queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// run writes until the queue is closed and empty.
func (q *Queue) run() {
	defer close(q.drained)
	for range q.wake {
		for {
			lines, dropped, closed := q.take()
			if len(lines)+dropped > 0 && q.write(lines, dropped) {
				continue
			}
			if closed {
				return
			}
			break
		}
	}
}

// take empties the queue. The dropped lines came after the returned ones.
func (q *Queue) take() (lines []byte, dropped int, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	lines, dropped, q.lines, q.dropped = q.lines, q.dropped, nil, 0
	return lines, dropped, q.closed
}

// write writes the lines and the notice of dropped ones. Lines that cannot be
// written count as dropped, and are reported with the next line.
func (q *Queue) write(lines []byte, dropped int) bool {
	text := lines
	if dropped > 0 {
		text = append(text, q.notice(dropped)...)
	}
	if _, err := q.out.Write(text); err != nil {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.dropped += dropped + bytes.Count(lines, []byte("\n"))
		return false
	}
	return true
}
