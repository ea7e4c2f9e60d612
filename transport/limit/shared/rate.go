package shared

import (
	"context"
	"fmt"
	"time"

	"github.com/go-redis/redis_rate/v10"

	"posthog-mcp/transport/limit/rate"
)

// Rate counts the starts of all replicas together, as [rate.Local] counts those of one.
// It is safe for concurrent use.
type Rate struct {
	redis   *Redis
	limiter *redis_rate.Limiter
	windows []rate.Window
	// share is this replica's part, for the time that Redis is away. It also counts
	// what Redis allows, so that no start is given out twice.
	share *rate.Local
}

// Rate returns a rate that keeps all of the windows. replicas is the number of
// servers, for their shares while Redis is away.
func (r *Redis) Rate(replicas int, windows ...rate.Window) *Rate {
	shares := make([]rate.Window, 0, len(windows))
	for _, w := range windows {
		shares = append(shares, w.Share(replicas))
	}
	return &Rate{redis: r, limiter: redis_rate.NewLimiter(r.client), windows: windows, share: rate.NewLocal(shares...)}
}

// Take does what [rate.Local.Take] does, for all replicas.
func (r *Rate) Take(ctx context.Context, key string) (wait, step time.Duration) {
	err := r.redis.ask(ctx, func(ctx context.Context) (err error) {
		wait, step, err = r.take(ctx, key)
		return err
	})
	if err != nil {
		return r.share.Take(ctx, key)
	}
	if wait <= 0 {
		r.share.Spend(key)
	}
	return wait, step
}

// take first looks at all windows and then takes a start of each: a start that one
// window allows and another refuses is lost. That can still happen to replicas that
// ask at the same moment.
func (r *Rate) take(ctx context.Context, key string) (wait, step time.Duration, err error) {
	held, err := r.redis.client.PTTL(ctx, r.held(key)).Result()
	if err != nil {
		return 0, 0, err
	}
	wait = max(0, held) // it is negative if there is no such key
	for calls := range 2 {
		for _, w := range r.windows {
			limit := redis_rate.Limit{Rate: w.Parts(), Burst: w.Burst(), Period: w.Per}
			result, err := r.limiter.AllowN(ctx, fmt.Sprintf("%s%v:%s", r.redis.prefix, w.Per, key), limit, calls)
			if err != nil {
				return 0, 0, err
			}
			if late := untilNext(result, w, calls); late > wait {
				wait, step = late, roundUp(w.Interval())
			}
		}
		if wait > 0 {
			break
		}
	}
	return wait, step, nil
}

func untilNext(result *redis_rate.Result, w rate.Window, calls int) time.Duration {
	if calls > 0 && result.Allowed > 0 {
		return 0
	}
	// After ResetAfter the whole burst may start again.
	return roundUp(result.ResetAfter - time.Duration(w.Burst()-1)*w.Interval())
}

// Hold lets no call of the key start for so long, on any replica.
func (r *Rate) Hold(ctx context.Context, key string, d time.Duration) {
	r.share.Hold(ctx, key, d)
	// After an error the other replicas learn it from PostHog.
	_ = r.redis.ask(context.WithoutCancel(ctx), func(ctx context.Context) error {
		return r.redis.client.Set(ctx, r.held(key), "", roundUp(d)).Err()
	})
}

func (r *Rate) held(key string) string { return r.redis.prefix + "held:" + key }

// roundUp rounds to the milliseconds in which Redis counts: a call that starts too
// early is one too many.
func roundUp(d time.Duration) time.Duration {
	return (d + time.Millisecond - 1).Truncate(time.Millisecond)
}
