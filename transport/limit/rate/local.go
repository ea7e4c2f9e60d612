package rate

import (
	"context"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// mostKeys bounds what is remembered: of the keys that started a call the last so
// many for sure, and at most twice as many, in about 10 MB. A key that is idle is
// worth nothing after some seconds anyway.
const mostKeys = 1 << 14

// Local keeps the windows of each key in this process. It is safe for concurrent
// use.
type Local struct {
	windows []Window

	mu sync.Mutex
	// The keys that were used last, in two generations: when the young one is
	// full, it becomes the old one, and what was old is forgotten.
	young, old map[string]*state
}

// state is what is known of a key.
type state struct {
	limiters []*rate.Limiter // one for each window
	held     time.Time       // until when PostHog asked to be left alone
}

// NewLocal returns a Local that keeps all of the windows at once; with none of
// them it only holds keys back, see [Local.Hold].
func NewLocal(windows ...Window) *Local {
	return &Local{windows: windows, young: map[string]*state{}}
}

// Take lets a call of the key start now, or says how long it is until one may:
// then nothing is spent. Of several that wait, each may start a step after the
// one before.
func (l *Local) Take(_ context.Context, key string) (wait, step time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, s := time.Now(), l.state(key)
	wait = max(0, s.held.Sub(now))
	for i, w := range l.windows {
		// To the nanosecond, however the limiter rounds.
		missing := math.Round((1 - s.limiters[i].TokensAt(now)) * float64(w.Interval()))
		if late := time.Duration(missing); late > wait {
			wait, step = late, w.Interval()
		}
	}
	if wait == 0 {
		s.spend(now)
	}
	return wait, step
}

// Spend counts a call of the key that another replica's count let start.
func (l *Local) Spend(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state(key).spend(time.Now())
}

// Hold lets no call of the key start for so long. The last word counts.
func (l *Local) Hold(_ context.Context, key string, d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state(key).held = time.Now().Add(d)
}

// spend takes a token of each window, where there is one.
func (s *state) spend(now time.Time) {
	for _, limiter := range s.limiters {
		limiter.AllowN(now, 1)
	}
}

func (l *Local) state(key string) *state {
	if s := l.young[key]; s != nil {
		return s
	}
	s := l.old[key]
	if s == nil {
		s = &state{}
		for _, w := range l.windows {
			s.limiters = append(s.limiters, rate.NewLimiter(rate.Every(w.Interval()), w.Burst()))
		}
	}
	if len(l.young) >= mostKeys {
		l.young, l.old = map[string]*state{}, l.young
	}
	l.young[key] = s
	return s
}
