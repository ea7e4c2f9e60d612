package main

import (
	"context"
	"fmt"
	"os"
	"time"
)

// mostMemory is what a replica may take, in bytes.
const mostMemory = 150 << 20

// underLoad is the soak proper.
func underLoad(ctx context.Context, o options, scratch string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	posthog, err := newUpstream(ctx)
	if err != nil {
		return err
	}
	f, err := launch(ctx, o.product, scratch, posthog.url)
	if err != nil {
		return err
	}
	fmt.Printf("%d replicas behind nginx, %d callers on each of 3 transports, for %v\n", replicas, perTransport, o.load)
	if !f.limited {
		fmt.Println("  this binary has no --rate-limit and --redis: no limit is checked")
	}
	b := newBook()
	load, end := context.WithTimeout(ctx, o.load)
	defer end()
	churned := make(chan error, 1)
	go func() { churned <- f.churn(ctx, load, o.killsEvery) }()
	begin := time.Now()
	work(load, callers(f.url, b), f.url, f.limited)
	took := time.Since(begin)
	if err := <-churned; err != nil {
		return err
	}
	f.measure()
	if err := posthog.close(ctx); err != nil {
		return fmt.Errorf("calls at PostHog do not end: %w", err)
	}
	f.stop()

	minute := posthog.busiest(greedy)
	b.audit(posthog, minute)
	if f.peak > mostMemory {
		b.violate("a replica took %d MB", f.peak>>20)
	}
	b.print(os.Stdout)
	if f.limited {
		fmt.Printf("  limit     the greedy caller's busiest minute had %d calls of %d\n", minute, perMinute)
	}
	fmt.Printf("  replicas  %d killed and replaced, at most %d MB each; %d calls a second\n",
		f.kills, f.peak>>20, int(float64(len(b.latencies)+len(b.writes))/took.Seconds()))
	return b.verdict()
}
