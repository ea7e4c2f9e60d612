package limit

import (
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
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

// sharing is a replica of two that lets calls start in the server's minutes.
func sharing(t *testing.T, server *miniredis.Miniredis, perMinute int) *Limiter {
	t.Helper()
	return New(nil, Options{PerMinute: perMinute, Redis: connect(t, server, RedisOptions{}), Replicas: 2})
}

// Two replicas that always have a call start together what one may: in any
// minute no more than the limit, and nine tenths of it or more.
func TestTwoReplicas(t *testing.T) {
	server := miniredis.RunT(t)
	const perMinute = 60
	replicas := [...]*Limiter{sharing(t, server, perMinute), sharing(t, server, perMinute)}
	clock := newClock(server)
	var starts []time.Time
	const minutes = 3
	for range minutes * 60 * 2 {
		for _, l := range replicas {
			if l.ask(t.Context(), l.open(key)) == 0 {
				starts = append(starts, clock.now)
			}
		}
		clock.pass(time.Second / 2)
	}
	if n := most(starts, time.Minute); n > perMinute {
		t.Errorf("%d starts in a minute, the limit is %d", n, perMinute)
	}
	if n := len(starts) / minutes; n < perMinute*9/10-1 {
		t.Errorf("%d starts a minute, want nine tenths of %d", n, perMinute)
	}
}

// Whenever calls come, no stretch of a window's length has more starts than the
// window allows, and a call that waits as long as Take says may start.
func TestAnyStartsOfReplicas(t *testing.T) {
	server := miniredis.RunT(t)
	clock := newClock(server)
	redis := connect(t, server, RedisOptions{})
	rapid.Check(t, func(r *rapid.T) {
		server.FlushAll()
		l := New(nil, Options{
			PerMinute: rapid.IntRange(1, 40).Draw(r, "a minute"), PerHour: rapid.IntRange(1, 150).Draw(r, "an hour"), Redis: redis,
		})
		var starts []time.Time
		for _, gap := range rapid.SliceOfN(rapid.OneOf(rapid.Just(0), rapid.IntRange(1, 90_000)), 1, 30).Draw(r, "gaps in ms") {
			clock.pass(time.Duration(gap) * time.Millisecond)
			wait := l.ask(t.Context(), l.open(key))
			if wait == 0 {
				starts = append(starts, clock.now)
				continue
			}
			if step := max(interval(l.windows[0]), interval(l.windows[1])); wait > roundUp(step) {
				r.Errorf("told to wait %v, a step is %v", wait, step)
			}
			clock.pass(wait)
			if again := l.ask(t.Context(), l.open(key)); again != 0 {
				r.Errorf("after the wait, told to wait %v", again)
			}
			starts = append(starts, clock.now)
		}
		checkStarts(r, starts, l.options)
	})
}

// What one replica learns from a 429 holds the other back, for this key and for
// so long; an idle key leaves nothing behind.
func TestHold(t *testing.T) {
	server := miniredis.RunT(t)
	one, other := sharing(t, server, 60), sharing(t, server, 60)
	clock := newClock(server)
	one.ask(t.Context(), one.open(key))
	one.options.Redis.hold(t.Context(), key, time.Minute)
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
		if got := other.ask(t.Context(), other.open(c.key)); got != c.want {
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
	l := New(nil, Options{PerHour: 40, Redis: connect(t, server, RedisOptions{Logger: journal.logger(), Rest: rest}), Replicas: 2})
	if wait := l.ask(t.Context(), l.open(key)); wait != 0 {
		t.Fatalf("told to wait %v by Redis", wait)
	}
	server.Close()
	var started int
	for range 20 {
		if l.ask(t.Context(), l.open(key)) == 0 {
			started++
		}
	}
	if started != 1 {
		t.Errorf("%d starts while Redis is away, want one: the other was spent before", started)
	}
	l.delay(l.open("held"), time.Minute)
	if l.ask(t.Context(), l.open("held")) <= 0 {
		t.Error("what was learned while Redis is away does not count")
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); journal.count("Redis is back") == 0 && time.Now().Before(deadline); {
		l.ask(t.Context(), l.open("probe"))
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
