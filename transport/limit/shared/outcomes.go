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

// Outcomes stores for all replicas which calls are being made, and their outcomes.
// It is safe for concurrent use.
type Outcomes struct {
	redis           *Redis
	longest, window time.Duration
}

// Outcomes returns a store that keeps an outcome for the window. It keeps the mark of
// a call whose replica ended for longest, the time that a call can take, and the window.
func (r *Redis) Outcomes(longest, window time.Duration) *Outcomes {
	return &Outcomes{r, longest, window}
}

// A value is one of these and what follows it.
const (
	running = "?" // and the replica's name for its call
	settled = "=" // and the sealed outcome
)

// Found is what Redis has for a call.
type Found struct {
	// Mine means that Redis had nothing, and that the call is now marked as the
	// owner's.
	Mine bool
	// Outcome is the outcome of the call; nil while it is being made.
	Outcome []byte
	// Age is how long Redis has had it.
	Age time.Duration
}

// Claim marks the call of that key as made by owner, or returns what it finds.
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
			mine = p.SetNX(ctx, name, running+owner, total)
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
	case strings.HasPrefix(value.Val(), running):
		return Found{Age: total - left.Val()}, nil
	}
	outcome, err := aead.Open(nil, nil, []byte(strings.TrimPrefix(value.Val(), settled)), nil)
	if err != nil {
		// A server of another version made the call. It must not be made again.
		outcome = []byte{}
	}
	return Found{Outcome: outcome, Age: o.window - left.Val()}, nil
}

// Settle replaces owner's mark with the outcome; nil removes the mark, so that the
// call can be made again. The mark of another owner stays.
func (o *Outcomes) Settle(ctx context.Context, key, owner string, outcome []byte) error {
	name, aead := o.place(key)
	var value string
	if outcome != nil {
		value = settled + string(aead.Seal(nil, nil, outcome, nil))
	}
	return o.redis.ask(ctx, func(ctx context.Context) error {
		return settleScript.Run(ctx, o.redis.client, []string{name}, running+owner, value, o.window.Milliseconds()).Err()
	})
}

// place returns the name under which Redis has the outcome of a call, and the cipher
// for it: an answer can hold addresses and a webhook's URL, and more people can read
// Redis than the memory of this server. Both come from the key, from the two halves of
// one hash, so that the name tells nothing about the secret.
func (o *Outcomes) place(key string) (string, cipher.AEAD) {
	sum := sha512.Sum512([]byte(key))
	block, _ := aes.NewCipher(sum[32:]) // 32 bytes are a valid key
	aead, _ := cipher.NewGCMWithRandomNonce(block)
	return o.redis.prefix + "once:" + hex.EncodeToString(sum[:16]), aead
}
