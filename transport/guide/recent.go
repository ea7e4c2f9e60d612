package guide

import (
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	// lifetime is how long values are offered again without a look at PostHog:
	// about as long as a person takes to fill a form in.
	lifetime = 30 * time.Second
	// mostRecent bounds what is remembered; a list has a hundred short values.
	mostRecent = 256
)

// recent remembers for a short time what was looked up, by an opaque key that
// holds whose it is. Only one caller at a time looks the same thing up.
type recent struct {
	now    func() time.Time
	flight singleflight.Group

	mu    sync.Mutex
	lists map[string]remembered
}

type remembered struct {
	list  list
	until time.Time
}

func newRecent(now func() time.Time) *recent {
	return &recent{now: now, lists: map[string]remembered{}}
}

// get returns what was looked up lately, else looks it up. What could not be
// looked up (ok false) is not remembered.
func (r *recent) get(key string, look func() (list, bool)) (found list, ok bool) {
	if found, ok = r.find(key); ok {
		return found, true
	}
	answer, _, _ := r.flight.Do(key, func() (any, error) {
		if found, ok := r.find(key); ok { // another flight has just landed
			return &found, nil
		}
		found, ok := look()
		if !ok {
			return (*list)(nil), nil
		}
		r.keep(key, found)
		return &found, nil
	})
	if l := answer.(*list); l != nil {
		return *l, true
	}
	return list{}, false
}

func (r *recent) find(key string) (list, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	known, found := r.lists[key]
	return known.list, found && r.now().Before(known.until)
}

// keep makes room first: what is oldest goes, since everything lives equally
// long.
func (r *recent) keep(key string, found list) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.lists[key]; !known && len(r.lists) >= mostRecent {
		oldest := key
		for k, l := range r.lists {
			if oldest == key || l.until.Before(r.lists[oldest].until) {
				oldest = k
			}
		}
		delete(r.lists, oldest)
	}
	r.lists[key] = remembered{found, r.now().Add(lifetime)}
}
