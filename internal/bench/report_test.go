package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTable(t *testing.T) {
	r := &report{
		Cells: []cell{
			{Class: "object", Payload: 1277, InFlight: 1, Candidate: "direct", figures: figures{P50: 151.4, P99: 444, Rate: 6141}},
			{Class: "object", Payload: 1277, InFlight: 1, Candidate: "ours stdio", figures: figures{P50: 360.6, P99: 1100, Rate: 2600}, VsBare: 1.042, VsFloor: 1.2},
			{Class: "object", Payload: 1277, InFlight: 64, Candidate: "bare http", figures: figures{P50: 12345, P99: 30000, Rate: 5000}, VsBare: 1},
		},
		Layers: []layerCell{
			{Class: "object", Payload: 1277, InFlight: 64, Candidate: "ours+auth http", Rate: 2345.6, P50: 20000},
			{Class: "object", Payload: 1277, InFlight: 256, Candidate: "ours http", Rate: 2000, VsOurs: 1, P50: 130000},
			{Class: "object", Payload: 1277, InFlight: 256, Candidate: "ours+all http", Rate: 1776, VsOurs: 0.888, P50: 144000, Spans: 1.957},
		},
		Servers: []server{
			{Name: "floor stdio", Start: 15.94, StartVsBare: 0.58},
			{Name: "ours stdio", Start: 27.4, StartVsBare: 1, List: 17349, Resident: 16.66, Peak: 17.5},
		},
	}
	want := `
object, 1.3 KB, 1 in flight           p50        p99    calls/s      ×bare     ×floor
  direct                              151        444       6141          -          -
  ours stdio                          361       1100       2600       1.04       1.20

object, 1.3 KB, 64 in flight          p50        p99    calls/s      ×bare     ×floor
  bare http                         12345      30000       5000       1.00          -

layers, object, 64 in flight      calls/s      ×ours        p50      spans
  ours+auth http                     2346          -      20000          -

layers, object, 256 in flight     calls/s      ×ours        p50      spans
  ours http                          2000       1.00     130000          -
  ours+all http                      1776       0.89     144000       1.96

process                        first list      ×bare       list        RSS       peak
  floor stdio                        15.9       0.58          -          -          -
  ours stdio                         27.4       1.00    17.3 KB       16.7       17.5

` + legend
	var b strings.Builder
	if err := r.print(&b); err != nil {
		t.Fatal(err)
	}
	_, got, _ := strings.Cut(b.String(), "\n") // the first line names the machine
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[int]string{0: "-", 46: "46 B", 999: "999 B", 1000: "1.0 KB", 26543: "26.5 KB"} {
		if got := size(n); got != want {
			t.Errorf("size(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestParseMemory(t *testing.T) {
	got, err := parseMemory([]byte("Name:\tbare\nVmPeak:\t 1230000 kB\nVmHWM:\t   17500 kB\nVmRSS:\t   16700 kB\nThreads:\t9\n"))
	if want := (memory{resident: 16700 << 10, peak: 17500 << 10}); err != nil || got != want {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	if _, err := parseMemory([]byte("Name:\tgone\n")); err == nil {
		t.Error("no error for a status without memory")
	}
}
