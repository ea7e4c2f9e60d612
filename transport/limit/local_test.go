package limit

import (
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// Whenever calls come, no stretch of a window's length has more starts than the
// window allows.
func TestAnyStarts(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		o := Options{PerMinute: rapid.IntRange(1, 60).Draw(r, "a minute"), PerHour: rapid.IntRange(1, 300).Draw(r, "an hour")}
		gaps := rapid.SliceOfN(rapid.OneOf(
			rapid.Just(0),
			rapid.IntRange(1, 3000),
			rapid.IntRange(1, 600_000),
		), 1, 120).Draw(r, "gaps in ms")
		var starts []time.Time
		synctest.Test(t, func(t *testing.T) {
			l := New(nil, o)
			for _, gap := range gaps {
				time.Sleep(time.Duration(gap) * time.Millisecond)
				if l.ask(t.Context(), l.open("key")) == 0 {
					starts = append(starts, time.Now())
				}
			}
		})
		checkStarts(r, starts, o)
	})
}

// checkStarts compares starts with the limits.
func checkStarts(r *rapid.T, starts []time.Time, o Options) {
	for per, limit := range map[time.Duration]int{time.Minute: o.PerMinute, time.Hour: o.PerHour} {
		if n := most(starts, per); n > limit {
			r.Errorf("%d starts in %v, the limit is %d", n, per, limit)
		}
	}
}

// most is the largest number of starts in any [t, t+per).
func most(starts []time.Time, per time.Duration) int {
	best, first := 0, 0
	for i, at := range starts {
		for at.Sub(starts[first]) >= per {
			first++
		}
		best = max(best, i-first+1)
	}
	return best
}

// A key that always has a call starts nine tenths of the limit; a call that is told
// to wait can start exactly then.
func TestBusyKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, step := New(nil, Options{PerMinute: perMinute}), interval(window(perMinute, time.Minute))
		var starts []time.Time
		for begin := time.Now(); time.Since(begin) < 10*time.Minute; {
			wait := l.ask(t.Context(), l.open("key"))
			if wait == 0 {
				starts = append(starts, time.Now())
				continue
			}
			if wait > step {
				t.Fatalf("told to wait %v, a step is %v", wait, step)
			}
			time.Sleep(wait)
		}
		if n := most(starts, time.Minute); n != perMinute {
			t.Errorf("at most %d in a minute, want %d", n, perMinute)
		}
		if n := len(starts) / 10; n < perMinute*9/10 {
			t.Errorf("%d a minute, want nine tenths of %d or more", n, perMinute)
		}
	})
}

const perMinute = 480

// How long each key has to wait, one row after the other, with 20 calls a minute: two at
// once, then one in 60/19 seconds.
func TestAsk(t *testing.T) {
	const step = 3157894737
	synctest.Test(t, func(t *testing.T) {
		l := New(nil, Options{PerMinute: 20})
		for i, c := range []struct {
			after time.Duration
			key   string
			do    func(*keyState)
			want  time.Duration
		}{
			{0, "a", nil, 0},
			{0, "a", nil, 0},
			{0, "a", nil, step},
			{0, "b", nil, 0},
			{time.Second, "a", nil, step - time.Second},
			{step - time.Second, "a", nil, 0},
			{time.Minute, "a", nil, 0},
			{0, "a", nil, 0},
			{0, "a", nil, step},
			// Held back: the longest wait counts.
			{0, "a", func(k *keyState) { l.delay(k, time.Second) }, step},
			{0, "a", func(k *keyState) { l.delay(k, time.Hour) }, time.Hour},
			{0, "a", func(k *keyState) { l.delay(k, time.Second) }, time.Hour},
			{0, "b", nil, 0},
			{time.Hour, "a", nil, 0},
			// Started by somebody else: never further off than a step.
			{0, "c", func(k *keyState) { k.spend(time.Now()) }, 0},
			{0, "c", nil, step},
			{0, "d", func(k *keyState) {
				for range 1000 {
					k.spend(time.Now())
				}
			}, step},
		} {
			time.Sleep(c.after)
			k := l.open(c.key)
			if c.do != nil {
				c.do(k)
			}
			if got := l.ask(t.Context(), k); got != c.want {
				t.Errorf("row %d: told to wait %v, want %v", i, got, c.want)
			}
		}
	})
}

// However many keys there are, what is remembered is bounded, and the last ones
// are.
func TestManyKeys(t *testing.T) {
	before := heap()
	l := New(nil, Options{PerMinute: 20, PerHour: 200})
	for i := range 200_000 {
		k := l.open(fmt.Sprintf("%012x/test-delivery/", i))
		l.delay(k, time.Hour)
		l.close(k)
	}
	if grown := heap() - before; grown > 16<<20 {
		t.Errorf("200,000 keys take %d bytes", grown)
	}
	for i := 200_000 - mostKeys; i < 200_000; i++ {
		if l.ask(t.Context(), l.open(fmt.Sprintf("%012x/test-delivery/", i))) == 0 {
			t.Fatalf("key %d is forgotten", i)
		}
	}
	runtime.KeepAlive(l)
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
