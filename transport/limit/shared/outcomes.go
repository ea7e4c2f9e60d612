package shared

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha512"
	_ "embed"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

var (
	//go:embed claim.lua
	claimSource string
	//go:embed settle.lua
	settleSource string

	claimScript  = redis.NewScript(claimSource)
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

// A value is a mark, of one of these bytes and what follows it.
const (
	running = '?' // and whose
	settled = '=' // and the sealed outcome
)

// Found is what stands at the key of a call.
type Found struct {
	// Mine says that nothing stood there, and that the call is marked as being
	// made now, by who asked.
	Mine bool
	// Outcome is what came of it; nil while it is being made.
	Outcome []byte
	// Age is how long it has been standing there.
	Age time.Duration
}

// Claim marks the call of that key as being made by owner, or returns what it
// finds.
func (o *Outcomes) Claim(ctx context.Context, key, owner string) (Found, error) {
	name, lock := o.place(key)
	total := o.longest + o.window
	var answer []any
	err := o.redis.ask(ctx, func(ctx context.Context) (err error) {
		answer, err = claimScript.Run(ctx, o.redis.client, []string{name}, string(running)+owner, total.Milliseconds()).Slice()
		return err
	})
	if err != nil {
		return Found{}, err
	}
	value, left, err := readClaim(answer)
	switch {
	case err != nil:
		return Found{}, err
	case value == "":
		return Found{Mine: true}, nil
	case value[0] == running:
		return Found{Age: total - left}, nil
	}
	outcome, err := lock.open(value[1:])
	if err != nil {
		// Something was made, by a server that writes in another way. To say so is
		// safe: it must not be made again.
		outcome = []byte{}
	}
	return Found{Outcome: outcome, Age: o.window - left}, nil
}

// Settle puts the outcome where owner's mark is; nil takes the mark away, so that
// the call can be made again. The mark of another owner stays.
func (o *Outcomes) Settle(ctx context.Context, key, owner string, outcome []byte) error {
	name, lock := o.place(key)
	var value string
	if outcome != nil {
		value = string(settled) + lock.seal(outcome)
	}
	return o.redis.ask(ctx, func(ctx context.Context) error {
		return settleScript.Run(ctx, o.redis.client, []string{name}, string(running)+owner, value, o.window.Milliseconds()).Err()
	})
}

func readClaim(answer []any) (value string, left time.Duration, err error) {
	if len(answer) == 2 {
		text, isText := answer[0].(string)
		milliseconds, isNumber := answer[1].(int64)
		if isText && isNumber {
			return text, time.Duration(milliseconds) * time.Millisecond, nil
		}
	}
	return "", 0, fmt.Errorf("ask Redis: an answer of %d parts that are not a value and a time", len(answer))
}

// lock seals an outcome for those who make the same call: an answer can hold
// addresses and a webhook's URL, and Redis is read by more people than this
// server's memory is.
type lock struct{ aead cipher.AEAD }

// place is where the outcome of a call stands, and the lock on it. Both come from
// the key, in halves of one hash: the name says nothing of the lock.
func (o *Outcomes) place(key string) (string, lock) {
	sum := sha512.Sum512([]byte(key))
	// Neither fails with a key of 32 bytes.
	block, _ := aes.NewCipher(sum[32:])
	aead, _ := cipher.NewGCMWithRandomNonce(block)
	return o.redis.prefix + "once:" + hex.EncodeToString(sum[:16]), lock{aead}
}

func (l lock) seal(outcome []byte) string { return string(l.aead.Seal(nil, nil, outcome, nil)) }

func (l lock) open(sealed string) ([]byte, error) { return l.aead.Open(nil, nil, []byte(sealed), nil) }
