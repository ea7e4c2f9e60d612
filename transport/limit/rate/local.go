package rate

import (
	"context"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// mostKeys bounds the remembered keys: the last so many that started a call are
// remembered, and at most twice as many, in about 10 MB. After some idle seconds there
// is nothing to remember of a key.
const mostKeys = 1 << 14

// Local keeps the windows of each key in this process. It is safe for concurrent
// use.
type Local struct {
	windows []Window

	mu sync.Mutex
	// The keys that were used last, in two generations: when the young one is full, it
	// becomes the old one, and the old one is forgotten.
	young, old map[string]*state
}

// state is what is known of a key.
type state struct {
	limiters []*rate.Limiter // one for each window
	held     time.Time       // until when PostHog asked to be left alone
}

// NewLocal returns a Local that keeps all of the windows at once. Without a window it
// only holds keys back: see [Local.Hold].
func NewLocal(windows ...Window) *Local {
	return &Local{windows: windows, young: map[string]*state{}}
}

// Take starts a call of the key if wait is zero. Otherwise nothing is spent, and a call
// may start after wait; of several that wait, each one a step after the one before.
func (l *Local) Take(_ context.Context, key string) (wait, step time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, s := time.Now(), l.state(key)
	wait = max(0, s.held.Sub(now))
	for i, w := range l.windows {
		// Rounded to the nanosecond, as the limiter does not.
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

// Spend counts a call of the key that Redis let start.
func (l *Local) Spend(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state(key).spend(time.Now())
}

// Hold lets no call of the key start for d. It replaces an earlier Hold.
func (l *Local) Hold(_ context.Context, key string, d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state(key).held = time.Now().Add(d)
}

// spend takes a token of each window that has one.
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
