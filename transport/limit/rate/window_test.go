package rate

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWindows(t *testing.T) {
	for _, c := range []struct {
		window   Window
		atOnce   int
		interval time.Duration
	}{
		{Window{480, time.Minute}, 48, 138568130 * time.Nanosecond},
		{Window{4800, time.Hour}, 480, 833140477 * time.Nanosecond},
		{Window{10, time.Minute}, 1, 6 * time.Second},
		{Window{1, time.Minute}, 1, time.Minute},
	} {
		if d := cmp.Diff([]any{c.atOnce, c.interval}, []any{c.window.Burst(), c.window.Interval()}); d != "" {
			t.Errorf("%v (-want +got):\n%s", c.window, d)
		}
	}
}

func TestShares(t *testing.T) {
	for _, c := range []struct {
		replicas int
		want     Window
	}{
		{0, Window{10, time.Minute}},
		{1, Window{10, time.Minute}},
		{2, Window{5, time.Minute}},
		{3, Window{3, time.Minute}},
		{10, Window{1, time.Minute}},
		{20, Window{1, 2 * time.Minute}},
		{25, Window{1, 150 * time.Second}},
	} {
		if d := cmp.Diff(c.want, Window{10, time.Minute}.Share(c.replicas)); d != "" {
			t.Errorf("one of %d (-want +got):\n%s", c.replicas, d)
		}
	}
}
