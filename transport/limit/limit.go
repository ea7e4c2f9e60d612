// Package limit keeps calls within PostHog's limits and the operator's: how many are
// in flight, how many start in a minute and an hour, and how many wait for how long.
// A call that would wait too long fails at once, and says when to call again.
package limit

import (
	"cmp"
	"context"
	"errors"
	"math"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"posthog-mcp/tools"
	"posthog-mcp/transport/limit/rate"
	"posthog-mcp/transport/limit/shared"
)

// Options are the limits; 0 sets none. The limits per key count the calls with one
// PostHog key: see [keyOf].
type Options struct {
	// InFlight bounds the calls of this process at PostHog, InFlightPerKey those per
	// key.
	InFlight, InFlightPerKey int
	// PerMinute and PerHour bound how many calls per key start in any minute and any
	// hour. A tenth of them may start at once. The client's retries are not counted.
	PerMinute, PerHour int

	// Queue bounds the calls that wait in this process, 1,000 if it is zero;
	// QueuePerKey those per key, 100 if it is zero.
	Queue, QueuePerKey int
	// MaxWait is the longest that a call waits for its start; 10 seconds if it is
	// zero. The call's own deadline may be sooner.
	MaxWait time.Duration

	// Redis is where replicas count PerMinute and PerHour together; nil for one
	// process. While it is away, each of the Replicas keeps to an equal share.
	Redis    *shared.Redis
	Replicas int
}

const (
	defaultQueue       = 1000
	defaultQueuePerKey = 100
	// defaultMaxWait and the client's 30 seconds for the call end before MCP clients
	// give up on a tool, commonly after 60 seconds.
	defaultMaxWait = 10 * time.Second
)

// Limiter is a [tools.Upstream] in front of another. It is safe for concurrent use.
type Limiter struct {
	next    tools.Upstream
	options Options
	rate    limiting // nil for no limits
	slots   *semaphore.Weighted

	mu      sync.Mutex
	waiting int
	queues  map[string]*queue // of the keys that have a call
}

// limiting decides when a call may start: [rate.Local] or [shared.Rate].
type limiting interface {
	Take(ctx context.Context, key string) (wait, step time.Duration)
	Hold(ctx context.Context, key string, d time.Duration)
}

// New returns a limiter in front of next. Without limits it only passes calls on.
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

// Do passes the call on once the limits allow it. Otherwise nothing was sent: a call
// that cannot start before its deadline or within the longest wait, or for which the
// queue is full, fails with a [*tools.Failure] of the kind [tools.Limited] at once,
// and one whose ctx is cancelled while it waits with [tools.Cancelled].
//
// After an answer 429 with a Retry-After, no call of the same key starts for so long.
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

// separatelyThrottled are parts of the paths that PostHog throttles apart: ten test
// deliveries a minute for a project, 240 calls a minute for insights, 30 look-ups a
// minute for a Slack workspace; users only if a password is changed. A 429 for one of
// them must not hold back the other calls of a key, which all callers may share.
var separatelyThrottled = [...]string{"/test-delivery/", "/insights/", "/channels/", "/api/users/"}

// keyOf names what PostHog throttles together: the calls with one key, with the
// exceptions of [separatelyThrottled]. It has a hash of the key. The callers who share
// the server's key are one.
func keyOf(ctx context.Context, r *tools.Request) string {
	caller := "server"
	if key := tools.CallerOf(ctx).Key; key != nil {
		caller = key.Hash()
	}
	for _, part := range separatelyThrottled {
		if strings.Contains(r.Path, part) {
			return caller + part
		}
	}
	return caller
}

// start returns when the call may start, with its slots. A call starts at once if no
// other of its key waits and no limit holds it back. Otherwise it joins the queue of
// its key. The first in the queue asks the rate once it has its slots: asked before,
// calls that were allowed over some minutes could start in the same one. It holds no
// slot while it waits for the rate.
func (l *Limiter) start(ctx context.Context, key string, q *queue) *tools.Failure {
	if l.isFree(q) && l.tryAcquire(q) && l.take(ctx, key, q) {
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
		for l.await(waiting, until, q) {
			if l.take(ctx, key, q) {
				return nil
			}
		}
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return &tools.Failure{Kind: tools.Cancelled, Err: ctx.Err()}
	}
	return limited(l.opens(q))
}

// await waits until the first call of a queue may start, as far as is known, and has
// its slots.
func (l *Limiter) await(waiting context.Context, until time.Time, q *queue) bool {
	opens := l.opens(q)
	if opens.After(until) {
		return false
	}
	pause, cancel := context.WithDeadline(waiting, opens)
	defer cancel()
	<-pause.Done()
	if waiting.Err() != nil || q.slots.Acquire(waiting, 1) != nil {
		return false
	}
	if l.slots.Acquire(waiting, 1) != nil {
		q.slots.Release(1)
		return false
	}
	return true
}

func (l *Limiter) tryAcquire(q *queue) bool {
	if !q.slots.TryAcquire(1) {
		return false
	}
	if !l.slots.TryAcquire(1) {
		q.slots.Release(1)
		return false
	}
	return true
}

// take asks the rate for a call that has its slots, and releases them if the call may
// not start.
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

// limited refuses a call that cannot start before earliest, as far as is known.
func limited(earliest time.Time) *tools.Failure {
	return &tools.Failure{Kind: tools.Limited, RetryAfter: max(time.Until(earliest), 0)}
}
