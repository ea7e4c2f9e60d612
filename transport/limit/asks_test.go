package limit

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"posthog-mcp/tools"
)

// counted counts how often the rate is asked.
type counted struct {
	pacer
	asks atomic.Int32
}

func (c *counted) Take(ctx context.Context, lane string) (wait, step time.Duration) {
	c.asks.Add(1)
	return c.pacer.Take(ctx, lane)
}

type upstream func()

func (u upstream) Do(context.Context, *tools.Request) (*tools.Response, error) {
	u()
	return &tools.Response{Status: 200}, nil
}

// Each question may be one to Redis: a call that starts asks once, and once more
// when it was first in line and had to wait. Those behind it don't ask.
func TestAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var started atomic.Int32
		l := New(upstream(func() { started.Add(1) }), Options{PerMinute: 20, MaxWait: time.Hour})
		counted := &counted{pacer: l.pace}
		l.pace = counted
		const calls, atOnce = 30, 2
		for range calls {
			go l.Do(t.Context(), &tools.Request{Path: "/"})
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := started.Load(); n != calls {
			t.Errorf("%d of %d calls were started", n, calls)
		}
		if n := counted.asks.Load(); n > calls+calls-atOnce {
			t.Errorf("the rate was asked %d times for %d calls", n, calls)
		}
	})
}
