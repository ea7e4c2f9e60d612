package soak

import (
	"slices"
	"sync"
	"testing"
	"time"
)

// belief is what a caller takes a write's outcome to be.
type belief string

const (
	refused belief = "refused" // nothing was done
	done    belief = "done"    // it was done
	unknown belief = "unknown" // it was done or not, and at most once
)

// book is what the callers saw. What must not have happened fails the test.
type book struct {
	*testing.T
	mu        sync.Mutex
	latencies []time.Duration
	failures  int
	heldBack  int
	writes    map[string]belief // by title
}

func newBook(t *testing.T) *book { return &book{T: t, writes: map[string]belief{}} }

func (b *book) note(change func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change()
}

// audit holds the writes against what PostHog did, and the greedy caller's
// busiest minute against the limit.
func (b *book) audit(u *upstream) {
	most := map[belief]int{refused: 0, done: 1, unknown: 1}
	for title, believed := range b.writes {
		if made := u.created[title]; made > most[believed] || made == 0 && believed == done {
			b.Errorf("%q, believed to be %s, was made %d times", title, believed, made)
		}
	}
	const tolerance = perMinute / 10
	minute := u.busiest(greedy)
	b.Logf("the greedy caller's busiest minute had %d calls of %d", minute, perMinute)
	if minute > perMinute+tolerance {
		b.Errorf("the greedy caller started %d calls in a minute; the replicas' limit is %d", minute, perMinute)
	}
}

func (b *book) print() {
	counts := map[belief]int{}
	for _, believed := range b.writes {
		counts[believed]++
	}
	b.Logf("reads: %d answered, p50 %v, p99 %v", len(b.latencies), b.quantile(0.5), b.quantile(0.99))
	b.Logf("writes: %d done, %d unknown, %d refused", counts[done], counts[unknown], counts[refused])
	b.Logf("%d calls failed on the way there or back, %d were held back to keep a limit", b.failures, b.heldBack)
	if len(b.latencies) == 0 {
		b.Error("no read was answered")
	}
}

// quantile is the duration that the fraction q of all answers did not take longer
// than.
func (b *book) quantile(q float64) time.Duration {
	if len(b.latencies) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(b.latencies))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)].Round(100 * time.Microsecond)
}
