package seal

import (
	"context"
	"sync"
	"time"
)

// Store remembers which tokens were opened. Sealers that share a secret need a
// common one: else each of them opens a token once.
type Store interface {
	// Use marks the token of that id as opened until it expires, or returns
	// [ErrUsed] where it is marked, and [ErrExpired] where the store may have
	// forgotten it. Of concurrent calls with one id exactly one returns nil. Any
	// other error says that the store cannot tell; the token is then refused.
	//
	// An id has 24 hexadecimal digits and is no secret. now is the sealer's time.
	Use(ctx context.Context, id string, expires, now time.Time) error
}

// mostInMemory bounds the tokens that a process remembers: a hundred
// confirmations per second, all the time, in less than 8 MB.
const mostInMemory = 1 << 16

// memory is the [Store] of one process, until it ends.
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
