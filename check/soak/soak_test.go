// Package soak runs the server as a company does: three replicas share a Redis,
// and callers on every transport spread their calls over them, while replicas
// are killed and replaced. Beside that, one replica takes hostile load while
// another is spared. What must hold is checked, and what can only be measured
// is printed with -v:
//
//	PRODUCT=/path/to/posthog-mcp go test -v -timeout 0 ./soak -for 1m
//
// Everything listens on loopback addresses; the PostHog behind it is the sandbox.
// It needs /proc for memory, and takes miniredis where redis-server is not
// installed. models.sh does the same for the product's tests of models: it runs
// them for a given time.
package soak

import (
	"context"
	"flag"
	"os"
	"syscall"
	"testing"
	"time"
)

var (
	loadTime    = flag.Duration("for", 10*time.Second, "how long the replicas are under load")
	hostileTime = flag.Duration("hostile", 5*time.Second, "how long one replica takes hostile load")
	killsEvery  = flag.Duration("kill", 3*time.Second, "how often a replica is killed")
)

// product is the binary that PRODUCT names.
func product(t *testing.T) string {
	t.Helper()
	path := os.Getenv("PRODUCT")
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("PRODUCT names no posthog-mcp: %v", err)
	}
	return path
}

// TestReplicas kills replicas under load: no write is made twice, no caller gets
// another's answer, every read succeeds in the end, and the limit of a key holds
// over all replicas.
func TestReplicas(t *testing.T) {
	posthog := newUpstream(t)
	f := launch(t, posthog.server.URL)
	t.Logf("%d replicas, %d callers on each of %d transports, for %v", replicas, perTransport, len(dialects), *loadTime)
	b := newBook(t)
	load, end := context.WithTimeout(t.Context(), *loadTime)
	defer end()
	calling := make(chan struct{})
	go func() { work(t.Context(), load, f.addrs[:], b); close(calling) }()
	f.churn(load, t)
	<-calling
	posthog.server.Close() // it waits for the calls in flight: killed replicas leave some behind
	for _, p := range f.crew {
		p.End(syscall.SIGTERM)
	}
	b.audit(posthog)
	b.print()
	t.Logf("%d replicas killed and replaced, at most %.0f MiB each", f.kills, f.peak)
	if f.peak > mostMemory {
		t.Errorf("a replica took %.0f MiB", f.peak)
	}
}
