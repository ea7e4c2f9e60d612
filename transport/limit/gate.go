package limit

import (
	"context"
	"errors"
	"sync"
	"time"

	"posthog-mcp/tools"
	"posthog-mcp/transport/limit/rate"
)

// gate gives out the slots for calls in flight. Who finds none waits in the line
// of their lane, and the lines take turns: a lane with many calls does not put
// off the others.
//
// A slot is given where the rate allows a start. Where to ask takes time, a call
// with a slot asks for its lane, and one call of a lane at a time: so they start
// in their order, and those behind the first to be refused need not ask.
type gate struct {
	inFlight, laneInFlight int // 0 for no bound
	queue, laneQueue       int
	rate                   *rate.Local // nil where asking takes time

	mu      sync.Mutex
	running int
	waiting int
	lines   map[string]*line // those with a call
	turns   []*line          // whose first may go, once there is a slot
}

// enter gives the call a slot, or makes a waiter of it.
func (g *gate) enter(name string, now, until time.Time) (*line, *waiter) {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.lines[name]
	if l == nil {
		l = &line{gate: g, name: name}
		g.lines[name] = l
	}
	// With a slot free, no line waits for one.
	if len(l.waiters) == 0 && l.open(now) && g.room() && l.grant() {
		return l, nil
	}
	w := newWaiter(l, until)
	l.join(w, len(l.waiters))
	l.turn()
	l.drop()
	return l, w
}

// await returns nil once the waiter has a slot, and else why it will not.
func (g *gate) await(ctx context.Context, w *waiter) *tools.Failure {
	timer := time.NewTimer(time.Until(w.until))
	defer timer.Stop()
	select {
	case failure := <-w.told:
		return failure
	case <-ctx.Done():
	case <-timer.C:
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if retryAfter, waiting := w.line.remove(w); waiting {
		return unstarted(ctx, retryAfter)
	}
	return <-w.told // in the same moment; a call that has ended ends upstream
}

// settle says that the call with the slot starts.
func (g *gate) settle(l *line) {
	g.mu.Lock()
	defer g.mu.Unlock()
	l.asking = false
	l.turn()
	if !l.asking { // it is a limit that the others wait for
		l.cull()
	}
}

// back takes the waiter's slot: its lane may not start a call before the wait is
// over. Those that would wait too long are told now.
func (g *gate) back(w *waiter, wait, step time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := w.line
	l.asking = false
	l.opens, l.step = time.Now().Add(wait), step
	l.join(w, 0)
	l.cull()
	l.release()
}

// leave ends a call that had a slot.
func (g *gate) leave(l *line) {
	g.mu.Lock()
	defer g.mu.Unlock()
	l.release()
}

// room tells whether a slot is free.
func (g *gate) room() bool { return g.inFlight <= 0 || g.running < g.inFlight }

// serve gives free slots to the lines in turn. A line that can use none at the
// moment loses its turn, and gets one when that changes.
func (g *gate) serve() {
	for g.room() && len(g.turns) > 0 {
		l := g.turns[0]
		g.turns[0], g.turns = nil, g.turns[1:]
		l.inTurn = false
		if len(l.waiters) == 0 || !l.open(time.Now()) {
			continue
		}
		if !l.grant() {
			l.cull()
			l.drop()
			continue
		}
		first := l.waiters[0]
		l.cut(0)
		first.told <- nil
		l.lineUp()
	}
}

// unstarted is the failure of a call that waited and did not start.
func unstarted(ctx context.Context, retryAfter time.Duration) *tools.Failure {
	if errors.Is(ctx.Err(), context.Canceled) {
		return &tools.Failure{Kind: tools.Cancelled, Err: ctx.Err()}
	}
	return limited(retryAfter)
}

func limited(retryAfter time.Duration) *tools.Failure {
	return &tools.Failure{Kind: tools.Limited, RetryAfter: max(retryAfter, 0)}
}
