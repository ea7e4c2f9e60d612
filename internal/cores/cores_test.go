package cores

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"
)

// What some seconds make of it: f is a period in which goroutines waited for each
// other, c one in which they hardly did.
func TestDecision(t *testing.T) {
	waited := map[rune]time.Duration{'f': crowded + 1, 'c': crowded}
	for _, c := range []struct{ name, periods, want string }{
		{"calls one by one", "cccccccc", "11111111"},
		{"a burst", "cfccccccc", "1nnnn1111"},
		{"work for many", "ffffffff", "nnnnnnnn"},
		{"calm, but not for long", "fcccfcccf", "nnnnnnnnn"},
		{"one was not enough after all", "fccccfccccccccf", "nnnn1nnnnnnnn1n"},
		{"a second burst, later", "fccccccccfccccc", "nnnn11111nnnn11"},
	} {
		got := ""
		d := decision{}
		for _, p := range c.periods {
			if d.next(waited[p]) {
				got += "n"
			} else {
				got += "1"
			}
		}
		if got != c.want {
			t.Errorf("%s: %s: got %s, want %s", c.name, c.periods, got, c.want)
		}
	}
}

// However often one processor is not enough, it is tried again.
func TestOneIsTriedAgain(t *testing.T) {
	d := decision{}
	longest := time.Duration(0)
	for range 100 {
		d.next(time.Hour)
		n := time.Duration(0)
		for ; d.many; n += period {
			d.next(0)
		}
		longest = max(longest, n)
	}
	if longest != mostCalm {
		t.Errorf("it took up to %v, want %v", longest, mostCalm)
	}
}

// Goroutines that take each other's processor away are seen to wait, one in eight
// of them.
func TestWaitsAreRead(t *testing.T) {
	before := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(before)
	w := newWaits()
	for range 1000 {
		var busy sync.WaitGroup
		for range 4 {
			busy.Go(func() {
				for begin := time.Now(); time.Since(begin) < time.Millisecond; {
					continue
				}
			})
		}
		begin := time.Now()
		busy.Wait()
		if waited := w.read(); waited > 4*time.Since(begin)+time.Second {
			t.Fatalf("4 waited for %v", waited)
		} else if waited > 0 {
			return
		}
	}
	t.Error("nobody was seen to wait")
}

// One processor at first, all of them while there is more work than it can do,
// and the runtime's own choice at the end.
func TestFollow(t *testing.T) {
	runtime.SetDefaultGOMAXPROCS()
	all := runtime.GOMAXPROCS(0)
	t.Setenv("GOMAXPROCS", "")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { Follow(ctx); close(ended) }()
	await := func(n int) {
		for runtime.GOMAXPROCS(0) != n {
			runtime.Gosched()
		}
	}
	await(min(all, 1))
	working, rest := context.WithCancel(ctx)
	var busy sync.WaitGroup
	for range 16 * all {
		busy.Go(func() {
			for working.Err() == nil {
				runtime.Gosched()
			}
		})
	}
	await(all)
	rest()
	busy.Wait()
	cancel()
	<-ended
	if now := runtime.GOMAXPROCS(0); now != all {
		t.Errorf("%d processors at the end, %d before", now, all)
	}
}

// Who sets GOMAXPROCS has their way.
func TestGOMAXPROCSIsKept(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	t.Setenv("GOMAXPROCS", "3")
	Follow(t.Context()) // returns
	if now := runtime.GOMAXPROCS(0); now != before {
		t.Errorf("%d processors, %d before", now, before)
	}
}
