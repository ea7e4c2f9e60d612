package main

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestPercentile(t *testing.T) {
	hundred := make([]int, 100)
	for i := range hundred {
		hundred[i] = i + 1
	}
	for _, c := range []struct {
		sorted  []int
		p, want int
	}{
		{[]int{7}, 50, 7},
		{[]int{7}, 99, 7},
		{[]int{1, 2}, 50, 1},
		{[]int{1, 2, 3}, 50, 2},
		{[]int{1, 2, 3, 4}, 99, 4},
		{hundred, 50, 50},
		{hundred, 99, 99},
		{hundred, 100, 100},
		{hundred, 0, 1},
		{append(slices.Clone(hundred), 101), 99, 100},
	} {
		if got := percentile(c.sorted, c.p); got != c.want {
			t.Errorf("percentile(%d values, %d) = %d, want %d", len(c.sorted), c.p, got, c.want)
		}
	}
}

// The definition of the nearest rank, checked by counting.
func TestPercentileIsTheLeastThatCovers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.IntRange(0, 50), 1, 200).Draw(t, "values")
		p := rapid.IntRange(1, 100).Draw(t, "p")
		slices.Sort(values)
		covered := func(v int) int {
			n := 0
			for _, x := range values {
				if x <= v {
					n++
				}
			}
			return n * 100
		}
		got := percentile(values, p)
		if covered(got) < p*len(values) || covered(got-1) >= p*len(values) {
			t.Fatalf("%d is not the %dth percentile of %v", got, p, values)
		}
	})
}

func TestFigures(t *testing.T) {
	s := sample{all: 2 * time.Second}
	for i := 200; i > 0; i-- {
		s.took = append(s.took, time.Duration(i)*time.Millisecond)
	}
	want := figures{P50: 100_000, P99: 198_000, Rate: 100}
	if d := cmp.Diff(want, s.figures()); d != "" {
		t.Error(d)
	}
}

func TestMiddleTakesEachFigureByItself(t *testing.T) {
	turns := []figures{{P50: 1, P99: 90, Rate: 5}, {P50: 3, P99: 20, Rate: 6}, {P50: 2, P99: 30, Rate: 4}}
	if d := cmp.Diff(figures{P50: 2, P99: 30, Rate: 5}, middle(turns)); d != "" {
		t.Error(d)
	}
}

func TestRatioComparesWithinRounds(t *testing.T) {
	// The machine is ten times slower in the second round, for both.
	mine := []figures{{P50: 150, Rate: 8}, {P50: 1500, Rate: 0.8}, {P50: 160, Rate: 9}}
	base := []figures{{P50: 100, Rate: 10}, {P50: 1000, Rate: 1}, {P50: 100, Rate: 10}}
	if got := ratio(mine, base, p50); got != 1.5 {
		t.Errorf("ratio of p50 = %v, want 1.5", got)
	}
	if got := ratio(mine, base, rate); got != 0.8 {
		t.Errorf("ratio of rate = %v, want 0.8", got)
	}
	if got := ratio(mine, nil, p50); got != 0 {
		t.Errorf("ratio without a base = %v, want 0", got)
	}
}

func TestACrowdHasTheDouble(t *testing.T) {
	l := load{1000, time.Second}
	for n, want := range map[int]load{alone: l, busy: l, crowd: {2000, 2 * time.Second}} {
		if got := l.among(n); got != want {
			t.Errorf("among %d: %v, want %v", n, got, want)
		}
	}
}
