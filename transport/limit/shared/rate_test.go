package shared

import (
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"posthog-mcp/transport/limit/rate"
)

const key = "0123456789ab/test-delivery/"

// clock is the time of a miniredis, which stands still between steps.
type clock struct {
	server *miniredis.Miniredis
	now    time.Time
}

func newClock(server *miniredis.Miniredis) *clock {
	c := &clock{server: server, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	server.SetTime(c.now)
	return c
}

func (c *clock) pass(d time.Duration) {
	c.now = c.now.Add(d)
	c.server.SetTime(c.now)
	c.server.FastForward(d)
}

// Two replicas that always have a call start together what one may: in any
// minute no more than the limit, and nine tenths of it or more.
func TestTwoReplicas(t *testing.T) {
	server := miniredis.RunT(t)
	window := rate.Window{Limit: 60, Per: time.Minute}
	replicas := [...]*Rate{
		connect(t, server, Options{}).Rate(2, window),
		connect(t, server, Options{}).Rate(2, window),
	}
	clock := newClock(server)
	var starts []time.Time
	const minutes = 3
	for range minutes * 60 * 2 {
		for _, r := range replicas {
			if wait, _ := r.Take(t.Context(), key); wait == 0 {
				starts = append(starts, clock.now)
			}
		}
		clock.pass(time.Second / 2)
	}
	if n := most(starts, window.Per); n > window.Limit {
		t.Errorf("%d starts in a minute, the limit is %d", n, window.Limit)
	}
	if n := len(starts) / minutes; n < window.Limit*9/10-1 {
		t.Errorf("%d starts a minute, want nine tenths of %d", n, window.Limit)
	}
}

// Whenever calls come, no stretch of a window's length has more starts than the
// window allows, and a call that waits as long as Take says may start.
func TestAnySchedule(t *testing.T) {
	server := miniredis.RunT(t)
	clock := newClock(server)
	redis := connect(t, server, Options{})
	rapid.Check(t, func(r *rapid.T) {
		server.FlushAll()
		windows := []rate.Window{
			{Limit: rapid.IntRange(1, 40).Draw(r, "a minute"), Per: time.Minute},
			{Limit: rapid.IntRange(1, 150).Draw(r, "an hour"), Per: time.Hour},
		}
		both := redis.Rate(1, windows...)
		var starts []time.Time
		for _, gap := range rapid.SliceOfN(rapid.OneOf(rapid.Just(0), rapid.IntRange(1, 90_000)), 1, 30).Draw(r, "gaps in ms") {
			clock.pass(time.Duration(gap) * time.Millisecond)
			wait, step := both.Take(t.Context(), key)
			if wait == 0 {
				starts = append(starts, clock.now)
				continue
			}
			if wait > step {
				r.Errorf("told to wait %v, a step is %v", wait, step)
			}
			clock.pass(wait)
			if again, _ := both.Take(t.Context(), key); again != 0 {
				r.Errorf("after the wait, told to wait %v", again)
			}
			starts = append(starts, clock.now)
		}
		for _, w := range windows {
			if n := most(starts, w.Per); n > w.Limit {
				r.Errorf("%d starts in %v, the limit is %d", n, w.Per, w.Limit)
			}
		}
	})
}

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

// What one replica learns from a 429 holds the other back, for this key and for
// so long; an idle key leaves nothing behind.
func TestHold(t *testing.T) {
	server := miniredis.RunT(t)
	window := rate.Window{Limit: 60, Per: time.Minute}
	one, other := connect(t, server, Options{}).Rate(2, window), connect(t, server, Options{}).Rate(2, window)
	clock := newClock(server)
	one.Take(t.Context(), key)
	one.Hold(t.Context(), key, time.Minute)
	for i, c := range []struct {
		after time.Duration
		key   string
		want  time.Duration
	}{
		{0, key, time.Minute},
		{0, "another", 0},
		{59 * time.Second, key, time.Second},
		{time.Second, key, 0},
	} {
		clock.pass(c.after)
		if got, _ := other.Take(t.Context(), c.key); got != c.want {
			t.Errorf("row %d: told to wait %v, want %v", i, got, c.want)
		}
	}
	clock.pass(time.Minute)
	if d := cmp.Diff([]string{}, server.Keys()); d != "" {
		t.Errorf("keys that are left (-want +got):\n%s", d)
	}
}

// While Redis is away, a replica gives out its share, of which what Redis allowed
// is spent; it says so once, and when Redis is back.
func TestRedisGoesAway(t *testing.T) {
	server := miniredis.RunT(t)
	var journal journal
	const rest = 10 * time.Millisecond
	// Half of it is 20 an hour: two at once.
	r := connect(t, server, Options{Logger: journal.logger(), Rest: rest}).Rate(2, rate.Window{Limit: 40, Per: time.Hour})
	if wait, _ := r.Take(t.Context(), key); wait != 0 {
		t.Fatalf("told to wait %v by Redis", wait)
	}
	server.Close()
	var started int
	for range 20 {
		if wait, _ := r.Take(t.Context(), key); wait == 0 {
			started++
		}
	}
	if started != 1 {
		t.Errorf("%d starts while Redis is away, want one: the other was spent before", started)
	}
	r.Hold(t.Context(), "held", time.Minute)
	if wait, _ := r.Take(t.Context(), "held"); wait <= 0 {
		t.Error("what was learned while Redis is away does not count")
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); journal.count("Redis is back") == 0 && time.Now().Before(deadline); {
		r.Take(t.Context(), "probe")
	}
	for words, want := range map[string]int{"Redis is away": 1, "Redis is back": 1, "level=": 2} {
		if got := journal.count(words); got != want {
			t.Errorf("%q stands %d times in the log, want %d", words, got, want)
		}
	}
	if !strings.Contains(strings.Join(server.Keys(), " "), "probe") {
		t.Error("Redis is back, and was not asked")
	}
}
