// Package limit keeps calls within PostHog's limits and the operator's: a [Limiter]
// bounds how many are in flight, start in a minute and an hour, and wait; [Once] keeps a
// caller from sending the same message twice. Replicas share both through a [Redis].
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

	"github.com/go-redis/redis_rate/v10"
	"golang.org/x/sync/semaphore"

	"posthog-mcp/tools/engine"
)

// Options are the limits; 0 sets none. The limits per key count the calls with one
// PostHog key: see [keyOf].
type Options struct {
	// InFlight bounds this process' calls at PostHog, InFlightPerKey those per key.
	InFlight, InFlightPerKey int
	// PerMinute and PerHour bound how many calls per key start in any minute and any
	// hour. A tenth of them may start at once. The client's retries are not counted.
	PerMinute, PerHour int
	// Queue bounds the calls that wait in this process, QueuePerKey those per key; zero
	// means 1,000 and 100.
	Queue, QueuePerKey int
	// MaxWait is the longest that a call waits for its start, unless its own deadline is
	// sooner. Zero means 10 seconds: with the client's 30 seconds for the call, that ends
	// before MCP clients give up on a tool, commonly after 60 seconds.
	MaxWait time.Duration

	// Redis is where replicas count PerMinute and PerHour together; nil for one
	// process. While it is away, each of the Replicas keeps to an equal share.
	Redis    *Redis
	Replicas int
}

// Limiter is a [engine.Upstream] in front of another. It is safe for concurrent use.
type Limiter struct {
	next    engine.Upstream
	options Options
	// windows are for all replicas, shares for this one.
	windows, shares []redis_rate.Limit
	slots           *semaphore.Weighted
	// ask starts a call of the key if wait is zero. Otherwise nothing is spent, and a
	// call may start after wait.
	ask func(context.Context, *keyState) (wait time.Duration)

	mu      sync.Mutex
	waiting int
	// The keys that were used last, in two generations: see [Limiter.open].
	young, old map[string]*keyState
}

// New returns a limiter in front of next.
func New(next engine.Upstream, o Options) *Limiter {
	o.Queue, o.QueuePerKey, o.MaxWait = cmp.Or(o.Queue, 1000), cmp.Or(o.QueuePerKey, 100), cmp.Or(o.MaxWait, 10*time.Second)
	l := &Limiter{next: next, options: o, slots: slots(o.InFlight), young: map[string]*keyState{}, old: map[string]*keyState{}}
	l.ask = l.askRedis
	if o.Redis == nil {
		l.ask, o.Replicas = l.askHere, 1
	}
	limits := []int{o.PerMinute, o.PerHour}
	for i, per := range []time.Duration{time.Minute, time.Hour} {
		if limits[i] > 0 {
			l.windows = append(l.windows, window(limits[i], per))
			l.shares = append(l.shares, share(limits[i], per, o.Replicas))
		}
	}
	return l
}

// Do passes the call on once the limits allow it. A call that cannot start before its
// deadline or within the longest wait, or for which the queue is full, is not sent, and
// fails with a [*engine.Failure] of the kind [engine.Limited]; one whose ctx is cancelled
// while it waits with [engine.Cancelled]. After an answer 429 with a Retry-After, no call
// of the same key starts for so long.
func (l *Limiter) Do(ctx context.Context, r *engine.Request) (*engine.Response, error) {
	k := l.open(keyOf(ctx, r))
	defer l.close(k)
	if failure := l.start(ctx, k); failure != nil {
		return nil, failure
	}
	defer l.release(k)
	response, err := l.next.Do(ctx, r)
	if err == nil && response.Status == http.StatusTooManyRequests && response.RetryAfter > 0 {
		l.delay(k, response.RetryAfter)
		if l.options.Redis != nil {
			l.options.Redis.hold(ctx, k.name, response.RetryAfter)
		}
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
func keyOf(ctx context.Context, r *engine.Request) string {
	caller := "server"
	if key := engine.CallerOf(ctx).Key; key != nil {
		caller = key.Hash()
	}
	for _, part := range separatelyThrottled {
		if strings.Contains(r.Path, part) {
			return caller + part
		}
	}
	return caller
}

// start returns when the call may start, with its slots: at once if no other of its key
// waits and no limit holds it back.
func (l *Limiter) start(ctx context.Context, k *keyState) *engine.Failure {
	if early, waiting := l.look(k); early <= 0 && waiting == 0 && l.acquire(k, try) && l.take(ctx, k) {
		return nil
	}
	waiting, cancel := context.WithTimeout(ctx, l.options.MaxWait)
	defer cancel()
	switch {
	case l.wait(waiting, k):
		return nil
	case errors.Is(ctx.Err(), context.Canceled):
		return &engine.Failure{Kind: engine.Cancelled, Err: ctx.Err()}
	}
	early, _ := l.look(k)
	return &engine.Failure{Kind: engine.Limited, RetryAfter: max(early, 0)}
}

// wait joins the queue of the key, whose calls start in the order they came, and
// reports whether the call may start, with its slots. Only the first in the queue asks,
// once it has its slots: asked before, calls that were allowed over some minutes could
// start in the same one. It holds no slot while it waits for the rate.
func (l *Limiter) wait(ctx context.Context, k *keyState) bool {
	if !l.join(k) {
		return false
	}
	defer l.leave(k)
	blocking := func(s *semaphore.Weighted) bool { return s.Acquire(ctx, 1) == nil }
	if !blocking(k.first) {
		return false
	}
	defer k.first.Release(1)
	for {
		early, _ := l.look(k)
		if !sleep(ctx, early) || !l.acquire(k, blocking) {
			return false
		}
		if l.take(ctx, k) {
			return true
		}
	}
}

// sleep reports whether ctx outlasts the pause: at once if its deadline is sooner.
func sleep(ctx context.Context, pause time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < pause {
		return false
	}
	paused, cancel := context.WithTimeout(ctx, pause)
	defer cancel()
	<-paused.Done()
	return ctx.Err() == nil
}

// take asks for the start of a call that has its slots, and releases them if it may
// not start.
func (l *Limiter) take(ctx context.Context, k *keyState) bool {
	wait := l.ask(ctx, k)
	if wait <= 0 {
		return true
	}
	l.delay(k, wait)
	l.release(k)
	return false
}

func (l *Limiter) askHere(_ context.Context, k *keyState) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	wait = max(k.earliest.Sub(now), 0)
	for _, bucket := range k.buckets {
		// Rounded to the nanosecond, as the bucket does not.
		missing := math.Round((1 - bucket.TokensAt(now)) / float64(bucket.Limit()) * float64(time.Second))
		wait = max(wait, time.Duration(missing))
	}
	if wait == 0 {
		k.spend(now)
	}
	return wait
}

// askRedis asks for all replicas. What Redis allows is spent of this replica's share,
// too, so that no start is given out twice when Redis goes away.
func (l *Limiter) askRedis(ctx context.Context, k *keyState) time.Duration {
	wait, err := l.options.Redis.take(ctx, k.name, l.windows)
	if err != nil {
		return l.askHere(ctx, k)
	}
	if wait <= 0 {
		k.spend(time.Now())
	}
	return wait
}
