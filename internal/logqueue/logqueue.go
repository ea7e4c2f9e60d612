// Package logqueue keeps a log whose reader has stopped reading from stopping
// the program.
package logqueue

import (
	"bytes"
	"io"
	"sync"
	"time"
)

// limit bounds the lines that wait, in bytes: some thousand of them.
const limit = 1 << 20

// closeTimeout is how long the lines that wait at the end may take.
const closeTimeout = time.Second

// Queue is a writer that never blocks. A goroutine writes what is queued. A line
// for which there is no room is dropped and counted. It is safe for concurrent
// use.
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

// New makes a queue before out. notice makes the line that tells how many lines
// were dropped; it is written as soon as out takes lines again.
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

// Close writes what is queued, for a second at most. Lines after that are
// dropped.
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

// take empties the queue. What was dropped came after the lines.
func (q *Queue) take() (lines []byte, dropped int, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	lines, dropped, q.lines, q.dropped = q.lines, q.dropped, nil, 0
	return lines, dropped, q.closed
}

// write writes the lines, and how many were dropped after them. Lines that cannot
// be written are counted as dropped, and told with the next line.
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
