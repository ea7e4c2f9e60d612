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
	Lifetime time.Duration // of a cached answer
	Most     int           // cached answers; the oldest is removed for another
	Timeout  time.Duration // of a request

	mu       sync.Mutex
	requests map[string]*request[V]
}

// request is a request under way or, afterwards, its cached answer.
type request[V any] struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiting int // the callers that wait for it

	// The result, valid once done is closed.
	answer   V
	ok       bool
	panicked any
	until    time.Time // when the answer expires; zero for a request under way
}

// Get returns the cached answer, or else the result of ask, which is cached if ok. A caller
// whose ctx ends returns at once. The request is cancelled when its last caller returns.
// If ask panics, Get panics for every waiting caller.
func (a *Answers[V]) Get(ctx context.Context, key string, ask func(context.Context) (V, bool)) (answer V, ok bool) {
	if ctx.Err() != nil {
		return answer, false
	}
	a.mu.Lock()
	r := a.requests[key]
	if r == nil || !r.until.IsZero() && !time.Now().Before(r.until) {
		r = a.start(ctx, key, ask)
	}
	r.waiting++
	a.mu.Unlock()
	select {
	case <-r.done:
		if r.panicked != nil {
			panic(r.panicked)
		}
		return r.answer, r.ok
	case <-ctx.Done():
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if r.waiting--; r.waiting == 0 && r.until.IsZero() {
		r.cancel()
		if a.requests[key] == r {
			delete(a.requests, key) // the next caller starts a new request
		}
	}
	return answer, false
}

func (a *Answers[V]) start(ctx context.Context, key string, ask func(context.Context) (V, bool)) *request[V] {
	r := &request[V]{done: make(chan struct{})}
	// The first caller's context must not end the request for the others.
	ctx, r.cancel = context.WithTimeout(context.WithoutCancel(ctx), a.Timeout)
	if a.requests == nil {
		a.requests = map[string]*request[V]{}
	}
	a.requests[key] = r
	go func() {
		defer a.finish(key, r)
		r.answer, r.ok = ask(ctx)
	}()
	return r
}

// finish is deferred around the request. It caches an answer that somebody waits for,
// in place of the oldest if the cache is full.
func (a *Answers[V]) finish(key string, r *request[V]) {
	r.panicked = recover()
	r.cancel()
	a.mu.Lock()
	defer a.mu.Unlock()
	defer close(r.done)
	if a.requests[key] != r {
		return // the callers left
	}
	if !r.ok {
		delete(a.requests, key)
		return
	}
	r.until = time.Now().Add(a.Lifetime)
	if len(a.requests) <= a.Most {
		return
	}
	oldest := key
	for k, other := range a.requests {
		if !other.until.IsZero() && other.until.Before(a.requests[oldest].until) {
			oldest = k
		}
	}
	delete(a.requests, oldest)
}
