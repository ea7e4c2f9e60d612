// Package limit keeps calls under PostHog's limits and an operator's: how many
// are in flight, how many start in a minute and an hour, and how many wait for
// how long. A call that would wait too long is answered at once, with the
// seconds after which it is worth coming back.
package limit

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"posthog-mcp/tools"
	"posthog-mcp/transport/limit/rate"
	"posthog-mcp/transport/limit/shared"
)

// Options are the limits; 0 is none. They count for a lane: the calls of one
// PostHog key, of which test deliveries, users, insights and Slack channels are
// lanes of their own, since PostHog throttles them by themselves. The callers
// who share the server's key are one.
type Options struct {
	// InFlight bounds the calls that this process has at PostHog at a time.
	InFlight int
	// LaneInFlight bounds those of one lane.
	LaneInFlight int
	// PerMinute and PerHour bound how many calls of a lane start in any minute
	// and any hour. A tenth of them may start at once. What the client sends
	// again by itself is not counted.
	PerMinute, PerHour int

	// Queue bounds the calls that wait in this process, 1,000 when it is zero;
	// LaneQueue those of one lane, 100 when it is zero.
	Queue, LaneQueue int
	// MaxWait is the longest that a call waits for its start; 10 seconds when it
	// is zero. The call's own deadline may be sooner.
	MaxWait time.Duration

	// Redis is where replicas count PerMinute and PerHour together; nil for one
	// process alone. While it is away, each keeps to its share: an equal part of
	// the limits, by the number of Replicas.
	Redis    *shared.Redis
	Replicas int
}

// PostHog's own limits for one personal API key (posthog/rate_limit.py), in
// windows that slide as those of [Options] do.
const (
	PostHogPerMinute = 480
	PostHogPerHour   = 4800
)

const (
	defaultQueue     = 1000
	defaultLaneQueue = 100
	// defaultMaxWait and a client's own 30 seconds for the call end before MCP
	// clients give up on a tool, commonly after 60 seconds.
	defaultMaxWait = 10 * time.Second
)

// Limiter is a [tools.Upstream] in front of another. It is safe for concurrent
// use.
type Limiter struct {
	next    tools.Upstream
	gate    *gate // nil for no limits
	pace    pacer
	maxWait time.Duration
}

// pacer says when a call may start: [rate.Local] or [shared.Rate].
type pacer interface {
	Take(ctx context.Context, lane string) (wait, step time.Duration)
	Hold(ctx context.Context, lane string, d time.Duration)
}

// New returns a limiter in front of next. With none of the limits set, it only
// passes calls on.
func New(next tools.Upstream, o Options) *Limiter {
	if max(o.InFlight, o.LaneInFlight, o.PerMinute, o.PerHour) <= 0 {
		return &Limiter{next: next}
	}
	var windows []rate.Window
	if o.PerMinute > 0 {
		windows = append(windows, rate.Window{Limit: o.PerMinute, Per: time.Minute})
	}
	if o.PerHour > 0 {
		windows = append(windows, rate.Window{Limit: o.PerHour, Per: time.Hour})
	}
	l := &Limiter{next: next, maxWait: cmp.Or(o.MaxWait, defaultMaxWait), gate: &gate{
		inFlight: o.InFlight, laneInFlight: o.LaneInFlight,
		queue: cmp.Or(o.Queue, defaultQueue), laneQueue: cmp.Or(o.LaneQueue, defaultLaneQueue),
		lines: map[string]*line{},
	}}
	if o.Redis != nil {
		l.pace = o.Redis.Rate(o.Replicas, windows...)
	} else {
		l.gate.rate = rate.NewLocal(windows...)
		l.pace = l.gate.rate
	}
	return l
}

// Do passes the call on once the limits allow it. A call that cannot start
// before its deadline, or within the longest wait, is a [*tools.Failure] of the
// kind [tools.Limited] at once, and so is one for which there is no place to
// wait; one that ctx ends while it waits is Cancelled. Nothing was sent then.
//
// An answer 429 with a Retry-After holds back the lane's further calls for so
// long.
func (l *Limiter) Do(ctx context.Context, r *tools.Request) (*tools.Response, error) {
	if l.gate == nil {
		return l.next.Do(ctx, r)
	}
	name := laneOf(ctx, r)
	line, failure := l.start(ctx, name)
	if failure != nil {
		return nil, failure
	}
	defer l.gate.leave(line)
	response, err := l.next.Do(ctx, r)
	if err == nil && response.Status == http.StatusTooManyRequests && response.RetryAfter > 0 {
		l.pace.Hold(ctx, name, response.RetryAfter)
	}
	return response, err
}

// start returns when the call may start. There is a slot before the question
// whether the rate allows it: asked the other way round, calls that were allowed
// over some minutes could start in the same one.
func (l *Limiter) start(ctx context.Context, name string) (*line, *tools.Failure) {
	now := time.Now()
	until := now.Add(l.maxWait)
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(until) {
		until = deadline
	}
	line, waiter := l.gate.enter(name, now, until)
	for {
		if waiter != nil {
			if failure := l.gate.await(ctx, waiter); failure != nil {
				return nil, failure
			}
		}
		if l.gate.rate != nil {
			return line, nil // the slot came with the rate's leave
		}
		wait, step := l.pace.Take(ctx, name)
		if wait <= 0 {
			l.gate.settle(line)
			return line, nil
		}
		if waiter == nil {
			waiter = newWaiter(line, until)
		}
		l.gate.back(waiter, wait, step)
	}
}
