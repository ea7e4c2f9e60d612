package rate

import (
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Whenever calls come, no stretch of a window's length has more starts than the
// window allows.
func TestAnySchedule(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		windows := []Window{
			{rapid.IntRange(1, 60).Draw(r, "a minute"), time.Minute},
			{rapid.IntRange(1, 300).Draw(r, "an hour"), time.Hour},
		}
		gaps := rapid.SliceOfN(rapid.OneOf(
			rapid.Just(0),
			rapid.IntRange(1, 3000),
			rapid.IntRange(1, 600_000),
		), 1, 120).Draw(r, "gaps in ms")
		var starts []time.Time
		synctest.Test(t, func(t *testing.T) {
			l := NewLocal(windows...)
			for _, gap := range gaps {
				time.Sleep(time.Duration(gap) * time.Millisecond)
				if wait, _ := l.Take(t.Context(), "key"); wait == 0 {
					starts = append(starts, time.Now())
				}
			}
		})
		for _, w := range windows {
			if n := most(starts, w.Per); n > w.Limit {
				r.Errorf("%d starts in %v, the limit is %d", n, w.Per, w.Limit)
			}
		}
	})
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
		l := NewLocal(Window{perMinute, time.Minute})
		var starts []time.Time
		for begin := time.Now(); time.Since(begin) < 10*time.Minute; {
			wait, step := l.Take(t.Context(), "key")
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

// What Take says for each key, one row after the other, with a window of 20 a minute:
// two at once, then one in 60/19 seconds.
func TestTake(t *testing.T) {
	const step = 3157894737
	synctest.Test(t, func(t *testing.T) {
		l := NewLocal(Window{20, time.Minute})
		type answer struct{ Wait, Step time.Duration }
		for i, c := range []struct {
			after time.Duration
			key   string
			do    func()
			want  answer
		}{
			{0, "a", nil, answer{}},
			{0, "a", nil, answer{}},
			{0, "a", nil, answer{step, step}},
			{0, "b", nil, answer{}},
			{time.Second, "a", nil, answer{step - time.Second, step}},
			{step - time.Second, "a", nil, answer{}},
			{time.Minute, "a", nil, answer{}},
			{0, "a", nil, answer{}},
			{0, "a", nil, answer{step, step}},
			// Held back: the longer wait counts, and the last word.
			{0, "a", func() { l.Hold(t.Context(), "a", time.Hour) }, answer{time.Hour, 0}},
			{0, "b", nil, answer{}},
			{0, "a", func() { l.Hold(t.Context(), "a", time.Second) }, answer{step, step}},
			{0, "a", func() { l.Hold(t.Context(), "a", 10*time.Second) }, answer{10 * time.Second, 0}},
			{10 * time.Second, "a", nil, answer{}},
			// Started by somebody else: never further off than a step.
			{0, "c", func() { l.Spend("c") }, answer{}},
			{0, "c", nil, answer{step, step}},
			{0, "d", func() {
				for range 1000 {
					l.Spend("d")
				}
			}, answer{step, step}},
		} {
			time.Sleep(c.after)
			if c.do != nil {
				c.do()
			}
			var got answer
			got.Wait, got.Step = l.Take(t.Context(), c.key)
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("row %d (-want +got):\n%s", i, d)
			}
		}
	})
}

// However many keys there are, what is remembered is bounded, and the last ones
// are.
func TestManyKeys(t *testing.T) {
	before := heap()
	l := NewLocal(Window{20, time.Minute}, Window{200, time.Hour})
	for i := range 200_000 {
		l.Hold(t.Context(), fmt.Sprintf("%012x/test-delivery/", i), time.Hour)
	}
	if grown := heap() - before; grown > 16<<20 {
		t.Errorf("200,000 keys take %d bytes", grown)
	}
	for i := 200_000 - mostKeys; i < 200_000; i++ {
		if wait, _ := l.Take(t.Context(), fmt.Sprintf("%012x/test-delivery/", i)); wait == 0 {
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
