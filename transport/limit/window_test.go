package limit

import (
	"testing"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/google/go-cmp/cmp"
)

func TestWindows(t *testing.T) {
	for _, c := range []struct {
		limit    int
		per      time.Duration
		atOnce   int
		interval time.Duration
	}{
		{480, time.Minute, 48, 138568130 * time.Nanosecond},
		{4800, time.Hour, 480, 833140477 * time.Nanosecond},
		{10, time.Minute, 1, 6 * time.Second},
		{1, time.Minute, 1, time.Minute},
	} {
		w := window(c.limit, c.per)
		if d := cmp.Diff([]any{c.atOnce, c.interval}, []any{w.Burst, interval(w)}); d != "" {
			t.Errorf("%d in %v (-want +got):\n%s", c.limit, c.per, d)
		}
	}
}

func TestShares(t *testing.T) {
	for _, c := range []struct {
		replicas int
		want     redis_rate.Limit
	}{
		{0, window(10, time.Minute)},
		{1, window(10, time.Minute)},
		{2, window(5, time.Minute)},
		{3, window(3, time.Minute)},
		{10, window(1, time.Minute)},
		{20, window(1, 2*time.Minute)},
		{25, window(1, 150*time.Second)},
	} {
		if got := share(10, time.Minute, c.replicas); got != c.want {
			t.Errorf("one of %d: %v, want %v", c.replicas, got, c.want)
		}
	}
}
