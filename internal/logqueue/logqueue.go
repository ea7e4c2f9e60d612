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
	drained chan struct{}

	mu      sync.Mutex
	changed *sync.Cond // the queue has lines, or is closed
	lines   []byte
	dropped int
	closed  bool
}

// New returns a queue in front of out. notice returns the line that reports dropped
// lines; it is written as soon as out accepts lines again.
func New(out io.Writer, notice func(dropped int) []byte) *Queue {
	q := &Queue{out: out, notice: notice, drained: make(chan struct{})}
	q.changed = sync.NewCond(&q.mu)
	go q.run()
	return q
}

// Write queues one line, or several. It returns no error.
func (q *Queue) Write(line []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || len(q.lines)+len(line) > limit {
		q.dropped += bytes.Count(line, []byte("\n"))
	} else {
		q.lines = append(q.lines, line...)
		q.changed.Signal()
	}
	return len(line), nil
}

// Close writes the queued lines, for at most a second. Later lines are dropped.
func (q *Queue) Close() {
	q.mu.Lock()
	q.closed = true
	q.changed.Signal()
	q.mu.Unlock()
	select {
	case <-q.drained:
	case <-time.After(closeTimeout):
	}
}

// run writes until the queue is closed and empty. Lines that cannot be written count as
// dropped, and are reported with the next line.
func (q *Queue) run() {
	defer close(q.drained)
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		for len(q.lines) == 0 && !q.closed {
			q.changed.Wait()
		}
		text, dropped := q.lines, q.dropped // the dropped lines came after the others
		if len(text)+dropped == 0 {
			return
		}
		q.lines, q.dropped = nil, 0
		q.mu.Unlock()
		lost := dropped + bytes.Count(text, []byte("\n"))
		if dropped > 0 {
			text = append(text, q.notice(dropped)...)
		}
		_, err := q.out.Write(text)
		q.mu.Lock()
		if err != nil {
			q.dropped += lost
		}
		if err != nil && q.closed {
			return
		}
	}
}
