package limit

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha512"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"posthog-mcp/tools/engine"
)

// mostKept bounds the remembered outcomes, in bytes: ten thousand of the usual size.
const mostKept = 16 << 20

// Once is a [engine.Once]: it gives the repetitions of a call the outcome of the first,
// within a window after what PostHog did or may have done: a success, a failure of its
// own (5xx), a lost answer. After what PostHog refused or never received, a repetition can
// succeed, and is made. It is safe for concurrent use.
type Once struct {
	window, longest time.Duration
	redis           *Redis // nil for none

	mu    sync.Mutex
	calls map[string]*onceCall
	kept  []*onceCall // those whose outcome is remembered, in the order they ended
	size  int         // of those kept, in bytes
}

// onceCall is a call, while it is being made and afterwards.
type onceCall struct {
	key  string
	done chan struct{} // closed once the other fields are valid
	ending
	ended time.Time
	size  int
}

// ending is how a call ended.
type ending struct {
	result engine.Result
	ago    time.Duration
	counts int
}

// For whom an ending counts.
const (
	// forCaller is for a call that was not sent: the reason may hold for its own caller
	// only, so one of those that waited makes the call.
	forCaller = iota
	forWaiting
	forWindow // and for those that waited
)

// NewOnce returns a Once. window is how long after its end a call is not made again.
// longest is how long a whole call can take: a replica that has not finished by then
// never will. redis is where replicas leave outcomes for each other, nil for one
// process; while it is away, each replica knows only its own calls.
func NewOnce(window, longest time.Duration, redis *Redis) *Once {
	return &Once{window: window, longest: longest, redis: redis, calls: map[string]*onceCall{}}
}

// Do makes the call of that key, or returns the outcome of the same call that was made
// before, and how long ago that was. While that one is being made, here or by another
// replica, Do waits. The result is [engine.Unsettled], and nothing was sent for this
// call, if ctx ends first, if the wait is longer than any call, or after a call that
// panicked. If outcomes take more than 16 MB, the oldest are forgotten early.
func (o *Once) Do(ctx context.Context, key string, call func() engine.Result) (r engine.Result, ago time.Duration, repeated bool) {
	for {
		c, mine := o.claim(key)
		if mine {
			repeated := o.make(ctx, c, call)
			return c.result, c.ago, repeated
		}
		select {
		case <-c.done:
		case <-ctx.Done():
			return engine.Unsettled(), 0, false
		}
		if c.counts != forCaller {
			return c.result, time.Since(c.ended), true
		}
	}
}

// claim returns the call of that key, and whether it is the caller's to make.
func (o *Once) claim(key string) (c *onceCall, mine bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.kept) > 0 && time.Since(o.kept[0].ended) >= o.window {
		o.forgetFirst()
	}
	if c = o.calls[key]; c != nil {
		return c, false
	}
	// Until it ends, anything may have happened.
	c = &onceCall{key: key, done: make(chan struct{}), ending: ending{result: engine.Unsettled(), counts: forWindow}}
	o.calls[key] = c
	return c, true
}

// make makes the call, unless another replica makes it or did.
func (o *Once) make(ctx context.Context, c *onceCall, call func() engine.Result) (repeated bool) {
	defer o.settle(c) // as unsettled after a panic
	owner := rand.Text()
	if elsewhere := o.elsewhere(ctx, c.key, owner); elsewhere != nil {
		c.ending = *elsewhere
		return c.counts == forWaiting
	}
	r := call()
	c.ending = ending{result: r, counts: forCaller}
	switch {
	case r.Acted():
		c.counts = forWindow
	case r.Status != 0:
		c.counts = forWaiting
	}
	if o.redis != nil {
		// The outcome counts also if the caller is gone. If Redis is, the other replicas
		// find a call that does not end, and don't repeat it.
		_ = o.publish(context.WithoutCancel(ctx), c, owner)
	}
	return false
}

// settle lets the calls that waited go on.
func (o *Once) settle(c *onceCall) {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer close(c.done)
	c.ended = time.Now().Add(-c.ago)
	if c.counts != forWindow {
		delete(o.calls, c.key)
		return
	}
	c.size = 512 + len(c.key) + len(c.result.Object) + len(c.result.Text) // of itself, about 512
	o.kept = append(o.kept, c)
	for o.size += c.size; o.size > mostKept; {
		o.forgetFirst()
	}
}

func (o *Once) forgetFirst() {
	first := o.kept[0]
	o.kept[0], o.kept = nil, o.kept[1:]
	o.size -= first.size
	delete(o.calls, first.key)
}

var (
	//go:embed settle.lua
	settleSource string
	settleScript = redis.NewScript(settleSource)
)

// How a call's value in Redis begins.
const (
	running = "?" // the replica's name for its call follows
	settled = "=" // the sealed outcome follows
)

// elsewhere returns how the call ended on another replica, or is nil if this one makes
// the call. It waits while another replica does.
func (o *Once) elsewhere(ctx context.Context, key, owner string) *ending {
	if o.redis == nil {
		return nil
	}
	waited := false
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		found, err := o.look(ctx, key, owner)
		switch {
		case found == nil && (err == nil || !waited):
			return nil
		case err != nil && ctx.Err() == nil:
			// Nobody here will find out. Without the window the next caller would make it.
			return &ending{engine.Unsettled(), 0, forWindow}
		case err == nil && found.counts == forWaiting:
			return found
		case err != nil || found.ago >= o.longest || !sleep(ctx, pause):
			return &ending{engine.Unsettled(), 0, forCaller}
		}
		waited = true
	}
}

// look marks the call as made by owner, and returns nil; or what it finds: how the call
// ended, or for how long another replica has made it, which counts for nobody else. Redis
// keeps the mark of a replica that ended for the time that a call can take, and the window.
func (o *Once) look(ctx context.Context, key, owner string) (*ending, error) {
	name, aead := place(key)
	total := o.longest + o.window
	p := o.redis.client.TxPipeline()
	mine, value, left := p.SetNX(ctx, name, running+owner, total), p.Get(ctx, name), p.PTTL(ctx, name)
	_, err := ask(ctx, o.redis, p.Exec)
	switch {
	case err != nil || mine.Val():
		return nil, err
	case strings.HasPrefix(value.Val(), running):
		return &ending{engine.Unsettled(), total - left.Val(), forCaller}, nil
	}
	// What is unreadable is of a server of another version, which made the call.
	outcome, _ := aead.Open(nil, nil, []byte(strings.TrimPrefix(value.Val(), settled)), nil)
	return &ending{decode(outcome), o.window - left.Val(), forWaiting}, nil
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

// place returns the name of a call's outcome in Redis, and the cipher for it: an answer
// can hold addresses and a webhook's URL. They come from the two halves of one hash, so
// that the name tells nothing about the secret.
func place(key string) (string, cipher.AEAD) {
	sum := sha512.Sum512([]byte(key))
	block, _ := aes.NewCipher(sum[32:]) // 32 bytes are a valid key
	aead, _ := cipher.NewGCMWithRandomNonce(block)
	return prefix + "once:" + hex.EncodeToString(sum[:16]), aead
}

// outcome is a result as Redis has it, with an Object that is not written anew as JSON.
type outcome struct {
	engine.Result
	Object []byte
}

func encode(r engine.Result) []byte {
	data, _ := json.Marshal(outcome{r, r.Object})
	return data
}

func decode(data []byte) engine.Result {
	var o outcome
	if err := json.Unmarshal(data, &o); err != nil || len(o.Object) == 0 {
		return engine.Unsettled()
	}
	o.Result.Object = o.Object
	return o.Result
}
