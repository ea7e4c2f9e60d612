// Package shared keeps in a Redis or Valkey server what replicas have to know of each
// other: how many calls of a key have started, which writes were made, and which
// confirmations were used. Its data hold no PostHog key, no argument and no readable
// answer. If the server is away, a call loses almost no time.
package shared

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
	"github.com/sony/gobreaker/v2"

	"posthog-mcp/tools/seal"
)

// Options configure a [Redis]. The zero value is usable.
type Options struct {
	// Prefix begins the name of every key; empty means "posthog-mcp:". Servers with
	// the same prefix count together.
	Prefix string
	// Timeout bounds one question to Redis; zero means 50 milliseconds.
	Timeout time.Duration
	// Rest is how long Redis is not asked after three failures in a row; zero means
	// 5 seconds. One question then finds out whether it is back.
	Rest time.Duration
	// Logger gets a line when Redis goes away and one when it is back; nil for none.
	Logger *slog.Logger
}

const (
	failuresToRest = 3
	// dialTimeout is longer than a question's: a connection that takes longer to make
	// serves the next question.
	dialTimeout = 2 * time.Second
)

// Redis is a server that replicas share: Redis 5 or newer, or Valkey. It is safe
// for concurrent use.
type Redis struct {
	client  *redis.Client
	prefix  string
	timeout time.Duration
	breaker *gobreaker.CircuitBreaker[struct{}]
	log     *slog.Logger
	cause   atomic.Pointer[error]
}

// errCaller means that the question ended with its call.
var errCaller = errors.New("the call has ended")

// Open returns the Redis at address: redis://user:password@host:port/database,
// or rediss:// for TLS. It connects at the first question. The error never repeats
// the address, which may hold a password.
func Open(address string, o Options) (*Redis, error) {
	options, err := parse(address)
	if err != nil {
		return nil, err
	}
	logging.Disable() // go-redis has one logger for the process, and it repeats itself
	r := &Redis{
		client: redis.NewClient(options), log: cmp.Or(o.Logger, slog.New(slog.DiscardHandler)),
		prefix: cmp.Or(o.Prefix, "posthog-mcp:"), timeout: cmp.Or(o.Timeout, 50*time.Millisecond),
	}
	r.breaker = gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Timeout:       cmp.Or(o.Rest, 5*time.Second),
		ReadyToTrip:   func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= failuresToRest },
		IsExcluded:    func(err error) bool { return errors.Is(err, errCaller) },
		OnStateChange: r.logChange,
	})
	return r, nil
}

func parse(address string) (*redis.Options, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "redis" && u.Scheme != "rediss" || u.Hostname() == "" {
		return nil, errors.New("not an address of Redis: expected redis://host:port, or rediss://host:port for TLS")
	}
	options, err := redis.ParseURL(address)
	if err != nil {
		return nil, errors.New("not an address of Redis: the port, the database or a parameter is wrong; expected redis://user:password@host:port/0")
	}
	// No retries: a question that is asked again could count the call twice.
	options.MaxRetries, options.DialerRetries = -1, 1
	options.DialTimeout, options.ContextTimeoutEnabled = dialTimeout, true
	options.Protocol, options.DisableIdentity = 2, true
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return options, nil
}

// Close closes the connections.
func (r *Redis) Close() error { return r.client.Close() }

// ask runs the question, unless Redis is away. After an error it is unknown whether
// the question had an effect.
func (r *Redis) ask(ctx context.Context, question func(context.Context) error) error {
	_, err := r.breaker.Execute(func() (struct{}, error) {
		limited, cancel := context.WithTimeout(ctx, r.timeout)
		defer cancel()
		err := question(limited)
		if err != nil && ctx.Err() != nil {
			err = errCaller
		}
		if err != nil {
			r.cause.Store(&err)
		}
		return struct{}{}, err
	})
	if err != nil {
		return fmt.Errorf("ask Redis: %w", err)
	}
	return nil
}

// logChange logs when Redis goes away, and when it is back.
func (r *Redis) logChange(_ string, from, to gobreaker.State) {
	switch {
	case from == gobreaker.StateClosed && to == gobreaker.StateOpen:
		r.log.Warn("Redis is away: each replica keeps to its own share of the limits, knows only of the writes that it made itself, and accepts no confirmations where they have a common --state-key", slog.Any("error", *r.cause.Load()))
	case to == gobreaker.StateClosed:
		r.log.Info("Redis is back: the replicas count together again")
	}
}

// clockSkew is how far the replicas' clocks may be apart: a confirmation that has
// expired on one of them may not have on another.
const clockSkew = 5 * time.Minute

// Confirmations is a [seal.Store] for all replicas. While Redis is away, no
// confirmation is accepted, since nobody can tell whether it was used.
type Confirmations struct{ redis *Redis }

// Confirmations returns the store of the used confirmations.
func (r *Redis) Confirmations() *Confirmations { return &Confirmations{r} }

// Use implements [seal.Store].
func (c *Confirmations) Use(ctx context.Context, id string, expires, now time.Time) error {
	var first bool
	err := c.redis.ask(ctx, func(ctx context.Context) (err error) {
		first, err = c.redis.client.SetNX(ctx, c.redis.prefix+"used:"+id, "", expires.Sub(now)+clockSkew).Result()
		return err
	})
	if err == nil && !first {
		return seal.ErrUsed
	}
	return err
}
