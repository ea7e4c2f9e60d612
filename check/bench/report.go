package main

import (
	"fmt"
	"io"
	"runtime"
	"slices"
)

// report is all that was measured.
type report struct {
	turns    map[key][]figures
	starts   map[candidate][]float64 // ms to the list of tools
	lists    map[candidate]int       // bytes of that list
	resident map[candidate]float64   // MiB
}

// The bar: what the product may cost.
const (
	mostLatency = 1.3  // × floor's p50, with one call in flight
	leastRate   = 0.75 // × floor's calls a second, with 64
	mostStart   = 1.5  // × bare's time to the first list of tools
)

// mostResident is in MiB, after 10,000 calls.
var mostResident = map[string]float64{"stdio": 32, "http": 45}

func (r *report) print(w io.Writer) {
	fmt.Fprintf(w, "%s/%s, %d CPUs, %s\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	fmt.Fprintln(w, "Medians over the rounds; a ratio is taken within a round. p50: µs, as the client sees it.")
	for _, k := range classes {
		for _, n := range []int{alone, busy} {
			r.printCalls(w, k.name, n)
		}
	}
	fmt.Fprintf(w, "\n%-24s %9s %9s %9s   %s\n", "process", "list ms", "list KB", "RSS MiB", "bar")
	for _, c := range candidates {
		start := median(r.starts[c])
		fmt.Fprintf(w, "  %-22s %9s %9s %9s", c, figure(start, 1), figure(float64(r.lists[c])/1000, 1), figure(r.resident[c], 1))
		if c.server == ours {
			bar(w, "list ms / bare", ratio(r.starts[c], r.starts[candidate{bare, c.transport}]), mostStart, true)
			bar(w, "RSS", r.resident[c], mostResident[c.transport], true)
		}
		fmt.Fprintln(w)
	}
}

func (r *report) printCalls(w io.Writer, class string, inFlight int) {
	fmt.Fprintf(w, "\n%-24s %9s %9s   %s\n", fmt.Sprintf("%s, %d in flight", class, inFlight), "p50", "calls/s", "bar")
	for _, c := range candidates {
		mine, base := r.turns[key{class, inFlight, c}], r.turns[key{class, inFlight, candidate{floor, c.transport}}]
		fmt.Fprintf(w, "  %-22s %9s %9s", c, figure(median(column(mine, p50)), 0), figure(median(column(mine, rate)), 0))
		switch {
		case c.server == ours && inFlight == alone:
			bar(w, "p50 / floor", ratio(column(mine, p50), column(base, p50)), mostLatency, true)
		case c.server == ours:
			bar(w, "calls/s / floor", ratio(column(mine, rate), column(base, rate)), leastRate, false)
		}
		fmt.Fprintln(w)
	}
}

// bar writes a value of the product's beside its limit.
func bar(w io.Writer, name string, value, limit float64, most bool) {
	sign, verdict := "≥", "met"
	if most {
		sign = "≤"
	}
	switch {
	case value == 0:
		verdict = "not measured"
	case value > limit == most && value != limit:
		verdict = "MISSED"
	}
	fmt.Fprintf(w, "   %s %.2f (%s %v: %s)", name, value, sign, limit, verdict)
}

func p50(f figures) float64  { return f.p50 }
func rate(f figures) float64 { return f.rate }

func column(turns []figures, of func(figures) float64) (all []float64) {
	for _, t := range turns {
		all = append(all, of(t))
	}
	return all
}

// median of none is 0.
func median(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(all))[(len(all)-1)/2]
}

// ratio is the median of a[i] / b[i], which are of one round: a slow minute of
// the machine cancels out. It is 0 without b.
func ratio(a, b []float64) float64 {
	var quotients []float64
	for i := range min(len(a), len(b)) {
		quotients = append(quotients, a[i]/b[i])
	}
	return median(quotients)
}

func figure(f float64, decimals int) string {
	if f == 0 {
		return "-"
	}
	return fmt.Sprintf("%.*f", decimals, f)
}
