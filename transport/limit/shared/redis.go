// Package shared keeps in a Redis or Valkey server what replicas have to know
// of each other: how many calls of a key have started, which writes were made, and
// which confirmations were used. It holds no PostHog key, no argument and no answer
// that its reader could understand, and a server that is away costs a call next to
// nothing.
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
)

// Options are what a [Redis] is made from. The zero value is usable.
type Options struct {
	// Prefix is in the name of every key; "posthog-mcp:" when it is empty. Servers
	// with the same prefix count together.
	Prefix string
	// Timeout bounds one question to Redis; 50 milliseconds when it is zero.
	Timeout time.Duration
	// Rest is how long Redis is left alone after it failed three times in a row;
	// 5 seconds when it is zero. One question then finds out whether it is back.
	Rest time.Duration
	// Logger gets a line when Redis goes away and one when it is back; nil for none.
	Logger *slog.Logger
}

const (
	defaultPrefix  = "posthog-mcp:"
	defaultTimeout = 50 * time.Millisecond
	defaultRest    = 5 * time.Second
	failuresToRest = 3
	// dialTimeout outlasts a question: a connection that takes longer to make is
	// there for the next.
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

// errCaller is a question that ended with the call that asked it.
var errCaller = errors.New("the call has ended")

// Open returns the Redis at address: redis://user:password@host:port/database,
// or rediss:// for TLS. It connects to nothing before the first question. The
// error never repeats the address, which may hold a password.
func Open(address string, o Options) (*Redis, error) {
	options, err := parse(address)
	if err != nil {
		return nil, err
	}
	logging.Disable() // go-redis has one logger for the process, and it repeats itself
	r := &Redis{
		client: redis.NewClient(options), log: o.Logger,
		prefix: cmp.Or(o.Prefix, defaultPrefix), timeout: cmp.Or(o.Timeout, defaultTimeout),
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	r.breaker = gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Timeout:       cmp.Or(o.Rest, defaultRest),
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
	// A question is asked once: the answer to a second would count the call twice.
	options.MaxRetries, options.DialerRetries = -1, 1
	options.DialTimeout, options.ContextTimeoutEnabled = dialTimeout, true
	// Nothing of the newer protocol is needed.
	options.Protocol, options.DisableIdentity = 2, true
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return options, nil
}

// Close closes the connections.
func (r *Redis) Close() error { return r.client.Close() }

// ask runs the question, unless Redis is away. An error says that there is no
// answer, not that nothing happened.
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
