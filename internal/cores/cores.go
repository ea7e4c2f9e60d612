// Package cores keeps the program on one processor for as long as that is
// enough.
//
// The runtime wakes a thread for an idle processor whenever a goroutine becomes
// ready. A call that is passed on is a chain of such moments, none of which has
// work for two: waking costs more than it brings, about a third of the
// processor time of a call and of what the server adds to its latency. Only when
// goroutines begin to wait for each other are more processors of use.
package cores

import (
	"context"
	"os"
	"runtime"
	"runtime/metrics"
	"time"
)

const (
	// period is how often it is looked at how long goroutines waited.
	period = 100 * time.Millisecond
	// crowded is how long the goroutines of a period wait together, from which on
	// one processor is not enough. The runtime times one start in eight: about four
	// are waiting at any time then. Calls that come one by one have a tenth of that,
	// on a busy machine too; as many as the processor can do have twenty times as
	// much, and a few that take long have this much.
	crowded = period / 2
	// leastCalm is how long it must have been calm before one processor is tried
	// again. It doubles up to mostCalm for as long as that fails at once.
	leastCalm = 500 * time.Millisecond
	mostCalm  = 5 * time.Minute
)

// Follow has the program run on one processor, and on all of them while there is
// work for more, until ctx ends. Who sets GOMAXPROCS has chosen: then it does
// nothing.
func Follow(ctx context.Context) {
	all := runtime.GOMAXPROCS(0)
	if all == 1 || os.Getenv("GOMAXPROCS") != "" {
		return
	}
	runtime.GOMAXPROCS(1)
	defer runtime.SetDefaultGOMAXPROCS()
	waits := newWaits()
	look := time.NewTicker(period)
	defer look.Stop()
	for d := (decision{}); ; {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		before := d.many
		switch many := d.next(waits.read()); {
		case many && !before:
			runtime.GOMAXPROCS(all)
		case !many && before:
			runtime.GOMAXPROCS(1)
		}
	}
}

// decision is whether more than one processor is of use. The zero value says no.
type decision struct {
	many bool
	// calm is for how long it has been so on the processors there are, and needed
	// how long it must be so on many.
	calm, needed time.Duration
}

// next looks at another period, in which goroutines waited for so long.
func (d *decision) next(waited time.Duration) (many bool) {
	full := waited > crowded
	switch {
	case !full:
		d.calm += period
		if d.many && d.calm >= d.needed {
			d.many, d.calm = false, 0
		}
		return d.many
	case d.many:
	case d.calm < leastCalm: // it was calm because there were many
		d.needed = min(max(2*d.needed, leastCalm), mostCalm)
	default:
		d.needed = leastCalm
	}
	d.many, d.calm = true, 0
	return true
}

// waits reads how long goroutines waited for a processor.
type waits struct {
	sample []metrics.Sample
	before time.Duration // up to the last look
}

func newWaits() *waits {
	w := &waits{sample: []metrics.Sample{{Name: "/sched/latencies:seconds"}}}
	w.read()
	return w
}

// read returns how long they waited since the last time, rounded down. It takes
// microseconds.
func (w *waits) read() time.Duration {
	metrics.Read(w.sample)
	h := w.sample[0].Value.Float64Histogram()
	seconds := 0.0
	for i, n := range h.Counts[1:] { // what is below the first bound is nothing
		seconds += float64(n) * h.Buckets[i+1]
	}
	total := time.Duration(seconds * float64(time.Second))
	since := total - w.before
	w.before = total
	return since
}
