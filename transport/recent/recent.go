// Package recent caches PostHog's answers for a short time and joins concurrent
// requests for the same answer into one.
package recent

import (
	"context"
	"sync"
	"time"
)

// Answers is a cache of answers by an opaque key, which must identify their owner.
// It is safe for concurrent use. Set the exported fields before the first use.
type Answers[V any] struct {
	// Lifetime is how long an answer is cached.
	Lifetime time.Duration
	// Most is the most cached answers. When there are more, the oldest is removed.
	Most int
	// Timeout limits each request.
	Timeout time.Duration
	// Now is the clock; nil for the machine's.
	Now func() time.Time

	mu         sync.Mutex
	remembered map[string]remembered[V]
	flights    map[string]*flight[V]
}

type remembered[V any] struct {
	answer V
	until  time.Time
}

// flight is a request under way.
type flight[V any] struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int // the callers that wait for it

	// The result, valid once done is closed.
	answer   V
	ok       bool
	panicked any
}

// Get returns the cached answer, or else the result of ask. ok is false if there is
// none, which is not cached. A caller whose ctx ends returns at once. The request is
// cancelled when its last caller returns, or after the timeout. If ask panics, Get
// panics for every waiting caller.
func (a *Answers[V]) Get(ctx context.Context, key string, ask func(context.Context) (V, bool)) (answer V, ok bool) {
	a.mu.Lock()
	if k, found := a.remembered[key]; found && a.now().Before(k.until) {
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
		a.stopWaiting(key, f)
		return answer, false
	}
	if f.panicked != nil {
		panic(f.panicked)
	}
	return f.answer, f.ok
}

func (a *Answers[V]) start(ctx context.Context, key string, ask func(context.Context) (V, bool)) *flight[V] {
	// The first caller's context must not end the request for the others.
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
			a.finish(key, f)
		}()
		f.answer, f.ok = ask(ctx)
	}()
	return f
}

func (a *Answers[V]) stopWaiting(key string, f *flight[V]) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if f.waiting--; f.waiting == 0 {
		f.cancel()
		a.forget(key, f) // the next caller starts a new request
	}
}

func (a *Answers[V]) finish(key string, f *flight[V]) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if f.ok && f.waiting > 0 {
		a.store(key, f.answer)
	}
	a.forget(key, f)
	close(f.done)
}

func (a *Answers[V]) forget(key string, f *flight[V]) {
	if a.flights[key] == f {
		delete(a.flights, key)
	}
}

// store caches an answer, in place of the oldest if the cache is full.
func (a *Answers[V]) store(key string, answer V) {
	if a.remembered == nil {
		a.remembered = map[string]remembered[V]{}
	}
	if _, found := a.remembered[key]; !found && len(a.remembered) >= a.Most {
		oldest := key
		for k, v := range a.remembered {
			if oldest == key || v.until.Before(a.remembered[oldest].until) {
				oldest = k
			}
		}
		delete(a.remembered, oldest)
	}
	a.remembered[key] = remembered[V]{answer, a.now().Add(a.Lifetime)}
}

func (a *Answers[V]) now() time.Time {
	if a.Now != nil {
		return a.Now()
	}
	return time.Now()
}
