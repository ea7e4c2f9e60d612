package shared

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha512"
	_ "embed"
	"encoding/hex"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

var (
	//go:embed settle.lua
	settleSource string
	settleScript = redis.NewScript(settleSource)
)

// Outcomes keeps for all replicas which calls are being made, and what came of
// them. It is safe for concurrent use.
type Outcomes struct {
	redis   *Redis
	longest time.Duration
	window  time.Duration
}

// Outcomes returns a store that keeps an outcome for the window, and the mark of
// a call that nobody finished for as long as a call can take and the window.
func (r *Redis) Outcomes(longest, window time.Duration) *Outcomes {
	return &Outcomes{redis: r, longest: longest, window: window}
}

// A value is one of these bytes and what follows it.
const (
	running = '?' // and the replica's name for its call
	settled = '=' // and the sealed outcome
)

// Found is what stands at the key of a call.
type Found struct {
	// Mine says that nothing stood there, and that the call is now marked as being
	// made by the owner.
	Mine bool
	// Outcome is what came of it; nil while it is being made.
	Outcome []byte
	// Age is how long it has been standing there.
	Age time.Duration
}

// Claim marks the call of that key as being made by owner, or returns what it
// finds.
func (o *Outcomes) Claim(ctx context.Context, key, owner string) (Found, error) {
	name, aead := o.place(key)
	total := o.longest + o.window
	var (
		mine  *redis.BoolCmd
		value *redis.StringCmd
		left  *redis.DurationCmd
	)
	err := o.redis.ask(ctx, func(ctx context.Context) error {
		_, err := o.redis.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
			mine = p.SetNX(ctx, name, string(running)+owner, total)
			value, left = p.Get(ctx, name), p.PTTL(ctx, name)
			return nil
		})
		return err
	})
	switch {
	case err != nil:
		return Found{}, err
	case mine.Val():
		return Found{Mine: true}, nil
	case strings.HasPrefix(value.Val(), string(running)):
		return Found{Age: total - left.Val()}, nil
	}
	outcome, err := aead.Open(nil, nil, []byte(strings.TrimPrefix(value.Val(), string(settled))), nil)
	if err != nil {
		// Something was made, by a server that writes in another way. To say so is
		// safe: it must not be made again.
		outcome = []byte{}
	}
	return Found{Outcome: outcome, Age: o.window - left.Val()}, nil
}

// Settle puts the outcome where owner's mark is; nil takes the mark away, so that
// the call can be made again. The mark of another owner stays.
func (o *Outcomes) Settle(ctx context.Context, key, owner string, outcome []byte) error {
	name, aead := o.place(key)
	var value string
	if outcome != nil {
		value = string(settled) + string(aead.Seal(nil, nil, outcome, nil))
	}
	return o.redis.ask(ctx, func(ctx context.Context) error {
		return settleScript.Run(ctx, o.redis.client, []string{name}, string(running)+owner, value, o.window.Milliseconds()).Err()
	})
}

// place is where the outcome of a call stands, and what seals it for those who make
// the same call: an answer can hold addresses and a webhook's URL, and more people
// can read Redis than the memory of this server. Both come from the key, in halves
// of one hash: the name says nothing of the secret.
func (o *Outcomes) place(key string) (string, cipher.AEAD) {
	sum := sha512.Sum512([]byte(key))
	// Neither fails with a key of 32 bytes.
	block, _ := aes.NewCipher(sum[32:])
	aead, _ := cipher.NewGCMWithRandomNonce(block)
	return o.redis.prefix + "once:" + hex.EncodeToString(sum[:16]), aead
}
