package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"syscall"
	"time"
)

// siege is one replica that is attacked in every way at once, and another of the
// same machine that is not: what its callers wait longer for is the machine's
// doing, not the server's.
type siege struct {
	besieged, spared *target
	// before, during and after are the visits at the two, in this order.
	before, during, after []*visits
	attacks               map[string]int64
}

// underSiege looks at what polite callers and the machine notice of a siege.
func underSiege(ctx context.Context, o options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	posthog, err := newUpstream(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = posthog.http.Close() }()
	s := &siege{}
	for _, t := range []**target{&s.besieged, &s.spared} {
		if *t, err = newTarget(ctx, o.product, posthog.url); err != nil {
			return err
		}
		defer (*t).process.end(syscall.SIGTERM)
	}
	fmt.Printf("one replica under siege, for %v, and one beside it that is not\n", o.siege)
	if err := s.hold(ctx, o); err != nil {
		return err
	}
	s.print()
	return s.verdict()
}

// calmFor is how long it is looked at without an attack.
const calmFor = 4 * time.Second

func (s *siege) hold(ctx context.Context, o options) error {
	addrs := []string{s.besieged.addr, s.spared.addr}
	s.before = polite(ctx, calmFor, addrs...)
	if err := errors.Join(s.besieged.rest(ctx), s.spared.rest(ctx)); err != nil {
		return err
	}
	fighting, stop := context.WithTimeout(ctx, o.siege)
	defer stop()
	counted, err := hire(ctx, o, s.besieged.addr)
	if err != nil {
		return err
	}
	peak := make(chan int)
	go func() { peak <- watch(fighting, s.besieged.process) }()
	s.during = polite(ctx, o.siege, addrs...)
	s.besieged.peak = <-peak
	for _, t := range []*target{s.besieged, s.spared} {
		t.worked = t.process.busy() - t.worked
	}
	if s.attacks, err = counted(); err != nil {
		return err
	}
	s.after = polite(ctx, calmFor, addrs...)
	return s.besieged.settle(ctx)
}

func (s *siege) print() {
	for _, name := range slices.Sorted(maps.Keys(s.attacks)) {
		fmt.Printf("  attack     %-22s %7d\n", name, s.attacks[name])
	}
	for kind, of := range visitKinds {
		fmt.Printf("  %-32s %25s %25s\n", of.name, "besieged, p50 and p99", "spared, p50 and p99")
		s.printVisits("before", s.before, kind)
		s.printVisits("during", s.during, kind)
		s.printVisits("after", s.after, kind)
		fmt.Printf("    ratio of the medians during    %.2f\n", s.ratio(kind))
	}
	b := s.besieged
	fmt.Printf("  processor  %v for the besieged, %v for the spared\n", b.worked, s.spared.worked)
	fmt.Printf("  memory     at most %d MB\n", b.peak>>20)
	fmt.Printf("  files      %d before, %d once it was over\n", b.files, b.filesAfter)
	fmt.Printf("  goroutines %d before, %d once it was over\n", b.goroutines, b.goroutinesAfter)
}

func (s *siege) printVisits(when string, v []*visits, kind int) {
	fmt.Printf("    %-30s", when)
	for _, v := range v {
		fmt.Printf(" %12v %12v", quantile(v.took[kind], 0.5), quantile(v.took[kind], 0.99))
	}
	fmt.Printf("   of %d and %d\n", len(v[0].took[kind]), len(v[1].took[kind]))
}

// ratio is by how much longer a kind of visit takes at the besieged replica.
func (s *siege) ratio(kind int) float64 {
	return float64(median(s.during[0].took[kind])) / float64(max(1, median(s.during[1].took[kind])))
}

// mostRatio is how much longer the half of all calls may take for the siege.
const mostRatio = 2

// verdict is what must not have happened.
func (s *siege) verdict() error {
	var wrongs []error
	wrong := func(format string, a ...any) { wrongs = append(wrongs, fmt.Errorf("siege: "+format, a...)) }
	for name, n := range s.attacks {
		if n == 0 {
			wrong("the enemy had no time for %s", name)
		}
	}
	for _, v := range slices.Concat(s.before, s.during, s.after) {
		if v.failed > 0 {
			wrong("%d of %d polite calls failed, as by %w", v.failed, v.count(), v.why)
		}
	}
	for kind, of := range visitKinds {
		if r := s.ratio(kind); of.judged && r > mostRatio {
			wrong("%s take %.2f times as long as on the same machine without it", of.name, r)
		}
	}
	if s.besieged.peak > mostMemory {
		wrong("the replica took %d MB", s.besieged.peak>>20)
	}
	if b := s.besieged; b.holdsMore() {
		wrong("%d files and %d goroutines were %d and %d before", b.filesAfter, b.goroutinesAfter, b.files, b.goroutines)
	}
	return errors.Join(wrongs...)
}
