package limit

import (
	"time"

	"golang.org/x/sync/semaphore"

	"posthog-mcp/tools"
)

// queue is what is known of a key while it has a call: calls wait in the order
// they came. Only the first one waits for the slots that all keys share, so keys
// take turns: one with many calls does not put off the others.
type queue struct {
	slots *semaphore.Weighted
	first *semaphore.Weighted // held by the first of those who wait

	// The mutex of the [Limiter] guards the rest.
	calls   int // that wait or are in flight
	waiting int
	// opens is when the first may start at the earliest, as far as the rate is
	// known; each further one starts a step later.
	opens time.Time
	step  time.Duration
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

// join takes a place in the queue, unless there is none, or it is known that the
// call would wait too long.
func (l *Limiter) join(q *queue, until time.Time) *tools.Failure {
	l.mu.Lock()
	defer l.mu.Unlock()
	earliest := q.opens.Add(time.Duration(q.waiting) * q.step)
	full := l.waiting >= l.options.Queue || q.waiting >= l.options.QueuePerKey
	if full || earliest.After(until) {
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

// mustWait reports whether a new call of the key has others before it, or is known
// to be too early.
func (l *Limiter) mustWait(q *queue) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return q.waiting > 0 || q.opens.After(time.Now())
}

func (l *Limiter) opens(q *queue) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return q.opens
}

// plan notes what the rate said: a call started, or none may within the wait.
func (l *Limiter) plan(q *queue, wait, step time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if wait > 0 {
		q.opens, q.step = time.Now().Add(wait), step
		return
	}
	q.opens = q.opens.Add(q.step)
}
