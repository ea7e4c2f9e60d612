package limit

import (
	"cmp"
	"maps"
	"math"
	"time"

	"github.com/go-redis/redis_rate/v10"
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

// open returns the state of a key for a call, which ends with [Limiter.close]. Too many
// young keys become the old ones, of which only those with a call stay.
func (l *Limiter) open(name string) *keyState {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := cmp.Or(l.young[name], l.old[name])
	if k == nil {
		k = &keyState{name: name, slots: slots(l.options.InFlightPerKey), first: slots(1)}
		for _, w := range l.shares {
			k.buckets = append(k.buckets, rate.NewLimiter(rate.Every(interval(w)), w.Burst))
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

func (l *Limiter) close(k *keyState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k.calls--
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

// look returns how much too early a call would start now, as far as is known, and how
// many calls wait.
func (l *Limiter) look(k *keyState) (early time.Duration, waiting int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Until(k.earliest), k.waiting
}

// delay lets no call of the key start for so long.
func (l *Limiter) delay(k *keyState, d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at := time.Now().Add(d); at.After(k.earliest) {
		k.earliest = at
	}
}

// spend takes a token of each bucket that has one.
func (k *keyState) spend(now time.Time) {
	for _, bucket := range k.buckets {
		bucket.AllowN(now, 1)
	}
}

// slots are as many as the limit says; 0 is none.
func slots(limit int) *semaphore.Weighted {
	return semaphore.NewWeighted(int64(cmp.Or(max(limit, 0), math.MaxInt)))
}

func try(s *semaphore.Weighted) bool { return s.TryAcquire(1) }

// acquire takes a slot of the key and one of the process.
func (l *Limiter) acquire(k *keyState, way func(*semaphore.Weighted) bool) bool {
	if !way(k.slots) {
		return false
	}
	if !way(l.slots) {
		k.slots.Release(1)
		return false
	}
	return true
}

func (l *Limiter) release(k *keyState) {
	l.slots.Release(1)
	k.slots.Release(1)
}

// window returns a token bucket from which in any stretch of time of the length per at
// most limit calls start. A tenth may start at once, the others follow at even
// distances, so that a busy key starts nine tenths of limit. A bucket that gave the
// whole limit at once would let twice as many start in its first per.
//
// Of b starts at once and one after each interval T, at most b + ⌈per/T⌉ - 1 fall into a
// stretch [t, t+per): so T is per/(limit-b+1).
func window(limit int, per time.Duration) redis_rate.Limit {
	burst := max(1, limit/10)
	return redis_rate.Limit{Rate: limit - burst + 1, Burst: burst, Period: per}
}

// share is the window of one of n replicas, which all of them together keep.
func share(limit int, per time.Duration, n int) redis_rate.Limit {
	n = max(n, 1)
	return window(max(1, limit/n), per*time.Duration(max(limit, n))/time.Duration(limit))
}

// interval is the time between two starts once those at once are spent, rounded up.
func interval(w redis_rate.Limit) time.Duration {
	return (w.Period + time.Duration(w.Rate) - 1) / time.Duration(w.Rate)
}
