package main

import (
	"cmp"
	"slices"
	"time"
)

// load is how many calls a turn has and how long it may last.
type load struct {
	calls int
	most  time.Duration
}

// among is l for so many callers: a crowd has the double of everything, so that
// the beginning and the end of a turn, where not all are in flight, weigh little.
func (l load) among(inFlight int) load {
	if inFlight < crowd {
		return l
	}
	return load{2 * l.calls, 2 * l.most}
}

// sample is what one turn measured: how long each call took, in any order, and
// all of them together.
type sample struct {
	took []time.Duration
	all  time.Duration
}

// figures are the numbers of a turn, or their medians over turns.
type figures struct {
	P50  float64 `json:"p50_us"`
	P99  float64 `json:"p99_us"`
	Rate float64 `json:"calls_per_s"`
}

func (s sample) figures() figures {
	slices.Sort(s.took)
	micros := func(p int) float64 { return float64(percentile(s.took, p)) / float64(time.Microsecond) }
	return figures{micros(50), micros(99), float64(len(s.took)) / s.all.Seconds()}
}

// middle is the median of each figure.
func middle(turns []figures) figures {
	return figures{
		median(turns, p50),
		median(turns, func(f figures) float64 { return f.P99 }),
		median(turns, rate),
	}
}

// percentile is by nearest rank: the least value that p percent of all do not
// exceed. sorted is not empty.
func percentile[T cmp.Ordered](sorted []T, p int) T {
	rank := (len(sorted)*p + 99) / 100
	return sorted[max(rank, 1)-1]
}

// median of what of returns for each; zero for none.
func median[E any, T cmp.Ordered](all []E, of func(E) T) T {
	values := make([]T, 0, len(all))
	for _, e := range all {
		values = append(values, of(e))
	}
	if len(values) == 0 {
		return *new(T)
	}
	slices.Sort(values)
	return percentile(values, 50)
}

// ratio is the median of what of returns for a[i], by what it returns for b[i]:
// turns of one round are compared, so that a slow minute of the machine cancels
// out. Zero without b.
func ratio(a, b []figures, of func(figures) float64) float64 {
	quotients := make([]float64, min(len(a), len(b)))
	for i := range quotients {
		quotients[i] = of(a[i]) / of(b[i])
	}
	return median(quotients, func(q float64) float64 { return q })
}

func p50(f figures) float64  { return f.P50 }
func rate(f figures) float64 { return f.Rate }
