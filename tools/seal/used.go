package seal

import "sync"

// mostUsed bounds the tokens remembered: a hundred confirmations per second,
// all the time, in less than 2 MB.
const mostUsed = 1 << 16

// used remembers which tokens were opened, so that none is opened twice
// whatever the clock does and however many there are: what it forgot, it
// refuses. Times are Unix seconds.
type used struct {
	most int

	mu    sync.Mutex
	count int
	// nonces are those of the opened tokens, by the time they expire.
	nonces map[int64]map[nonce]struct{}
	// forgotten is the latest time for which nonces were dropped: a token that
	// expires then or earlier may have been opened.
	forgotten int64
}

func newUsed(most int) *used {
	return &used{most: most, nonces: map[int64]map[nonce]struct{}{}}
}

// take marks a token as opened, or says why it cannot be.
func (u *used) take(n nonce, expires, now int64) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.forget(now)
	if expires <= max(now, u.forgotten) {
		return ErrExpired
	}
	if _, taken := u.nonces[expires][n]; taken {
		return ErrUsed
	}
	if u.count >= u.most {
		u.forget(u.earliest())
	}
	if u.nonces[expires] == nil {
		u.nonces[expires] = map[nonce]struct{}{}
	}
	u.nonces[expires][n] = struct{}{}
	u.count++
	return nil
}

// forget drops the tokens that expire at or before until.
func (u *used) forget(until int64) {
	for expires, nonces := range u.nonces { // about one for each second of Lifetime
		if expires <= until {
			u.count -= len(nonces)
			u.forgotten = max(u.forgotten, expires)
			delete(u.nonces, expires)
		}
	}
}

// earliest is when the first of the remembered tokens expires; there is one.
func (u *used) earliest() int64 {
	var first int64
	for expires := range u.nonces {
		if first == 0 || expires < first {
			first = expires
		}
	}
	return first
}
