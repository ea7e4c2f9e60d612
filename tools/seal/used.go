package seal

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// Store remembers the opened tokens. Sealers that share a secret need a common
// store: otherwise each of them opens a token once.
type Store interface {
	// Use marks the token as opened until it expires. It returns [ErrUsed] if the
	// token is marked already, and [ErrExpired] if the store may have forgotten it.
	// Of concurrent calls with one id exactly one returns nil. After any other
	// error the token is refused.
	//
	// An id has 24 hexadecimal digits and is no secret. now is the sealer's time.
	Use(ctx context.Context, id string, expires, now time.Time) error
}

// mostInMemory is the most tokens that a process remembers: enough for a hundred
// confirmations per second, in less than 8 MB.
const mostInMemory = 1 << 16

// memory is a [Store] that lasts as long as the process.
type memory struct {
	mu   sync.Mutex
	used *used
}

func newMemory() *memory { return &memory{used: newUsed(mostInMemory)} }

func (m *memory) Use(_ context.Context, id string, expires, now time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.used.take(id, expires.Unix(), now.Unix())
}

// used is a bounded set of opened tokens. It refuses every token that it may have
// forgotten, so that none is opened twice, even if the clock changes. Times are
// Unix seconds.
type used struct {
	most int

	count int
	// ids are the ids of the opened tokens, by expiry.
	ids map[int64]map[string]struct{}
	// forgotten is the latest expiry whose ids were dropped. A token with that
	// expiry or an earlier one may have been opened.
	forgotten int64
}

func newUsed(most int) *used { return &used{most: most, ids: map[int64]map[string]struct{}{}} }

// take marks a token as opened, or returns [ErrExpired] or [ErrUsed].
func (u *used) take(id string, expires, now int64) error {
	u.forget(now)
	if expires <= max(now, u.forgotten) {
		return ErrExpired
	}
	if _, taken := u.ids[expires][id]; taken {
		return ErrUsed
	}
	for u.count >= u.most {
		u.forget(u.earliest())
	}
	u.add(id, expires)
	return nil
}

func (u *used) add(id string, expires int64) {
	if u.ids[expires] == nil {
		u.ids[expires] = map[string]struct{}{}
	}
	if _, known := u.ids[expires][id]; !known {
		u.ids[expires][id] = struct{}{}
		u.count++
	}
}

// forget drops the tokens that expire at or before until.
func (u *used) forget(until int64) {
	for expires, ids := range u.ids { // about one for each second of Lifetime
		if expires <= until {
			u.count -= len(ids)
			u.forgotten = max(u.forgotten, expires)
			delete(u.ids, expires)
		}
	}
}

// earliest returns the first expiry. The set must not be empty.
func (u *used) earliest() int64 { return slices.Min(slices.Collect(maps.Keys(u.ids))) }
