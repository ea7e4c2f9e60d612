package shared

import (
	"context"
	_ "embed"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"posthog-mcp/transport/limit/rate"
)

var (
	//go:embed take.lua
	takeSource string
	//go:embed hold.lua
	holdSource string

	takeScript = redis.NewScript(takeSource)
	holdScript = redis.NewScript(holdSource)
)

// Rate counts the starts of all replicas together, in one question for each, in
// the way of [rate.Local]. It is safe for concurrent use.
//
// go-redis/redis_rate asks once for each window, and what the first allowed is
// spent when the second refuses; here all of them are one decision, with what
// PostHog's own 429s said.
type Rate struct {
	redis     *Redis
	arguments []any
	// share is this replica's part, for the time that Redis is away. It counts
	// what Redis allows too, so that the part is not given out twice.
	share *rate.Local
}

// Rate returns a rate that keeps all of the windows; replicas is how many
// servers there are, for their shares while Redis is away.
func (r *Redis) Rate(replicas int, windows ...rate.Window) *Rate {
	shares := make([]rate.Window, 0, len(windows))
	var arguments []any
	for _, w := range windows {
		shares = append(shares, w.Share(replicas))
		interval := microseconds(w.Interval())
		arguments = append(arguments, strconv.FormatInt(w.Per.Microseconds(), 10), interval, interval*int64(w.Slack()/w.Interval()))
	}
	return &Rate{redis: r, arguments: arguments, share: rate.NewLocal(shares...)}
}

// Take lets a call of the lane start now, or says how long it is until one may,
// and how much later each further one.
func (r *Rate) Take(ctx context.Context, lane string) (wait, step time.Duration) {
	var answer []int64
	err := r.redis.ask(ctx, func(ctx context.Context) (err error) {
		answer, err = takeScript.Run(ctx, r.redis.client, []string{r.key(lane)}, r.arguments...).Int64Slice()
		return err
	})
	if err != nil || len(answer) != 2 {
		return r.share.Take(ctx, lane)
	}
	wait, step = time.Duration(answer[0])*time.Microsecond, time.Duration(answer[1])*time.Microsecond
	if wait <= 0 {
		r.share.Spend(lane)
	}
	return wait, step
}

// Hold lets no call of the lane start for so long, on any replica.
func (r *Rate) Hold(ctx context.Context, lane string, d time.Duration) {
	r.share.Hold(ctx, lane, d)
	// Without an answer the others learn it from PostHog as well.
	_ = r.redis.ask(context.WithoutCancel(ctx), func(ctx context.Context) error {
		return holdScript.Run(ctx, r.redis.client, []string{r.key(lane)}, microseconds(d)).Err()
	})
}

func (r *Rate) key(lane string) string { return r.redis.prefix + "rate:" + lane }

// microseconds rounds up: a call that starts too early is one too many.
func microseconds(d time.Duration) int64 {
	return int64((d + time.Microsecond - 1) / time.Microsecond)
}
