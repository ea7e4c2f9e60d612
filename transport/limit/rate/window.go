// Package rate decides when a call may start, so that in no stretch of time more calls
// start than PostHog accepts. Calls are counted per key. Nothing waits here: a call
// that may not start now asks again.
package rate

import "time"

// Window is a limit on starts: in any stretch of time of the length Per, at most
// Limit. The zero value of either is not usable.
//
// It is a token bucket: a tenth of Limit may start at once, the others follow at even
// distances, so that a busy key starts nine tenths of Limit. A bucket that gave the
// whole Limit at once would let twice as many start in its first Per.
type Window struct {
	Limit int
	Per   time.Duration
}

// Interval is the time between two starts once those at once are spent. Of b at
// once and one after each interval T, at most b + ⌈Per/T⌉ - 1 fall into a stretch
// [t, t+Per): so T is Per/(Limit-b+1), rounded up.
func (w Window) Interval() time.Duration {
	parts := time.Duration(w.Parts())
	return (w.Per + parts - 1) / parts
}

// Parts are how many intervals Per has.
func (w Window) Parts() int { return w.Limit - w.Burst() + 1 }

// Burst is how many may start at once.
func (w Window) Burst() int { return max(1, w.Limit/10) }

// Share is what one of n replicas may start, so that all of them keep to w.
func (w Window) Share(n int) Window {
	switch {
	case n <= 1:
		return w
	case w.Limit < n:
		return Window{Limit: 1, Per: w.Per * time.Duration(n) / time.Duration(w.Limit)}
	}
	return Window{Limit: w.Limit / n, Per: w.Per}
}
