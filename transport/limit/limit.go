// Package limit keeps calls under PostHog's limits and an operator's: how many
// are in flight, how many start in a minute and an hour, and how many wait for
// how long. A call that would wait too long is answered at once, with the
// seconds after which it is worth coming back.
package limit

import (
	"cmp"
	"context"
	"errors"
	"math"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"posthog-mcp/tools"
	"posthog-mcp/transport/limit/rate"
	"posthog-mcp/transport/limit/shared"
)

// Options are the limits; 0 is none. Those per key count the calls made with one
// PostHog key. Test deliveries, users, insights and Slack channels count apart
// from the key's other calls, since PostHog throttles them apart. The callers who
// share the server's key are one.
type Options struct {
	// InFlight bounds the calls that this process has at PostHog at a time.
	InFlight int
	// InFlightPerKey bounds those per key.
	InFlightPerKey int
	// PerMinute and PerHour bound how many calls per key start in any minute
	// and any hour. A tenth of them may start at once. Retries of the client are
	// not counted.
	PerMinute, PerHour int

	// Queue bounds the calls that wait in this process, 1,000 when it is zero;
	// QueuePerKey those per key, 100 when it is zero.
	Queue, QueuePerKey int
	// MaxWait is the longest that a call waits for its start; 10 seconds when it
	// is zero. The call's own deadline may be sooner.
	MaxWait time.Duration

	// Redis is where replicas count PerMinute and PerHour together; nil for one
	// process alone. While it is away, each keeps to its share: an equal part of
	// the limits, by the number of Replicas.
	Redis    *shared.Redis
	Replicas int
}

const (
	defaultQueue       = 1000
	defaultQueuePerKey = 100
	// defaultMaxWait and a client's own 30 seconds for the call end before MCP
	// clients give up on a tool, commonly after 60 seconds.
	defaultMaxWait = 10 * time.Second
)

// Limiter is a [tools.Upstream] in front of another. It is safe for concurrent
// use.
type Limiter struct {
	next    tools.Upstream
	options Options
	rate    limiting // nil for no limits
	slots   *semaphore.Weighted

	mu      sync.Mutex
	waiting int
	queues  map[string]*queue // of the keys that have a call
}

// limiting says when a call may start: [rate.Local] or [shared.Rate].
type limiting interface {
	Take(ctx context.Context, key string) (wait, step time.Duration)
	Hold(ctx context.Context, key string, d time.Duration)
}

// New returns a limiter in front of next. With none of the limits set, it only
// passes calls on.
func New(next tools.Upstream, o Options) *Limiter {
	if max(o.InFlight, o.InFlightPerKey, o.PerMinute, o.PerHour) <= 0 {
		return &Limiter{next: next}
	}
	o.Queue, o.QueuePerKey = cmp.Or(o.Queue, defaultQueue), cmp.Or(o.QueuePerKey, defaultQueuePerKey)
	o.MaxWait = cmp.Or(o.MaxWait, defaultMaxWait)
	var windows []rate.Window
	if o.PerMinute > 0 {
		windows = append(windows, rate.Window{Limit: o.PerMinute, Per: time.Minute})
	}
	if o.PerHour > 0 {
		windows = append(windows, rate.Window{Limit: o.PerHour, Per: time.Hour})
	}
	l := &Limiter{next: next, options: o, slots: slots(o.InFlight), queues: map[string]*queue{}}
	if o.Redis != nil {
		l.rate = o.Redis.Rate(o.Replicas, windows...)
	} else {
		l.rate = rate.NewLocal(windows...)
	}
	return l
}

func slots(n int) *semaphore.Weighted {
	if n <= 0 {
		return semaphore.NewWeighted(math.MaxInt64)
	}
	return semaphore.NewWeighted(int64(n))
}

// Do passes the call on once the limits allow it. A call that cannot start
// before its deadline, or within the longest wait, is a [*tools.Failure] of the
// kind [tools.Limited] at once, and so is one for which there is no place to
// wait; one that ctx ends while it waits is Cancelled. Nothing was sent then.
//
// After an answer 429 with a Retry-After, no call of the same key starts for so
// long.
func (l *Limiter) Do(ctx context.Context, r *tools.Request) (*tools.Response, error) {
	if l.rate == nil {
		return l.next.Do(ctx, r)
	}
	key := keyOf(ctx, r)
	q := l.open(key)
	defer l.close(key, q)
	if failure := l.start(ctx, key, q); failure != nil {
		return nil, failure
	}
	defer l.release(q)
	response, err := l.next.Do(ctx, r)
	if err == nil && response.Status == http.StatusTooManyRequests && response.RetryAfter > 0 {
		l.rate.Hold(ctx, key, response.RetryAfter)
	}
	return response, err
}

// start returns when the call may start, with its slots.
func (l *Limiter) start(ctx context.Context, key string, q *queue) *tools.Failure {
	if l.atOnce(ctx, key, q) {
		return nil
	}
	until := time.Now().Add(l.options.MaxWait)
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(until) {
		until = deadline
	}
	if failure := l.join(q, until); failure != nil {
		return failure
	}
	defer l.leave(q)
	waiting, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	if q.first.Acquire(waiting, 1) == nil {
		defer q.first.Release(1)
		if l.await(ctx, waiting, key, q) {
			return nil
		}
	}
	return l.unstarted(ctx, q)
}

// atOnce starts the call if no other of its key waits and nothing holds it back.
func (l *Limiter) atOnce(ctx context.Context, key string, q *queue) bool {
	if l.mustWait(q) || !q.slots.TryAcquire(1) {
		return false
	}
	if !l.slots.TryAcquire(1) {
		q.slots.Release(1)
		return false
	}
	return l.take(ctx, key, q)
}

// await starts the first call of a queue, unless waiting ends before. It holds no
// slot while it waits for the rate. The rate is asked once there is a slot: asked
// the other way round, calls that were allowed over some minutes could start in the
// same one.
func (l *Limiter) await(ctx, waiting context.Context, key string, q *queue) bool {
	until, _ := waiting.Deadline()
	for {
		opens := l.opens(q)
		if opens.After(until) || !sleep(waiting, time.Until(opens)) || q.slots.Acquire(waiting, 1) != nil {
			return false
		}
		if l.slots.Acquire(waiting, 1) != nil {
			q.slots.Release(1)
			return false
		}
		if l.take(ctx, key, q) {
			return true
		}
	}
}

// take asks the rate for a call that has its slots, and gives them back if it
// may not start.
func (l *Limiter) take(ctx context.Context, key string, q *queue) bool {
	wait, step := l.rate.Take(ctx, key)
	l.plan(q, wait, step)
	if wait > 0 {
		l.release(q)
	}
	return wait <= 0
}

func (l *Limiter) release(q *queue) {
	l.slots.Release(1)
	q.slots.Release(1)
}

// sleep reports whether ctx outlasted d.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// unstarted is the failure of a call that waited and did not start.
func (l *Limiter) unstarted(ctx context.Context, q *queue) *tools.Failure {
	if errors.Is(ctx.Err(), context.Canceled) {
		return &tools.Failure{Kind: tools.Cancelled, Err: ctx.Err()}
	}
	return limited(l.opens(q))
}

// limited refuses a call that could not start before then, as far as is known.
func limited(earliest time.Time) *tools.Failure {
	return &tools.Failure{Kind: tools.Limited, RetryAfter: max(time.Until(earliest), 0)}
}
