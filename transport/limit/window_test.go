package limit

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWindows(t *testing.T) {
	for _, c := range []struct {
		window   window
		atOnce   int
		interval time.Duration
	}{
		{window{480, time.Minute}, 48, 138568130 * time.Nanosecond},
		{window{4800, time.Hour}, 480, 833140477 * time.Nanosecond},
		{window{10, time.Minute}, 1, 6 * time.Second},
		{window{1, time.Minute}, 1, time.Minute},
	} {
		if d := cmp.Diff([]any{c.atOnce, c.interval}, []any{c.window.burst(), c.window.interval()}); d != "" {
			t.Errorf("%v (-want +got):\n%s", c.window, d)
		}
	}
}

func TestShares(t *testing.T) {
	for _, c := range []struct {
		replicas int
		want     window
	}{
		{0, window{10, time.Minute}},
		{1, window{10, time.Minute}},
		{2, window{5, time.Minute}},
		{3, window{3, time.Minute}},
		{10, window{1, time.Minute}},
		{20, window{1, 2 * time.Minute}},
		{25, window{1, 150 * time.Second}},
	} {
		if got := (window{10, time.Minute}).share(c.replicas); got != c.want {
			t.Errorf("one of %d: %v, want %v", c.replicas, got, c.want)
		}
	}
}
