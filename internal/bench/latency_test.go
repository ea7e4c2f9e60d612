package main

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOrder(t *testing.T) {
	for round, want := range [][]int{{0, 1, 5, 2, 4, 3}, {1, 2, 0, 3, 5, 4}, {2, 3, 1, 4, 0, 5}} {
		if d := cmp.Diff(want, order(round, 6)); d != "" {
			t.Errorf("round %d: %s", round, d)
		}
	}
}

func TestOrderGivesEachAnotherNeighbour(t *testing.T) {
	for n := range 20 {
		before := map[[2]int]int{}
		for round := range n {
			row := order(round, n)
			for i := 1; i < n; i++ {
				before[[2]int{row[i-1], row[i]}]++
			}
			slices.Sort(row)
			for i, c := range row {
				if c != i {
					t.Fatalf("round %d of %d: %v", round, n, row)
				}
			}
		}
		for pair, times := range before {
			if times > 1+n%2 {
				t.Errorf("of %d, %d comes before %d in %d rounds", n, pair[0], pair[1], times)
			}
		}
	}
}
