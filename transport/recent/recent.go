// Package recent remembers for a short time what PostHog was asked, so that many
// questions at once, and the same one again, are one request.
package recent

import (
	"context"
	"sync"
	"time"
)

// Answers remembers answers by an opaque key, which has to say whose they are.
// It is safe for concurrent use. The exported fields are set before the first
// use.
type Answers[V any] struct {
	// Lifetime is how long an answer is given again.
	Lifetime time.Duration
	// Most bounds how many are remembered; of more, the oldest is forgotten.
	Most int
	// Timeout bounds how long an answer is waited for.
	Timeout time.Duration
	// Now is the clock by which answers grow old; nil for the machine's.
	Now func() time.Time

	mu      sync.Mutex
	known   map[string]known[V]
	flights map[string]*flight[V]
}

type known[V any] struct {
	answer V
	until  time.Time
}

// flight is a question under way, and those who wait for it.
type flight[V any] struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int

	// What came of it, once done is closed.
	answer   V
	ok       bool
	panicked any
}

// Get returns the answer that is remembered, else asks for it; ok is false when
// there was none, which is not remembered. A caller whose ctx ends leaves at once;
// the question ends with the last of them, or after the timeout. A panic of ask is
// the panic of all who wait.
func (a *Answers[V]) Get(ctx context.Context, key string, ask func(context.Context) (V, bool)) (answer V, ok bool) {
	a.mu.Lock()
	if k, found := a.known[key]; found && a.now().Before(k.until) {
		a.mu.Unlock()
		return k.answer, true
	}
	if ctx.Err() != nil {
		a.mu.Unlock()
		return answer, false
	}
	f := a.flights[key]
	if f == nil {
		f = a.start(ctx, key, ask)
	}
	f.waiting++
	a.mu.Unlock()
	select {
	case <-f.done:
	case <-ctx.Done():
		a.leave(key, f)
		return answer, false
	}
	if f.panicked != nil {
		panic(f.panicked)
	}
	return f.answer, f.ok
}

func (a *Answers[V]) start(ctx context.Context, key string, ask func(context.Context) (V, bool)) *flight[V] {
	// The caller who came first may leave; the others still wait.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.Timeout)
	f := &flight[V]{done: make(chan struct{}), cancel: cancel}
	if a.flights == nil {
		a.flights = map[string]*flight[V]{}
	}
	a.flights[key] = f
	go func() {
		defer cancel()
		defer func() {
			f.panicked = recover()
			a.land(key, f)
		}()
		f.answer, f.ok = ask(ctx)
	}()
	return f
}

func (a *Answers[V]) leave(key string, f *flight[V]) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if f.waiting--; f.waiting == 0 {
		f.cancel()
		a.forget(key, f) // who comes now asks anew
	}
}

func (a *Answers[V]) land(key string, f *flight[V]) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if f.ok && f.waiting > 0 {
		a.keep(key, f.answer)
	}
	a.forget(key, f)
	close(f.done)
}

func (a *Answers[V]) forget(key string, f *flight[V]) {
	if a.flights[key] == f {
		delete(a.flights, key)
	}
}

// keep makes room first: the oldest goes, since all live equally long.
func (a *Answers[V]) keep(key string, answer V) {
	if a.known == nil {
		a.known = map[string]known[V]{}
	}
	if _, found := a.known[key]; !found && len(a.known) >= a.Most {
		oldest := key
		for k, v := range a.known {
			if oldest == key || v.until.Before(a.known[oldest].until) {
				oldest = k
			}
		}
		delete(a.known, oldest)
	}
	a.known[key] = known[V]{answer, a.now().Add(a.Lifetime)}
}

func (a *Answers[V]) now() time.Time {
	if a.Now != nil {
		return a.Now()
	}
	return time.Now()
}
