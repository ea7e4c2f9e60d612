package soak

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"posthog-mcp/check/process"
)

// attack is one way to be a nuisance: hands connections do it over and over.
type attack struct {
	name  string
	hands int
	do    func(context.Context, net.Conn)
}

var attacks = []attack{
	{"idle connections", 400, func(ctx context.Context, _ net.Conn) { <-ctx.Done() }},
	{"slow headers", 200, func(ctx context.Context, c net.Conn) {
		drip(ctx, c, "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n", "X-Slow: 1\r\n")
	}},
	{"slow bodies", 200, func(ctx context.Context, c net.Conn) { drip(ctx, c, head(1<<20), strings.Repeat(" ", 1<<10)) }},
	{"streams left open", 100, func(ctx context.Context, c net.Conn) {
		say(c, "GET /sse HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "+keyOf("enemy")+"\r\n\r\n")
		<-ctx.Done()
	}},
	{"large bodies", 4, func(_ context.Context, c net.Conn) {
		body := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"users-list","arguments":{"search":"` + strings.Repeat("x", 1<<20-200) + `"}}}`
		ask(c, head(len(body))+body)
	}},
	{"deep bodies", 4, func(_ context.Context, c net.Conn) { ask(c, head(500_000)+strings.Repeat("[", 500_000)) }},
	{"answers left unread", 20, func(ctx context.Context, c net.Conn) {
		list := `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
		say(c, strings.Repeat(head(len(list))+list, 20))
		<-ctx.Done()
	}},
}

// head is the beginning of a call that looks as it should.
func head(length int) string {
	return fmt.Sprintf("POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: %d\r\n\r\n",
		keyOf("enemy"), length)
}

// say writes for as long as a server reads.
func say(c net.Conn, text string) {
	_ = c.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = io.WriteString(c, text) // a server may refuse it
}

// ask says it, and reads the beginning of the answer.
func ask(c net.Conn, text string) {
	say(c, text)
	_ = c.SetReadDeadline(time.Now().Add(5 * time.Second))
	_, _ = io.Copy(io.Discard, io.LimitReader(c, 64))
	time.Sleep(100 * time.Millisecond)
}

// drip goes on with some more, a little at a time, until nobody reads it.
func drip(ctx context.Context, c net.Conn, beginning, more string) {
	say(c, beginning)
	for again := time.NewTicker(200 * time.Millisecond); ctx.Err() == nil; <-again.C {
		if _, err := io.WriteString(c, more); err != nil {
			again.Stop()
			return
		}
	}
}

// fight attacks the server at addr in every way at once until ctx ends.
func fight(ctx context.Context, addr string) {
	var fighting sync.WaitGroup
	for _, a := range attacks {
		for range a.hands {
			fighting.Go(func() {
				for ctx.Err() == nil {
					if c, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr); err == nil {
						stop := context.AfterFunc(ctx, func() { _ = c.Close() })
						a.do(ctx, c)
						stop()
						_ = c.Close()
					}
					select {
					case <-ctx.Done():
					case <-time.After(50 * time.Millisecond):
					}
				}
			})
		}
	}
	fighting.Wait()
}

const (
	// mostRatio is how much longer a call may take at the attacked replica.
	mostRatio = 2
	// keptFiles may stay open that were not before: connections to PostHog.
	keptFiles = 16
)

// TestHostileLoad makes the same calls at a replica that is attacked, and at
// another that is not: what a call takes longer at the former is the attack's
// doing, not the machine's.
func TestHostileLoad(t *testing.T) {
	posthog := newUpstream(t)
	var addrs [2]string
	var crew [2]*process.Process
	for i := range crew {
		addrs[i] = freeAddr(t)
		crew[i] = startReplica(t, addrs[i], []string{"POSTHOG_HOST=" + posthog.server.URL})
	}
	fighting, stop := context.WithTimeout(t.Context(), *hostileTime)
	defer stop()
	files, peak := crew[0].Files(), 0.0
	go fight(fighting, addrs[0])
	var books [2]*book
	var calling sync.WaitGroup
	for i, addr := range addrs {
		books[i] = newBook(t)
		c := &caller{t.Context(), "polite", dialects["legacy"], []string{addr}, books[i], map[string]*link{}}
		calling.Go(func() {
			for n := 0; fighting.Err() == nil; n++ {
				c.ask(n)
				time.Sleep(5 * time.Millisecond)
			}
			c.drop(addr)
		})
	}
	for fighting.Err() == nil {
		peak = max(peak, crew[0].Resident())
		time.Sleep(100 * time.Millisecond)
	}
	calling.Wait()
	for i, name := range []string{"attacked", "spared"} {
		b := books[i]
		t.Logf("%s: %d calls, p50 %v, p99 %v", name, len(b.latencies), b.quantile(0.5), b.quantile(0.99))
		if b.failures > 0 || len(b.latencies) == 0 {
			t.Errorf("%s: %d calls failed, %d were answered", name, b.failures, len(b.latencies))
		}
	}
	if one, other := books[0].quantile(0.5), books[1].quantile(0.5); one > mostRatio*other {
		t.Errorf("a call takes %v at the attacked replica, and %v at the other", one, other)
	}
	held := filesAfter(t.Context(), crew[0], files+keptFiles)
	t.Logf("the attacked replica took %.0f MiB at most, and has %d files open that were %d", peak, held, files)
	if peak > mostMemory || held > files+keptFiles {
		t.Error("that is too much")
	}
}

// filesAfter is how many files the replica holds once it holds no more than most,
// or after half a minute.
func filesAfter(ctx context.Context, p *process.Process, most int) (held int) {
	for range 300 {
		if held = p.Files(); held <= most || ctx.Err() != nil {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	return held
}
