package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// target is a replica, and what it holds and takes.
type target struct {
	addr    string
	process *process
	// peak is of memory, in bytes.
	peak   int
	worked time.Duration
	// What it held at rest, before and after.
	files, filesAfter           int
	goroutines, goroutinesAfter int
}

func newTarget(ctx context.Context, product, posthog string) (*target, error) {
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	p, err := startReplica(ctx, product, port, []string{"POSTHOG_HOST=" + posthog}, []string{"--metrics"})
	if err != nil {
		return nil, err
	}
	return &target{addr: fmt.Sprintf("127.0.0.1:%d", port), process: p}, nil
}

// rest notes what the replica holds while nobody attacks it.
func (t *target) rest(ctx context.Context) (err error) {
	t.files, t.worked = t.process.files(), t.process.busy()
	t.goroutines, err = t.running(ctx)
	return err
}

// keptUpstream is how many connections to PostHog may be kept that were not
// there before; each has two goroutines.
const keptUpstream = 16

// settle waits until the replica holds about what it held at rest.
func (t *target) settle(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		t.filesAfter = t.process.files()
		if t.goroutinesAfter, err = t.running(ctx); err != nil {
			return err
		}
		if !t.holdsMore() {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil // it is seen from the numbers
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// holdsMore tells whether something of the siege is left.
func (t *target) holdsMore() bool {
	return t.filesAfter > t.files+keptUpstream || t.goroutinesAfter > t.goroutines+2*keptUpstream
}

// running is the number of goroutines.
func (t *target) running(ctx context.Context) (int, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+t.addr+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, fmt.Errorf("scrape: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		if n, ok := strings.CutPrefix(lines.Text(), "go_goroutines "); ok {
			return strconv.Atoi(n)
		}
	}
	return 0, fmt.Errorf("scrape: %s has no go_goroutines", resp.Status)
}

// watch is the most memory that the process takes until ctx ends.
func watch(ctx context.Context, p *process) (most int) {
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return most
		case <-look.C:
			most = max(most, p.resident())
		}
	}
}
