package limit

import (
	"time"

	"golang.org/x/sync/semaphore"

	"posthog-mcp/tools"
)

// queue is the state of a key that has a call. Its calls wait in the order they came.
// Only the first waits for the slots that all keys share, so a key with many calls
// does not delay the others.
type queue struct {
	slots *semaphore.Weighted
	first *semaphore.Weighted // held by the first call that waits

	// The mutex of the [Limiter] guards the rest.
	calls   int // that wait or are in flight
	waiting int
	// earliest is when the first may start, as far as the rate has said; each further
	// one starts a step later.
	earliest time.Time
	step     time.Duration
}

func (l *Limiter) open(key string) *queue {
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.queues[key]
	if q == nil {
		q = &queue{slots: slots(l.options.InFlightPerKey), first: semaphore.NewWeighted(1)}
		l.queues[key] = q
	}
	q.calls++
	return q
}

func (l *Limiter) close(key string, q *queue) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if q.calls--; q.calls == 0 {
		delete(l.queues, key)
	}
}

// join adds a call to the queue, unless the queue is full or the call would wait too
// long.
func (l *Limiter) join(q *queue, until time.Time) *tools.Failure {
	l.mu.Lock()
	defer l.mu.Unlock()
	earliest := q.earliest.Add(time.Duration(q.waiting) * q.step)
	if l.waiting >= l.options.Queue || q.waiting >= l.options.QueuePerKey || earliest.After(until) {
		return limited(earliest)
	}
	l.waiting++
	q.waiting++
	return nil
}

func (l *Limiter) leave(q *queue) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting--
	q.waiting--
}

// isFree reports whether no call waits, and a new one is not known to be too early.
func (l *Limiter) isFree(q *queue) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return q.waiting == 0 && !q.earliest.After(time.Now())
}

func (l *Limiter) opens(q *queue) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return q.earliest
}

// plan stores the rate's answer: a call starts, or none may before wait has passed.
func (l *Limiter) plan(q *queue, wait, step time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if wait > 0 {
		q.earliest, q.step = time.Now().Add(wait), step
		return
	}
	q.earliest = q.earliest.Add(q.step)
}
