package limit

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha512"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"posthog-mcp/tools"
)

var (
	//go:embed settle.lua
	settleSource string
	settleScript = redis.NewScript(settleSource)
)

// A call's value in Redis is one of these and what follows it.
const (
	running = "?" // and the replica's name for its call
	settled = "=" // and the sealed outcome
)

// elsewhere returns how the call ended on another replica, or is nil if this one makes
// the call. It waits while another replica does.
func (o *Once) elsewhere(ctx context.Context, key, owner string) *ending {
	if o.redis == nil {
		return nil
	}
	waited := false
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		found, err := o.look(ctx, key, owner)
		switch {
		case found.mine, err != nil && !waited:
			return nil
		case found.outcome != nil:
			// The replica that made it remembers it.
			return &ending{decode(found.outcome), found.age, forWaiting}
		case err != nil && ctx.Err() == nil:
			// Nobody here will find out. Without the window the next caller would make it.
			return &ending{tools.Unsettled(), 0, forWindow}
		case found.age >= o.longest || !sleep(ctx, pause):
			return &ending{tools.Unsettled(), 0, forCaller}
		}
		waited = true
	}
}

// found is what Redis has for a call.
type found struct {
	mine    bool   // it had nothing; the call is now marked as the owner's
	outcome []byte // nil while the call is being made
	age     time.Duration
}

// look marks the call as made by owner, or returns what it finds. Redis keeps the mark
// of a call whose replica ended for the time that a call can take, and the window.
func (o *Once) look(ctx context.Context, key, owner string) (found, error) {
	name, aead := place(key)
	total := o.longest + o.window
	var (
		mine  *redis.BoolCmd
		value *redis.StringCmd
		left  *redis.DurationCmd
	)
	_, err := ask(ctx, o.redis, func(ctx context.Context) ([]redis.Cmder, error) {
		return o.redis.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
			mine = p.SetNX(ctx, name, running+owner, total)
			value, left = p.Get(ctx, name), p.PTTL(ctx, name)
			return nil
		})
	})
	switch {
	case err != nil:
		return found{}, err
	case mine.Val():
		return found{mine: true}, nil
	case strings.HasPrefix(value.Val(), running):
		return found{age: total - left.Val()}, nil
	}
	outcome, err := aead.Open(nil, nil, []byte(strings.TrimPrefix(value.Val(), settled)), nil)
	if err != nil {
		outcome = []byte{} // of a server of another version, which made the call
	}
	return found{outcome: outcome, age: o.window - left.Val()}, nil
}

// publish replaces owner's mark with the outcome. If the call can be made again, it
// removes the mark. The mark of another owner stays.
func (o *Once) publish(ctx context.Context, c *onceCall, owner string) error {
	name, aead := place(c.key)
	var value string
	if c.counts == forWindow {
		value = settled + string(aead.Seal(nil, nil, encode(c.result), nil))
	}
	_, err := ask(ctx, o.redis, func(ctx context.Context) (any, error) {
		return settleScript.Run(ctx, o.redis.client, []string{name}, running+owner, value, o.window.Milliseconds()).Result()
	})
	return err
}

// place returns the name under which Redis has the outcome of a call, and the cipher
// for it: an answer can hold addresses and a webhook's URL, and more people can read
// Redis than the memory of this server. Both come from the key, from the two halves of
// one hash, so that the name tells nothing about the secret.
func place(key string) (string, cipher.AEAD) {
	sum := sha512.Sum512([]byte(key))
	block, _ := aes.NewCipher(sum[32:]) // 32 bytes are a valid key
	aead, _ := cipher.NewGCMWithRandomNonce(block)
	return outcomeName + hex.EncodeToString(sum[:16]), aead
}

// outcome is a result as Redis has it: the part that the next caller gets.
type outcome struct {
	Object  []byte // not as JSON, which would be written anew
	Text    string
	IsError bool
	Status  int
	Unsure  bool
}

func encode(r tools.Result) []byte {
	data, _ := json.Marshal(outcome{r.Object, r.Text, r.IsError, r.Status, r.Unsure})
	return data
}

// decode reads an outcome. If it is unreadable, the call was made all the same.
func decode(data []byte) tools.Result {
	var o outcome
	if err := json.Unmarshal(data, &o); err != nil || len(o.Object) == 0 {
		return tools.Unsettled()
	}
	return tools.Result{Object: o.Object, Text: o.Text, IsError: o.IsError, Status: o.Status, Unsure: o.Unsure}
}
