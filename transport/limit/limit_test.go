package limit_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/limit"
)

// twenty is two calls at once, then one in 60/19 seconds.
const (
	twenty = 20
	step   = 3157894737 * time.Nanosecond
)

var (
	done = ending{Status: 200}
	held = func(retryAfter time.Duration) ending { return ending{Kind: engine.Limited, RetryAfter: retryAfter} }
)

// How calls end that one caller makes one after the other.
func TestOneAfterTheOther(t *testing.T) {
	type made struct {
		after   time.Duration // since the call before ended
		timeout time.Duration // 0 for none
		want    ending
	}
	for name, c := range map[string]struct {
		options limit.Options
		calls   []made
	}{
		"no limits": {limit.Options{}, []made{{0, 0, done}, {0, 0, done}, {0, 0, done}}},
		"a limit that is not reached": {limit.Options{PerMinute: twenty}, []made{
			{0, 0, done}, {step, 0, done}, {step, 0, done}, {step, 0, done},
		}},
		"the third waits": {limit.Options{PerMinute: twenty}, []made{
			{0, 0, done}, {0, 0, done}, {0, 0, ending{Status: 200, Took: step}}, {0, 0, ending{Status: 200, Took: step}},
		}},
		"an hour's limit": {limit.Options{PerHour: twenty, MaxWait: time.Hour}, []made{
			{0, 0, done}, {0, 0, done}, {0, 0, ending{Status: 200, Took: 189473684211}},
		}},
		"longer than the longest wait": {limit.Options{PerMinute: twenty, MaxWait: time.Second}, []made{
			{0, 0, done}, {0, 0, done}, {0, 0, held(step)}, {time.Second, 0, held(step - time.Second)},
			{step - 1500*time.Millisecond, 0, ending{Status: 200, Took: time.Second / 2}},
		}},
		"longer than its deadline": {limit.Options{PerMinute: twenty}, []made{
			{0, 0, done}, {0, 0, done}, {0, time.Second, held(step)}, {0, 4 * time.Second, ending{Status: 200, Took: step}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, _ := behind(c.options, 0)
				for i, m := range c.calls {
					time.Sleep(m.after)
					ctx, cancel := as(t.Context(), 1), context.CancelFunc(func() {})
					if m.timeout > 0 {
						ctx, cancel = context.WithTimeout(ctx, m.timeout)
					}
					if d := cmp.Diff(m.want, call(ctx, l, listPath)); d != "" {
						t.Errorf("call %d (-want +got):\n%s", i+1, d)
					}
					cancel()
				}
			})
		})
	}
}

// Calls that come together, and how each ends, in their order.
func TestTogether(t *testing.T) {
	waited := func(d time.Duration) ending { return ending{Status: 200, Took: d} }
	late := func(took, retryAfter time.Duration) ending {
		return ending{Kind: engine.Limited, Took: took, RetryAfter: retryAfter}
	}
	for name, c := range map[string]struct {
		options limit.Options
		takes   time.Duration
		want    []ending
	}{
		"slots of a lane": {limit.Options{InFlightPerKey: 2}, time.Second, []ending{
			waited(time.Second), waited(time.Second), waited(2 * time.Second), waited(2 * time.Second), waited(3 * time.Second),
		}},
		"slots of the server": {limit.Options{InFlight: 1}, time.Second, []ending{
			waited(time.Second), waited(2 * time.Second), waited(3 * time.Second),
		}},
		"no place to wait": {limit.Options{InFlightPerKey: 1, QueuePerKey: 2}, time.Second, []ending{
			waited(time.Second), waited(2 * time.Second), waited(3 * time.Second), held(0), held(0),
		}},
		"no place to wait for anybody": {limit.Options{InFlightPerKey: 1, Queue: 1}, time.Second, []ending{
			waited(time.Second), waited(2 * time.Second), held(0),
		}},
		"the longest wait passes": {limit.Options{InFlight: 1, MaxWait: 3 * time.Second}, 2 * time.Second, []ending{
			waited(2 * time.Second), waited(4 * time.Second), {Kind: engine.Limited, Took: 3 * time.Second},
		}},
		"the rate": {limit.Options{PerMinute: twenty, MaxWait: 2*step + time.Second}, 0, []ending{
			done, done, waited(step), waited(2 * step), late(2*step, step), late(2*step, step),
		}},
		"the rate, and no place to wait": {limit.Options{PerMinute: twenty, QueuePerKey: 1}, 0, []ending{
			done, done, waited(step), held(step),
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, _ := behind(c.options, c.takes)
				got := make([]ending, len(c.want))
				for i := range c.want {
					go func() { got[i] = call(as(t.Context(), 1), l, listPath) }()
					synctest.Wait() // so that they come in this order
				}
				time.Sleep(time.Minute)
				synctest.Wait()
				if d := cmp.Diff(c.want, got); d != "" {
					t.Errorf("(-want +got):\n%s", d)
				}
			})
		})
	}
}

// A call whose caller goes away while it waits was not sent, and leaves its place
// to the next.
func TestCallerGoesAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, network := behind(limit.Options{InFlight: 1}, 3*time.Second)
		got := make([]ending, 3)
		leaving, leave := context.WithCancel(as(t.Context(), 2))
		for i, ctx := range []context.Context{as(t.Context(), 1), leaving, as(t.Context(), 3)} {
			go func() { got[i] = call(ctx, l, listPath) }()
			synctest.Wait()
		}
		time.Sleep(time.Second)
		leave()
		time.Sleep(time.Minute)
		synctest.Wait()
		want := []ending{
			{Status: 200, Took: 3 * time.Second},
			{Kind: engine.Cancelled, Took: time.Second},
			{Status: 200, Took: 6 * time.Second},
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		if n := network.count(keyOf(2)); n != 0 {
			t.Errorf("%d requests of the caller who left", n)
		}
	})
}

// What a 429 holds back: the calls of the key it came from, until PostHog said, and nobody
// else.
func TestLearns(t *testing.T) {
	const deliver = listPath + "1/test-delivery/"
	throttled := ending{Status: 429}
	for name, c := range map[string]struct {
		path string
		want []ending // of caller 1's list, caller 1's delivery, caller 2's list
	}{
		"a list":     {listPath, []ending{held(time.Minute), done, done}},
		"a delivery": {deliver, []ending{done, held(time.Minute), done}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, network := behind(limit.Options{InFlightPerKey: 100}, 0)
				network.throttled[c.path] = 60
				if d := cmp.Diff(throttled, call(as(t.Context(), 1), l, c.path)); d != "" {
					t.Errorf("the refused call (-want +got):\n%s", d)
				}
				clear(network.throttled)
				got := []ending{
					call(as(t.Context(), 1), l, listPath), call(as(t.Context(), 1), l, deliver), call(as(t.Context(), 2), l, listPath),
				}
				if d := cmp.Diff(c.want, got); d != "" {
					t.Errorf("meanwhile (-want +got):\n%s", d)
				}
				time.Sleep(55 * time.Second)
				want := ending{Status: 200, Took: 5 * time.Second}
				if d := cmp.Diff(want, call(as(t.Context(), 1), l, c.path)); d != "" {
					t.Errorf("towards the end (-want +got):\n%s", d)
				}
			})
		})
	}
}

// Calls that wait when a 429 comes are refused at once.
func TestLearnsForThoseWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, network := behind(limit.Options{InFlightPerKey: 1}, time.Second)
		network.throttled[listPath] = 60
		got := make([]ending, 3)
		for i := range got {
			go func() { got[i] = call(as(t.Context(), 1), l, listPath) }()
			synctest.Wait()
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		after := ending{Kind: engine.Limited, RetryAfter: time.Minute, Took: time.Second}
		if d := cmp.Diff([]ending{{Status: 429, Took: time.Second}, after, after}, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
}

// Without a key of their own, callers are one: it is one key at PostHog.
func TestServersKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := behind(limit.Options{PerMinute: 1, MaxWait: time.Second}, 0)
		got := []ending{call(t.Context(), l, listPath), call(t.Context(), l, listPath), call(as(t.Context(), 1), l, listPath)}
		want := []ending{{Kind: engine.NoKey}, held(time.Minute), done}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
}
