package limit

import (
	"cmp"
	"context"
	"maps"
	"math"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"
)

// mostKeys bounds the remembered keys: the last so many are, and at most twice as many,
// in about 10 MB. After some idle seconds there is nothing to remember of a key.
const mostKeys = 1 << 13

// keyState is the state of what PostHog throttles together.
type keyState struct {
	name    string
	buckets []*rate.Limiter // one for each window
	slots   *semaphore.Weighted
	first   *semaphore.Weighted // held by the first call of the queue

	// The mutex of the [Limiter] guards the rest.
	calls, waiting int       // calls are those that wait or are in flight
	earliest       time.Time // when a call may start, as far as is known
}

// open returns the state of a key for a call, which ends with [Limiter.close]. When the
// young keys are too many they become the old ones, of which only those with a call
// stay.
func (l *Limiter) open(name string) *keyState {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := cmp.Or(l.young[name], l.old[name])
	if k == nil {
		k = &keyState{name: name, slots: slots(l.options.InFlightPerKey), first: slots(1)}
		for _, w := range l.windows {
			k.buckets = append(k.buckets, w.share(l.options.Replicas).bucket())
		}
	}
	if len(l.young) >= mostKeys {
		maps.DeleteFunc(l.old, func(_ string, k *keyState) bool { return k.calls == 0 })
		l.young, l.old = l.old, l.young
	}
	l.young[name] = k
	k.calls++
	return k
}

// spend takes a token of each bucket that has one.
func (k *keyState) spend(now time.Time) {
	for _, bucket := range k.buckets {
		bucket.AllowN(now, 1)
	}
}

func (l *Limiter) close(k *keyState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k.calls--
}

// slots are as many as the limit says; 0 is none.
func slots(limit int) *semaphore.Weighted {
	if limit <= 0 {
		return semaphore.NewWeighted(math.MaxInt64)
	}
	return semaphore.NewWeighted(int64(limit))
}

// join reports whether a call may wait for its start.
func (l *Limiter) join(k *keyState) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting >= l.options.Queue || k.waiting >= l.options.QueuePerKey {
		return false
	}
	l.waiting++
	k.waiting++
	return true
}

func (l *Limiter) leave(k *keyState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting--
	k.waiting--
}

// isFree reports whether no call waits, and a new one is not known to be too early.
func (l *Limiter) isFree(k *keyState) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return k.waiting == 0 && !k.earliest.After(time.Now())
}

func (l *Limiter) earliest(k *keyState) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return k.earliest
}

// delay lets no call of the key start for so long.
func (l *Limiter) delay(k *keyState, d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at := time.Now().Add(d); at.After(k.earliest) {
		k.earliest = at
	}
}

func (l *Limiter) tryAcquire(k *keyState) bool {
	if !k.slots.TryAcquire(1) {
		return false
	}
	if !l.slots.TryAcquire(1) {
		k.slots.Release(1)
		return false
	}
	return true
}

func (l *Limiter) acquire(ctx context.Context, k *keyState) bool {
	if k.slots.Acquire(ctx, 1) != nil {
		return false
	}
	if l.slots.Acquire(ctx, 1) != nil {
		k.slots.Release(1)
		return false
	}
	return true
}

func (l *Limiter) release(k *keyState) {
	l.slots.Release(1)
	k.slots.Release(1)
}
