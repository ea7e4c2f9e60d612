package limit

import (
	"time"

	"golang.org/x/time/rate"
)

// window is a limit on starts: in any stretch of time of the length per, at most
// limit.
//
// It is a token bucket: a tenth of limit may start at once, the others follow at even
// distances, so that a busy key starts nine tenths of limit. A bucket that gave the
// whole limit at once would let twice as many start in its first per.
type window struct {
	limit int
	per   time.Duration
}

// burst is how many may start at once.
func (w window) burst() int { return max(1, w.limit/10) }

// parts are how many intervals per has. Of b starts at once and one after each interval
// T, at most b + ⌈per/T⌉ - 1 fall into a stretch [t, t+per): so T is per/(limit-b+1).
func (w window) parts() int { return w.limit - w.burst() + 1 }

// interval is the time between two starts once those at once are spent, rounded up.
func (w window) interval() time.Duration {
	parts := time.Duration(w.parts())
	return (w.per + parts - 1) / parts
}

func (w window) bucket() *rate.Limiter {
	return rate.NewLimiter(rate.Every(w.interval()), w.burst())
}

// share is what one of n replicas may start, so that all of them keep to w.
func (w window) share(n int) window {
	switch {
	case n <= 1:
		return w
	case w.limit < n:
		return window{1, w.per * time.Duration(n) / time.Duration(w.limit)}
	}
	return window{w.limit / n, w.per}
}
