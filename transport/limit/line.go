package limit

import (
	"slices"
	"time"

	"posthog-mcp/tools"
)

// line is a lane that has calls: with slots, or waiting for one in the order
// they came. All of it is guarded by its gate, and exists while there is a call.
type line struct {
	gate *gate
	name string

	running int
	waiters []*waiter
	// asking says that a call with a slot is finding out whether it may start.
	asking bool
	// opens is when a call may start at the earliest, each of several a step after
	// the one before; alarm rings then.
	opens  time.Time
	step   time.Duration
	alarm  *time.Timer
	inTurn bool
}

// waiter is a call without a slot. It is told once: nil for a slot.
type waiter struct {
	line  *line
	until time.Time
	told  chan *tools.Failure
	// queued says that it had a place before, which it does not lose.
	queued bool
}

func newWaiter(l *line, until time.Time) *waiter {
	return &waiter{line: l, until: until, told: make(chan *tools.Failure, 1)}
}

// free tells whether nothing but a question holds the line back.
func (l *line) free(now time.Time) bool {
	bound := l.gate.laneInFlight
	return (bound <= 0 || l.running < bound) && !now.Before(l.opens)
}

// open tells whether the first in line could use a slot.
func (l *line) open(now time.Time) bool { return !l.asking && l.free(now) }

// grant takes a slot. Where the rate can be asked in place, the call may then
// start; it gets none when it may not.
func (l *line) grant() bool {
	if l.gate.rate == nil {
		l.asking = true
	} else if wait, step := l.gate.rate.Try(l.name); wait > 0 {
		l.opens, l.step = time.Now().Add(wait), step
		return false
	}
	l.gate.running++
	l.running++
	return true
}

// release gives a slot back.
func (l *line) release() {
	l.gate.running--
	l.running--
	l.turn()
	l.drop()
}

// turn has the line served, if it can use a slot, and whoever else can.
func (l *line) turn() {
	l.lineUp()
	l.gate.serve()
}

// lineUp puts the line among those that are served, if it can use a slot.
func (l *line) lineUp() {
	if !l.inTurn && len(l.waiters) > 0 && l.open(time.Now()) {
		l.inTurn = true
		l.gate.turns = append(l.gate.turns, l)
	}
}

// full tells whether there is no place in the line. To wait for another's
// question takes a moment, and no place.
func (l *line) full() bool {
	if l.gate.waiting >= l.gate.queue {
		return true
	}
	return len(l.waiters) >= l.gate.laneQueue && !(l.asking && l.gate.room() && l.free(time.Now()))
}

// join makes the waiter the i-th, or tells it that there is no place, or that it
// would wait too long.
func (l *line) join(w *waiter, i int) {
	full := !w.queued && l.full()
	if earliest := l.earliest(i); full || earliest.After(w.until) {
		w.told <- limited(time.Until(earliest))
		return
	}
	w.queued = true
	l.waiters = slices.Insert(l.waiters, i, w)
	l.gate.waiting++
	l.setAlarm()
}

// cull tells those who would wait too long, and those who waited for a question
// alone and now have no place: behind one who was first, and keeps theirs. The
// others move up.
func (l *line) cull() {
	for i := 0; i < len(l.waiters); {
		w, earliest := l.waiters[i], l.earliest(i)
		if !earliest.After(w.until) && i <= l.gate.laneQueue {
			i++
			continue
		}
		l.cut(i)
		w.told <- limited(time.Until(earliest))
	}
	l.setAlarm()
}

// remove takes the waiter out of the line if it is still in it, and says how long
// it would have had to wait, as far as that is known.
func (l *line) remove(w *waiter) (retryAfter time.Duration, waiting bool) {
	i := slices.Index(l.waiters, w)
	if i < 0 {
		return 0, false
	}
	l.cut(i)
	l.drop()
	return time.Until(l.earliest(i)), true
}

func (l *line) cut(i int) {
	l.waiters = slices.Delete(l.waiters, i, i+1)
	l.gate.waiting--
}

// earliest is when the i-th in line could start if nothing but the rate held it
// back.
func (l *line) earliest(i int) time.Time { return l.opens.Add(time.Duration(i) * l.step) }

// setAlarm sees to it that the line gets its turn when it opens.
func (l *line) setAlarm() {
	if l.alarm != nil {
		l.alarm.Stop()
		l.alarm = nil
	}
	if len(l.waiters) == 0 || !l.opens.After(time.Now()) {
		return
	}
	l.alarm = time.AfterFunc(time.Until(l.opens), func() {
		l.gate.mu.Lock()
		defer l.gate.mu.Unlock()
		l.turn()
	})
}

// drop forgets the line when it has no call; when it opens is known where the
// rate is.
func (l *line) drop() {
	if l.running > 0 || len(l.waiters) > 0 {
		return
	}
	l.setAlarm()
	if l.gate.lines[l.name] == l {
		delete(l.gate.lines, l.name)
	}
}
