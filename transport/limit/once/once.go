// Package once keeps a caller from sending the same message twice by mistake: a call
// that is repeated within a while gets the outcome of the first. [Guard] is the
// [tools.Once] of one process, or of all replicas that share a Redis.
package once

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"sync"
	"time"

	"posthog-mcp/tools"
	"posthog-mcp/transport/limit/shared"
)

// Options configure a [Guard]. Window must be set.
type Options struct {
	// Window is how long after its end a call is not made again.
	Window time.Duration
	// Longest is how long a whole call can take; zero means a minute. A replica that
	// has not finished by then never will.
	Longest time.Duration
	// Redis is where replicas leave outcomes for each other; nil for one process.
	// While it is away, each replica knows only its own calls.
	Redis *shared.Redis
}

const (
	defaultLongest = time.Minute
	// mostKept bounds the remembered outcomes, in bytes: ten thousand of the usual
	// size.
	mostKept = 16 << 20
	// overhead is about what an outcome takes besides its own bytes.
	overhead = 512
)

// Guard makes each call once within a window. It is safe for concurrent use.
//
// It remembers what PostHog did or may have done: a success, a failure of PostHog's
// own (5xx), a lost answer. It does not remember what PostHog refused or never
// received: then a repetition can succeed.
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
	done chan struct{} // closed once the other fields are valid

	result tools.Result
	ended  time.Time
	// keep means that the outcome counts for the window, answered that it counts for
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

// Do makes the call of that key, or returns the outcome of the same call that was made
// before, and how long ago that was. While that one is being made, here or by another
// replica, Do waits. The result is [tools.Unsettled], and nothing was sent for this
// call, if ctx ends first, if the wait is longer than any call, or after a call that
// panicked.
//
// Outcomes are remembered in at most 16 MB; of more, the oldest are forgotten early.
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

// run makes the call and decides for whom its outcome counts. A call that was not sent
// counts for nobody: the reason may hold for its own caller only.
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

// The pauses between two looks at a call that another replica makes.
const (
	firstPause   = 20 * time.Millisecond
	longestPause = time.Second
)

// replicated makes the call, unless another replica makes it or did.
func (g *Guard) replicated(ctx context.Context, m *made, call func() tools.Result) (r tools.Result, ago time.Duration, repeated bool) {
	owner := rand.Text()
	elsewhere := false
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		found, err := g.replicas.Claim(ctx, m.key, owner)
		switch {
		case found.Mine, err != nil && !elsewhere:
			g.runFor(ctx, m, owner, call)
			return m.result, 0, false
		case found.Outcome != nil:
			return m.takeOver(found.Outcome), found.Age, true
		case err != nil && ctx.Err() == nil:
			// Nobody here will find out. The unknown outcome is remembered, else the
			// next caller would make the call.
			return m.result, 0, false
		case found.Age >= g.longest || !sleep(ctx, pause):
			return m.undecided(), 0, false
		}
		elsewhere = true
	}
}

// sleep reports whether ctx outlasts the pause.
func sleep(ctx context.Context, pause time.Duration) bool {
	waiting, cancel := context.WithTimeout(ctx, pause)
	defer cancel()
	<-waiting.Done()
	return ctx.Err() == nil
}

// runFor makes the call and leaves its outcome for the other replicas. If that fails,
// they find a call that does not end, and don't repeat it.
func (g *Guard) runFor(ctx context.Context, m *made, owner string, call func() tools.Result) {
	m.run(call)
	var outcome []byte
	if m.keep {
		outcome = encode(m.result)
	}
	// The outcome counts also if the caller is gone.
	_ = g.replicas.Settle(context.WithoutCancel(ctx), m.key, owner, outcome)
}

// takeOver returns the outcome that another replica left. That replica remembers it.
func (m *made) takeOver(outcome []byte) tools.Result {
	m.keep, m.result = false, decode(outcome)
	return m.result
}

// undecided means that another replica makes the call, or ended while it did. The next
// caller looks again.
func (m *made) undecided() tools.Result {
	m.keep, m.answered = false, false
	return m.result
}

// outcome is a result as Redis has it: the part that the next caller gets.
type outcome struct {
	Object  []byte // not as JSON, which would be written anew
	Text    string
	IsError bool
	Status  int
	Unsure  bool
}

func encode(r tools.Result) []byte {
	data, _ := json.Marshal(outcome{r.Object, r.Text, r.IsError, r.Status, r.Unsure})
	return data
}

// decode reads an outcome. If it is unreadable, the call was made all the same.
func decode(data []byte) tools.Result {
	var o outcome
	if err := json.Unmarshal(data, &o); err != nil || len(o.Object) == 0 {
		return tools.Unsettled()
	}
	return tools.Result{Object: o.Object, Text: o.Text, IsError: o.IsError, Status: o.Status, Unsure: o.Unsure}
}
