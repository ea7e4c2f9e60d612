package rate

import (
	"context"
	"sync"
	"time"
)

// mostLanes bounds what is remembered: of the lanes that started a call last so
// many for sure, and at most twice as many, in about 10 MB. An idle lane is
// worth nothing after some seconds anyway.
const mostLanes = 1 << 15

// Local keeps the windows of each lane in this process. It is safe for
// concurrent use.
//
// golang.org/x/time/rate would take two buckets a lane, of which one has to be
// paid back when the other refuses; this is one number for each window, and the
// same arithmetic as in a script that replicas share.
type Local struct {
	paces []pace
	epoch time.Time

	mu    sync.Mutex
	lanes recent
}

// pace is a [Window] as it is counted with.
type pace struct{ interval, slack time.Duration }

// NewLocal returns a Local that keeps all of the windows at once; with none of
// them it only holds lanes back, see [Local.Hold].
func NewLocal(windows ...Window) *Local {
	l := &Local{epoch: time.Now(), lanes: recent{most: mostLanes, windows: len(windows)}}
	for _, w := range windows {
		l.paces = append(l.paces, pace{w.Interval(), w.Slack()})
	}
	return l
}

// Take is [Local.Try], for those who would also wait for an answer.
func (l *Local) Take(_ context.Context, name string) (wait, step time.Duration) { return l.Try(name) }

// Try lets a call of the lane start now, or says how long it is until one may:
// then nothing is spent. Of several that wait, each may start a step after the
// one before.
func (l *Local) Try(name string) (wait, step time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, state := time.Since(l.epoch), l.lanes.of(name)
	wait = max(0, state.held-now)
	for i, p := range l.paces {
		if late := state.due[i] - p.slack - now; late > wait {
			wait, step = late, p.interval
		}
	}
	if wait == 0 {
		l.spend(state, now)
	}
	return wait, step
}

// Spend counts a call of the lane that somebody else let start.
func (l *Local) Spend(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spend(l.lanes.of(name), time.Since(l.epoch))
}

// Hold lets no call of the lane start for so long. The last word counts.
func (l *Local) Hold(_ context.Context, name string, d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lanes.of(name).held = time.Since(l.epoch) + d
}

// spend moves on when the next call would be due at even distances. Calls that
// somebody else let start can put off the next by no more than an interval.
func (l *Local) spend(s *lane, now time.Duration) {
	for i, p := range l.paces {
		s.due[i] = min(max(s.due[i], now), now+p.slack) + p.interval
	}
}
