package main

import (
	"bytes"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

const (
	mostQueued   = 4096        // lines
	closeTimeout = time.Second // of a queue
)

// logQueue is a writer of log lines that never blocks: a client may never read stderr. A
// goroutine writes the queued lines. If the queue is full, lines are dropped and counted.
// It is safe for concurrent use.
type logQueue struct {
	out     io.Writer
	notice  func(dropped int) []byte // the line written when out takes lines again
	mu      sync.Mutex               // of the sending side of lines
	lines   chan []byte
	closed  bool
	dropped atomic.Int64
	drained chan struct{}
}

func newLogQueue(out io.Writer, notice func(dropped int) []byte) *logQueue {
	q := &logQueue{out: out, notice: notice, lines: make(chan []byte, mostQueued), drained: make(chan struct{})}
	go q.run()
	return q
}

// queue is a queue of the log in front of w.
func (f logFlags) queue(w io.Writer) *logQueue {
	return newLogQueue(w, func(dropped int) []byte {
		var line bytes.Buffer
		f.logger(&line, takesColor(w), slog.LevelWarn).Warn("log lines were dropped: stderr took no more", "lines", dropped)
		return line.Bytes()
	})
}

// Write queues one line. It returns no error.
func (q *logQueue) Write(line []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || len(q.lines) == mostQueued {
		q.dropped.Add(1)
	} else {
		q.lines <- bytes.Clone(line)
	}
	return len(line), nil
}

// close writes the queued lines, for at most a second. Later lines are dropped.
func (q *logQueue) close() {
	q.mu.Lock()
	q.closed = true
	close(q.lines)
	q.mu.Unlock()
	select {
	case <-q.drained:
	case <-time.After(closeTimeout):
	}
}

// run writes until the end. Lines that cannot be written count as dropped. The dropped
// ones are reported behind the last line of the queue.
func (q *logQueue) run() {
	defer close(q.drained)
	for open := true; open; {
		var text []byte
		text, open = <-q.lines
		lost := int64(1)
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
