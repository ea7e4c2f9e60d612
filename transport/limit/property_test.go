package limit_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/limit"
)

// arrival is a call of a random schedule.
type arrival struct {
	Gap    int // ms after the one before
	Caller int
	Leaves int // ms after which its caller goes away; 0 for never
}

// Whoever calls, and whenever: no minute and no hour has more starts of a caller
// than the limit, there are never more in flight than allowed, and every call
// ends in time: it starts, is refused with the seconds after which to come back, or its
// caller left.
func TestAnySchedule(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		o := limit.Options{
			PerMinute: rapid.IntRange(0, 30).Draw(r, "a minute"), PerHour: rapid.IntRange(0, 100).Draw(r, "an hour"),
			InFlight: rapid.IntRange(0, 4).Draw(r, "in flight"), InFlightPerKey: rapid.IntRange(1, 3).Draw(r, "per key"),
			QueuePerKey: rapid.IntRange(1, 20).Draw(r, "queue"), MaxWait: 20 * time.Second,
		}
		takes := time.Duration(rapid.IntRange(0, 5000).Draw(r, "takes")) * time.Millisecond
		schedule := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) arrival {
			return arrival{
				Gap:    rapid.OneOf(rapid.Just(0), rapid.IntRange(1, 5000), rapid.IntRange(1, 200_000)).Draw(r, "gap"),
				Caller: rapid.IntRange(1, 3).Draw(r, "caller"),
				Leaves: rapid.OneOf(rapid.Just(0), rapid.IntRange(1, 10_000)).Draw(r, "leaves"),
			}
		}), 1, 120).Draw(r, "schedule")

		var network *network
		got := make([]ending, len(schedule))
		synctest.Test(t, func(t *testing.T) {
			var l *limit.Limiter
			l, network = behind(o, takes)
			for i, a := range schedule {
				time.Sleep(time.Duration(a.Gap) * time.Millisecond)
				go func() {
					ctx := as(t.Context(), a.Caller)
					if a.Leaves > 0 {
						leaving, leave := context.WithCancel(ctx)
						defer time.AfterFunc(time.Duration(a.Leaves)*time.Millisecond, leave).Stop()
						ctx = leaving
					}
					got[i] = call(ctx, l, listPath)
				}()
			}
			time.Sleep(time.Minute)
			synctest.Wait()
		})
		for key, starts := range network.starts {
			within(r, key, starts, o.PerMinute, time.Minute)
			within(r, key, starts, o.PerHour, time.Hour)
		}
		for who, n := range network.most {
			if bound := map[bool]int{true: o.InFlight, false: o.InFlightPerKey}[who == ""]; bound > 0 && n > bound {
				r.Errorf("%q: %d in flight, the limit is %d", who, n, bound)
			}
		}
		for i, g := range got {
			if g.Took > o.MaxWait+takes {
				r.Errorf("call %d took %v", i, g.Took)
			}
			left := schedule[i].Leaves > 0 && (g.Kind == engine.Cancelled || g.Kind == -engine.Cancelled)
			if g.Status != 200 && g.Kind != engine.Limited && !left {
				r.Errorf("call %d ended as %+v", i, g)
			}
		}
	})
}

// within checks every [t, t+per) against the limit; 0 is none.
func within(r *rapid.T, who string, starts []time.Time, limit int, per time.Duration) {
	first := 0
	for i, at := range starts {
		for at.Sub(starts[first]) >= per {
			first++
		}
		if n := i - first + 1; limit > 0 && n > limit {
			r.Errorf("%s: %d starts in %v, the limit is %d", who, n, per, limit)
		}
	}
}
