package limit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/go-redis/redis_rate/v10"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
	"github.com/sony/gobreaker/v2"

	"posthog-mcp/tools/seal"
)

// RedisOptions configure a [Redis]. Timeout bounds a question, 50 ms if it is zero. Rest
// is how long Redis is not asked after three failures in a row, 5 s if it is zero. Logger
// gets a line when Redis goes away and one when it is back; nil for none.
type RedisOptions struct {
	Timeout, Rest time.Duration
	Logger        *slog.Logger
}

const (
	failuresToRest = 3
	// clockSkew is how far the replicas' clocks may be apart: a confirmation that has
	// expired on one of them may not have on another.
	clockSkew = 5 * time.Minute

	prefix = "posthog-mcp:" // of all names in Redis
)

// Redis is a server, Redis 5 or newer or Valkey, in which replicas keep what they have to
// know of each other: how many calls of a key have started, which writes were made, and
// which confirmations were used. It holds no PostHog key, no argument and no readable
// answer. If it is away, a call loses almost no time. It is safe for concurrent use.
type Redis struct {
	client  *redis.Client
	limiter *redis_rate.Limiter
	timeout time.Duration
	breaker *gobreaker.CircuitBreaker[struct{}]
	cause   atomic.Pointer[error] // of the last failure
}

// errCaller means that the question ended with its call.
var errCaller = errors.New("the call has ended")

// OpenRedis returns the Redis at address: redis://user:password@host:port/database,
// or rediss:// for TLS. It connects at the first question. The error never repeats
// the address, which may hold a password.
func OpenRedis(address string, o RedisOptions) (*Redis, error) {
	options, err := parse(address)
	if err != nil {
		return nil, err
	}
	logging.Disable() // go-redis has one logger for the process, and it repeats itself
	client := redis.NewClient(options)
	log := cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	r := &Redis{client: client, limiter: redis_rate.NewLimiter(client), timeout: cmp.Or(o.Timeout, 50*time.Millisecond)}
	r.breaker = gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Timeout:     cmp.Or(o.Rest, 5*time.Second),
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= failuresToRest },
		IsExcluded:  func(err error) bool { return errors.Is(err, errCaller) },
		OnStateChange: func(_ string, from, to gobreaker.State) {
			switch {
			case from == gobreaker.StateClosed && to == gobreaker.StateOpen:
				log.Warn("Redis is away: each replica keeps to its own share of the limits, knows only of the writes that it made itself, and accepts no confirmations where they have a common --state-key", slog.Any("error", *r.cause.Load()))
			case to == gobreaker.StateClosed:
				log.Info("Redis is back: the replicas count together again")
			}
		},
	})
	return r, nil
}

func parse(address string) (*redis.Options, error) {
	options, err := redis.ParseURL(address)
	if u, _ := url.Parse(address); err != nil || u.Hostname() == "" || u.Scheme == "unix" {
		return nil, errors.New("not an address of Redis: expected redis://user:password@host:port/0, or rediss://host:port for TLS")
	}
	// No retries: a question that is asked again could count the call twice.
	options.MaxRetries, options.DialerRetries = -1, 1
	// A connection that takes longer to make than a question may serves the next one.
	options.DialTimeout, options.ContextTimeoutEnabled = 2*time.Second, true
	options.Protocol, options.DisableIdentity = 2, true
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return options, nil
}

// Close closes the connections.
func (r *Redis) Close() error { return r.client.Close() }

// ask returns the answer to the question, unless Redis is away. After an error it is
// unknown whether the question had an effect.
func ask[T any](ctx context.Context, r *Redis, question func(context.Context) (T, error)) (answer T, err error) {
	_, err = r.breaker.Execute(func() (_ struct{}, err error) {
		limited, cancel := context.WithTimeout(ctx, r.timeout)
		defer cancel()
		answer, err = question(limited)
		if err != nil && ctx.Err() != nil {
			err = errCaller
		}
		if err != nil {
			r.cause.Store(&err)
		}
		return struct{}{}, err
	})
	if err != nil {
		return answer, fmt.Errorf("ask Redis: %w", err)
	}
	return answer, nil
}

// Use implements [seal.Store] for all replicas. While Redis is away, no confirmation is
// accepted, since nobody can tell whether it was used.
func (r *Redis) Use(ctx context.Context, id string, expires, now time.Time) error {
	first, err := ask(ctx, r, func(ctx context.Context) (bool, error) {
		return r.client.SetNX(ctx, prefix+"used:"+id, "", expires.Sub(now)+clockSkew).Result()
	})
	if err == nil && !first {
		return seal.ErrUsed
	}
	return err
}

// take starts a call of the key on behalf of all replicas if it returns zero. Otherwise
// nothing is spent, and a call may start after so long.
func (r *Redis) take(ctx context.Context, key string, windows []redis_rate.Limit) (wait time.Duration, err error) {
	return ask(ctx, r, func(ctx context.Context) (time.Duration, error) {
		wait, err := r.client.PTTL(ctx, prefix+"held:"+key).Result() // negative without such a name
		// The first round only looks: a start that one window allows and another refuses is
		// lost. That can still happen to replicas that ask at the same moment.
		for starts := 0; starts < 2 && wait <= 0; starts++ {
			for _, w := range windows {
				if err != nil {
					return 0, err
				}
				var late time.Duration
				late, err = r.count(ctx, key, w, starts)
				wait = max(wait, late)
			}
		}
		return max(wait, 0), err
	})
}

// count takes so many starts of a window, and returns how long until it has one.
func (r *Redis) count(ctx context.Context, key string, w redis_rate.Limit, starts int) (time.Duration, error) {
	result, err := r.limiter.AllowN(ctx, fmt.Sprintf("%s%v:%s", prefix, w.Period, key), w, starts)
	if err != nil || starts > 0 && result.Allowed > 0 {
		return 0, err
	}
	// After ResetAfter the whole burst may start again.
	return roundUp(result.ResetAfter - time.Duration(w.Burst-1)*interval(w)), nil
}

// hold lets no call of the key start for so long, on any replica.
func (r *Redis) hold(ctx context.Context, key string, d time.Duration) {
	// After an error the other replicas learn it from PostHog.
	_, _ = ask(context.WithoutCancel(ctx), r, func(ctx context.Context) (string, error) {
		return r.client.Set(ctx, prefix+"held:"+key, "", roundUp(d)).Result()
	})
}

// roundUp rounds to the milliseconds in which Redis counts: a call that starts too
// early is one too many.
func roundUp(d time.Duration) time.Duration {
	return (d + time.Millisecond - 1).Truncate(time.Millisecond)
}
