package cores

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"
)

// What comes of it, step by step: f is a period in which goroutines waited for
// each other, c one in which they hardly did, C a leastCalm of those.
func TestDecision(t *testing.T) {
	for _, c := range []struct{ name, steps, want string }{
		{"calls one by one", "cccC", "1111"},
		{"a burst", "CfcCC", "1nn11"},
		{"work for many", "fff", "nnn"},
		{"calm, but not for long", "fccfccf", "nnnnnnn"},
		{"one was not enough after all", "fCfcCcCf", "n1nnnn1n"},
		{"a second burst, later", "fCCCfC", "n111n1"},
	} {
		got := ""
		d := decision{}
		for _, step := range c.steps {
			waited, periods := crowded, 1
			switch step {
			case 'f':
				waited++
			case 'C':
				periods = int(leastCalm / period)
			}
			for range periods {
				d.next(waited)
			}
			got += map[bool]string{true: "n", false: "1"}[d.many]
		}
		if got != c.want {
			t.Errorf("%s: %s: got %s, want %s", c.name, c.steps, got, c.want)
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
