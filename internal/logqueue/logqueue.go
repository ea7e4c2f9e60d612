// Package logqueue is a queue in front of a log, so that a log whose reader has
// stopped does not block the program.
package logqueue

import (
	"bytes"
	"io"
	"sync/atomic"
	"time"
)

// limit is the most lines in the queue.
const limit = 4096

// closeTimeout is how long Close waits for the queued lines.
const closeTimeout = time.Second

// Queue is a writer that never blocks. A goroutine writes the queued lines. If the
// queue is full, lines are dropped and counted. It is safe for concurrent use.
type Queue struct {
	out     io.Writer
	notice  func(dropped int) []byte
	lines   chan []byte // nil is the end
	dropped atomic.Int64
	closed  atomic.Bool
	drained chan struct{}
}

// New returns a queue in front of out. notice returns the line that reports dropped
// lines; it is written as soon as out accepts lines again.
func New(out io.Writer, notice func(dropped int) []byte) *Queue {
	q := &Queue{out: out, notice: notice, lines: make(chan []byte, limit), drained: make(chan struct{})}
	go q.run()
	return q
}

// Write queues one line. It returns no error.
func (q *Queue) Write(line []byte) (int, error) {
	if !q.closed.Load() {
		select {
		case q.lines <- bytes.Clone(line):
			return len(line), nil
		default:
		}
	}
	q.dropped.Add(1)
	return len(line), nil
}

// Close writes the queued lines, for at most a second. Later lines are dropped.
func (q *Queue) Close() {
	q.closed.Store(true)
	timeout := time.After(closeTimeout)
	select {
	case q.lines <- nil:
	case <-timeout:
		return
	}
	select {
	case <-q.drained:
	case <-timeout:
	}
}

// run writes until the end. Lines that cannot be written count as dropped. The dropped
// ones are reported behind the last line of the queue.
func (q *Queue) run() {
	defer close(q.drained)
	for open := true; open; {
		text, lost := <-q.lines, int64(1)
		open = text != nil
		if dropped := q.dropped.Load(); dropped > 0 && len(q.lines) == 0 {
			text, lost = append(text, q.notice(int(dropped))...), dropped+1
			q.dropped.Add(-dropped)
		}
		if text == nil {
			return
		}
		if _, err := q.out.Write(text); err != nil {
			q.dropped.Add(lost)
		}
	}
}
