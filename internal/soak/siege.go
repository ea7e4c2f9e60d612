package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"time"
)

// underSiege has one replica attacked in every way at once, and looks at what its
// polite callers and the machine notice.
func underSiege(ctx context.Context, o options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	posthog, err := newUpstream(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = posthog.http.Close() }()
	port, err := freePort(ctx)
	if err != nil {
		return err
	}
	p, err := startReplica(ctx, o.product, port, []string{"POSTHOG_HOST=" + posthog.url}, nil)
	if err != nil {
		return err
	}
	defer p.end(syscall.SIGTERM)
	addr := fmt.Sprintf("127.0.0.1:%d", port)

	fmt.Printf("one replica under siege, for %v\n", o.siege)
	calm := polite(ctx, addr, calmBefore)
	files, rested := p.files(), p.busy()
	s := newSiege(addr)
	attack, end := context.WithTimeout(ctx, o.siege)
	defer end()
	peak := make(chan int)
	go func() { peak <- watch(attack, p) }()
	var fighting sync.WaitGroup
	fighting.Go(func() { s.attack(attack) })
	during := polite(ctx, addr, o.siege)
	fighting.Wait()
	most, worked := <-peak, p.busy()-rested
	after := polite(ctx, addr, calmBefore)
	left := settled(ctx, p, files)

	for _, name := range slices.Sorted(maps.Keys(s.count)) {
		fmt.Printf("  attack    %-22s %7d\n", name, s.count[name].Load())
	}
	calm.print("before")
	during.print("during")
	after.print("after")
	fmt.Printf("  processor %v of %v\n", worked, o.siege)
	fmt.Printf("  memory    at most %d MB\n  files     %d before, at most %d too many once it was over\n", most>>20, files, left)
	var wrongs []error
	for when, v := range map[string]*visits{"before": calm, "during": during, "after": after} {
		if v.failed > 0 {
			wrongs = append(wrongs, fmt.Errorf("siege, %s: %d of %d polite calls failed, as by %w", when, v.failed, v.failed+len(v.known)+len(v.new), v.why))
		}
	}
	if most > mostMemory {
		wrongs = append(wrongs, fmt.Errorf("siege: the replica took %d MB", most>>20))
	}
	if left > 0 {
		wrongs = append(wrongs, fmt.Errorf("siege: %d files stay open", left))
	}
	return errors.Join(wrongs...)
}

// calmBefore is how long it is looked at without an attack.
const calmBefore = 3 * time.Second

// visits are how long the calls of polite callers took: on a connection of their
// own that is kept, and on a new one.
type visits struct {
	known, new []time.Duration
	failed     int
	why        error
}

// polite makes calls, half of them on new connections, one after the other.
func polite(ctx context.Context, addr string, d time.Duration) *visits {
	v := &visits{}
	kept := newPost("http://"+addr, keyOf("polite"))
	defer kept.close()
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		fresh := newPost("http://"+addr, keyOf("newcomer"))
		fresh.client.Transport.(*http.Transport).DisableKeepAlives = true
		v.visit(ctx, kept, &v.known)
		v.visit(ctx, fresh, &v.new)
	}
	return v
}

func (v *visits) visit(ctx context.Context, p *post, took *[]time.Duration) {
	begin := time.Now()
	if _, err := (legacy{p}).call(ctx, "users-github-login-retrieve", map[string]string{"uuid": "x"}); err != nil {
		v.failed, v.why = v.failed+1, err
		return
	}
	*took = append(*took, time.Since(begin))
}

func (v *visits) print(when string) {
	fmt.Printf("  %-9s %d calls: p50 %v, p99 %v; on new connections p50 %v, p99 %v\n", when, len(v.known)+len(v.new),
		quantile(v.known, 0.5), quantile(v.known, 0.99), quantile(v.new, 0.5), quantile(v.new, 0.99))
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

// settled waits until the process has about as many files open as before, and
// says how many too many are left. A connection to PostHog may be kept.
func settled(ctx context.Context, p *process, before int) int {
	const keptUpstream = 16
	end := time.NewTimer(patience)
	defer end.Stop()
	for {
		left := max(0, p.files()-before-keptUpstream)
		if left == 0 {
			return 0
		}
		select {
		case <-ctx.Done():
			return left
		case <-end.C:
			return left
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// room is for how many connections this process has file descriptors.
func room() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 1000
	}
	return int(min(limit.Cur, 1<<20)) - 4000
}

var dialer = &net.Dialer{Timeout: patience}
