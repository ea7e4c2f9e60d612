package seal

import (
	"context"
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
