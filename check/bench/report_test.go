package main

import (
	"strings"
	"testing"
)

func TestBar(t *testing.T) {
	for _, c := range []struct {
		value, limit float64
		most         bool
		want         string
	}{
		{1.2, 1.3, true, "1.20 (≤ 1.3: met)"},
		{1.3, 1.3, true, "1.30 (≤ 1.3: met)"},
		{1.31, 1.3, true, "1.31 (≤ 1.3: MISSED)"},
		{0.8, 0.75, false, "0.80 (≥ 0.75: met)"},
		{0.7, 0.75, false, "0.70 (≥ 0.75: MISSED)"},
		{0, 32, true, "0.00 (≤ 32: not measured)"},
	} {
		var said strings.Builder
		bar(&said, "x", c.value, c.limit, c.most)
		if got := strings.TrimSpace(said.String()); got != "x "+c.want {
			t.Errorf("%v of %v: %q, want %q", c.value, c.limit, got, c.want)
		}
	}
}

// A slow round of the machine cancels out.
func TestRatioIsTakenWithinARound(t *testing.T) {
	if got := ratio([]float64{10, 200, 11}, []float64{10, 100, 10}); got != 1.1 {
		t.Errorf("got %v, want 1.1", got)
	}
	if got := ratio([]float64{10}, nil); got != 0 {
		t.Errorf("without anything to compare: %v, want 0", got)
	}
}

func TestIDOfAnAnswer(t *testing.T) {
	for line, want := range map[string]int{
		`17 {"id":3}`: 17,
		`{"jsonrpc":"2.0","id":42,"result":{"id":3}}`: 42,
	} {
		if got, err := idOf([]byte(line)); err != nil || got != want {
			t.Errorf("%s: %d, %v, want %d", line, got, err, want)
		}
	}
	if _, err := idOf([]byte(`{"jsonrpc":"2.0","method":"notifications/message"}`)); err == nil {
		t.Error("a notification has an id")
	}
}
