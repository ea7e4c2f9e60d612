package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLayersAreComparedByThroughputWithinRounds(t *testing.T) {
	rates := func(p50 float64, rates ...float64) (turns []figures) {
		for _, r := range rates {
			turns = append(turns, figures{P50: p50, Rate: r})
		}
		return turns
	}
	b := bench{classes: []*class{{name: "object", payload: make([]byte, 9)}}, candidates: candidates("", "posthog-mcp", layers("", ""))}
	for _, c := range []struct {
		name  string
		turns map[key][]figures
		want  []layerCell
	}{
		{"a slow round for all of them", map[key][]figures{
			{"object", 256, "ours http"}:     rates(5, 1000, 100, 2000),
			{"object", 256, "ours+all http"}: rates(6, 900, 90, 1700),
			{"object", 256, "bare http"}:     rates(7, 1, 1, 1),
		}, []layerCell{
			{Class: "object", Payload: 9, InFlight: 256, Candidate: "ours http", Rate: 1000, VsOurs: 1, P50: 5},
			{Class: "object", Payload: 9, InFlight: 256, Candidate: "ours+all http", Rate: 900, VsOurs: 0.9, P50: 6, Spans: 2},
		}},
		{"a layer by itself", map[key][]figures{
			{"object", 64, "ours+auth http"}: rates(6, 900),
			{"object", 1, "ours http"}:       rates(6, 900),
		}, []layerCell{{Class: "object", Payload: 9, InFlight: 64, Candidate: "ours+auth http", Rate: 900, P50: 6}}},
		{"no layer", map[key][]figures{{"object", 64, "ours http"}: rates(6, 900)}, nil},
	} {
		if d := cmp.Diff(c.want, b.layers(c.turns, map[string]float64{"ours+all http": 2})); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

func TestLayersAreNotAmongTheOthers(t *testing.T) {
	b := bench{classes: []*class{{name: "object"}}, candidates: candidates("", "posthog-mcp", layers("", ""))}
	turn := []figures{{P50: 10, P99: 20, Rate: 5}}
	got := b.cells(map[key][]figures{
		{"object", 256, "bare http"}: turn, {"object", 256, "ours http"}: {{P50: 15, P99: 20, Rate: 5}}, {"object", 256, "ours+auth http"}: turn,
	})
	want := []cell{
		{Class: "object", InFlight: 256, Candidate: "bare http", figures: turn[0], VsBare: 1},
		{Class: "object", InFlight: 256, Candidate: "ours http", figures: figures{P50: 15, P99: 20, Rate: 5}, VsBare: 1.5},
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(cell{})); d != "" {
		t.Error(d)
	}
}
