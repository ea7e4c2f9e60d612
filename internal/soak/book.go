package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"
)

// belief is what a caller takes a write's outcome to be.
type belief int

const (
	refused belief = iota // nothing was done
	done                  // it was done
	unknown               // it was done or not, and at most once
)

func (b belief) String() string { return [...]string{"refused", "done", "unknown"}[b] }

type write struct {
	title, address string
	believed       belief
}

// book is what the callers saw.
type book struct {
	mu         sync.Mutex
	latencies  []time.Duration
	failures   map[string]int
	heldBack   map[string]int
	writes     []write
	violations []string
}

func newBook() *book { return &book{failures: map[string]int{}, heldBack: map[string]int{}} }

func (b *book) answered(took time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.latencies = append(b.latencies, took)
}

func (b *book) failed(name string, err error) {
	if w := wrong(""); errors.As(err, &w) {
		b.violate("%s: %v", name, w)
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures[kindOf(err)]++
}

func (b *book) held(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.heldBack[name]++
}

func (b *book) wrote(w write) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.writes = append(b.writes, w)
}

func (b *book) violate(format string, a ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.violations = append(b.violations, fmt.Sprintf(format, a...))
}

// audit holds the writes against what PostHog did, and the greedy caller's
// busiest minute against the limit.
func (b *book) audit(u *upstream, minute int) {
	for _, w := range b.writes {
		made, mailed := u.created[w.title], u.mails[w.address]
		fits := made == mailed
		switch w.believed {
		case refused:
			fits = fits && made == 0
		case done:
			fits = fits && made == 1
		case unknown:
			fits = fits && made <= 1
		}
		if !fits {
			b.violate("%q, believed to be %v: made %d times, mailed %d times", w.title, w.believed, made, mailed)
		}
	}
	const tolerance = perMinute / 10
	if minute > perMinute+tolerance {
		b.violate("the greedy caller started %d calls in a minute; the replicas' limit is %d", minute, perMinute)
	}
}

// perMinute is PostHog's limit for a key, which replicas keep together.
const perMinute = 480

// print shows the figures.
func (b *book) print(w io.Writer) {
	believed := map[belief]int{}
	for _, each := range b.writes {
		believed[each.believed]++
	}
	fmt.Fprintf(w, "  reads     %d answered, p50 %v, p99 %v\n", len(b.latencies), quantile(b.latencies, 0.5), quantile(b.latencies, 0.99))
	fmt.Fprintf(w, "  writes    %d done, %d unknown, %d refused\n", believed[done], believed[unknown], believed[refused])
	for _, kind := range slices.Sorted(maps.Keys(b.failures)) {
		fmt.Fprintf(w, "  failures  %d by %s\n", b.failures[kind], kind)
	}
	total := 0
	for _, n := range b.heldBack {
		total += n
	}
	fmt.Fprintf(w, "  held back %d, of them %d of the greedy caller\n", total, b.heldBack[greedy])
}

// verdict is an error that tells what must not have happened.
func (b *book) verdict() error {
	var all []error
	for _, v := range b.violations[:min(len(b.violations), 20)] {
		all = append(all, errors.New(v))
	}
	if more := len(b.violations) - len(all); more > 0 {
		all = append(all, fmt.Errorf("and %d more", more))
	}
	return errors.Join(all...)
}

// quantile is the duration that the fraction q of all is not above.
func quantile(all []time.Duration, q float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)].Round(100 * time.Microsecond)
}
