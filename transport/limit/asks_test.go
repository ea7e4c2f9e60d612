package limit

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"posthog-mcp/tools/engine"
)

type upstream func()

func (u upstream) Do(context.Context, *engine.Request) (*engine.Response, error) {
	u()
	return &engine.Response{Status: 200}, nil
}

// Each question may be one to Redis: a call asks when it comes and none waits, and
// when it is first in its queue and may start as far as is known.
func TestAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var started, asks atomic.Int32
		l := New(upstream(func() { started.Add(1) }), Options{PerMinute: 20, MaxWait: time.Hour})
		ask := l.ask
		l.ask = func(ctx context.Context, k *keyState) time.Duration {
			asks.Add(1)
			return ask(ctx, k)
		}
		const calls, atOnce = 30, 2
		for range calls {
			go l.Do(t.Context(), &engine.Request{Path: "/"})
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := started.Load(); n != calls {
			t.Errorf("%d of %d calls were started", n, calls)
		}
		if n := asks.Load(); n > calls+calls-atOnce {
			t.Errorf("the rate was asked %d times for %d calls", n, calls)
		}
	})
}

// A call that only asks the rate needs no place to wait: more calls than there are
// places come at once, no limit is near, and none is refused. Where a limit is what
// they wait for, the places are counted.
func TestAskingTakesNoPlace(t *testing.T) {
	const calls, places = 300, 10
	for _, c := range []struct {
		name    string
		limits  Options
		refused int32 // besides those that start
	}{
		{"far from a limit", Options{PerMinute: 1 << 20}, 0},
		{"at a rate", Options{PerMinute: 10}, calls - 1 - places},
		{"with the one slot taken", Options{PerMinute: 1 << 20, InFlightPerKey: 1}, calls - 1 - places},
		{"with all slots taken", Options{PerMinute: 1 << 20, InFlightPerKey: 2}, calls - 2 - places},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c.limits.QueuePerKey, c.limits.MaxWait = places, time.Hour
				l := New(upstream(func() { time.Sleep(time.Minute) }), c.limits)
				ask := l.ask
				l.ask = func(ctx context.Context, k *keyState) time.Duration {
					time.Sleep(time.Millisecond)
					return ask(ctx, k)
				}
				var refused atomic.Int32
				for range calls {
					go func() {
						if _, err := l.Do(t.Context(), &engine.Request{Path: "/"}); err != nil {
							refused.Add(1)
						}
					}()
				}
				time.Sleep(time.Hour)
				synctest.Wait()
				if n := refused.Load(); n != c.refused {
					t.Errorf("%d of %d calls were refused, want %d", n, calls, c.refused)
				}
			})
		})
	}
}
