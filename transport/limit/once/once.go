// Package once keeps a caller from sending the same thing twice by mistake: a
// call that is repeated within a while gets what came of the first. [Guard] is
// the [tools.Once] of one process, or of all replicas that share a [Store].
package once

import (
	"cmp"
	"context"
	"sync"
	"time"

	"posthog-mcp/tools"
	"posthog-mcp/transport/limit/shared"
)

// Options are what a [Guard] is made from. Window has to be set.
type Options struct {
	// Window is for how long after its end a call is not made again.
	Window time.Duration
	// Longest is how long a call can take, everything included; a minute when it
	// is zero. A replica that has not finished by then never will.
	Longest time.Duration
	// Redis is where replicas tell each other; nil for one process alone. While it
	// is away, each replica knows of its own calls only.
	Redis *shared.Redis
}

const defaultLongest = time.Minute

// Guard makes each call once within a window. It is safe for concurrent use.
//
// What PostHog did, or may have done, is remembered: a success, a failure of
// PostHog's own (5xx), a lost answer. What it refused, or never received, is not:
// then a repetition can succeed.
type Guard struct {
	longest time.Duration
	replica *shared.Outcomes // nil for none

	mu    sync.Mutex
	calls map[string]*made
	kept  kept
}

// made is a call, while it is being made and afterwards.
type made struct {
	key  string
	done chan struct{} // closed when the rest is there

	result tools.Result
	ended  time.Time
	// keep says that the outcome counts for the window, answered that it does for
	// those who waited for it.
	keep, answered bool
}

// New returns a Guard. It does nothing before the first call.
func New(o Options) *Guard {
	g := &Guard{
		longest: cmp.Or(o.Longest, defaultLongest),
		calls:   map[string]*made{}, kept: kept{window: o.Window},
	}
	if o.Redis != nil {
		g.replica = o.Redis.Outcomes(g.longest, o.Window)
	}
	return g
}

// Do makes the call of that key, or returns what came of it when it was made
// before, and how long ago that was. While it is being made, here or by another
// replica, Do waits; whose ctx ends, or whose wait is longer than any call, gets
// [tools.Unsettled], and nothing was sent for them. So does who comes after a call
// that panicked.
//
// Outcomes are remembered in at most 16 MB; when there are more, the oldest are
// forgotten early.
func (g *Guard) Do(ctx context.Context, key string, call func() tools.Result) (r tools.Result, ago time.Duration, repeated bool) {
	for {
		m, mine := g.claim(key)
		if mine {
			return g.make(ctx, m, call)
		}
		select {
		case <-m.done:
		case <-ctx.Done():
			return tools.Unsettled(), 0, false
		}
		if m.answered {
			return m.result, time.Since(m.ended), true
		}
		// It never left, so now it is this one's turn.
	}
}

// claim returns the call of that key, and whether it is the caller's to make.
func (g *Guard) claim(key string) (m *made, mine bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.kept.forget(g.calls)
	if m = g.calls[key]; m != nil {
		return m, false
	}
	m = &made{key: key, done: make(chan struct{})}
	g.calls[key] = m
	return m, true
}

// make makes the call, unless another replica did.
func (g *Guard) make(ctx context.Context, m *made, call func() tools.Result) (r tools.Result, ago time.Duration, repeated bool) {
	// Until the call returns, anything may have happened.
	m.result, m.keep, m.answered = tools.Unsettled(), true, true
	defer func() { g.settle(m, ago) }()
	if g.replica != nil {
		return g.replicated(ctx, m, call)
	}
	m.run(call)
	return m.result, 0, false
}

// run makes the call and decides for whom its outcome counts. What never left
// counts for nobody: the caller may have gone, or been held back, which others
// are not.
func (m *made) run(call func() tools.Result) {
	r := call()
	m.result, m.keep, m.answered = r, r.Acted(), r.Acted() || r.Status != 0
}

// settle tells those who wait for the call.
func (g *Guard) settle(m *made, ago time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	m.ended = time.Now().Add(-ago)
	if m.keep {
		g.kept.add(m, g.calls)
	} else {
		delete(g.calls, m.key)
	}
	close(m.done)
}
