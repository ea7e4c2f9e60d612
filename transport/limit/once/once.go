// Package once keeps a caller from sending the same message twice by mistake: a
// call that is repeated within a while gets the outcome of the first. [Guard] is
// the [tools.Once] of one process, or of all replicas that share a Redis.
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
	// Redis is where replicas leave outcomes for each other; nil for one process alone. While it
	// is away, each replica knows of its own calls only.
	Redis *shared.Redis
}

const (
	defaultLongest = time.Minute
	// mostKept bounds the outcomes that are remembered, in bytes: ten thousand of
	// the usual size.
	mostKept = 16 << 20
	// overhead is about what an outcome takes besides its own bytes.
	overhead = 512
)

// Guard makes each call once within a window. It is safe for concurrent use.
//
// What PostHog did, or may have done, is remembered: a success, a failure of
// PostHog's own (5xx), a lost answer. What PostHog refused, or never received, is
// not: then a repetition can succeed.
type Guard struct {
	window, longest time.Duration
	replicas        *shared.Outcomes // nil for none

	mu    sync.Mutex
	calls map[string]*made
	// kept are the calls whose outcome is remembered, in the order they ended, and
	// size is their bytes.
	kept []*made
	size int
}

// made is a call, while it is being made and afterwards.
type made struct {
	key  string
	done chan struct{} // closed when the rest is there

	result tools.Result
	ended  time.Time
	// keep says that the outcome counts for the window, answered that it does for
	// the calls that waited for it.
	keep, answered bool
}

func (m *made) size() int { return overhead + len(m.key) + len(m.result.Object) + len(m.result.Text) }

// New returns a Guard. It does nothing before the first call.
func New(o Options) *Guard {
	g := &Guard{window: o.Window, longest: cmp.Or(o.Longest, defaultLongest), calls: map[string]*made{}}
	if o.Redis != nil {
		g.replicas = o.Redis.Outcomes(g.longest, o.Window)
	}
	return g
}

// Do makes the call of that key, or returns the outcome of the same call that was
// made before, and how long ago that was. While that one is being made, here or by
// another replica, Do waits. If ctx ends first, or no call takes so long, the
// result is [tools.Unsettled], and nothing was sent for it; and so it is after a
// call that panicked.
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
		// It was not sent, so one of those that waited makes it.
	}
}

// claim returns the call of that key, and whether it is the caller's to make.
func (g *Guard) claim(key string) (m *made, mine bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.kept) > 0 && time.Since(g.kept[0].ended) >= g.window {
		g.forgetFirst()
	}
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
	if g.replicas != nil {
		return g.replicated(ctx, m, call)
	}
	m.run(call)
	return m.result, 0, false
}

// run makes the call and decides for whom its outcome counts. A call that was not
// sent counts for nobody: its caller may have gone, or been held back, which the
// others are not.
func (m *made) run(call func() tools.Result) {
	r := call()
	m.result, m.keep, m.answered = r, r.Acted(), r.Acted() || r.Status != 0
}

// settle lets the calls that waited go on.
func (g *Guard) settle(m *made, ago time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	defer close(m.done)
	m.ended = time.Now().Add(-ago)
	if !m.keep {
		delete(g.calls, m.key)
		return
	}
	g.kept = append(g.kept, m)
	for g.size += m.size(); g.size > mostKept; {
		g.forgetFirst()
	}
}

func (g *Guard) forgetFirst() {
	first := g.kept[0]
	g.kept[0], g.kept = nil, g.kept[1:]
	g.size -= first.size()
	delete(g.calls, first.key)
}
