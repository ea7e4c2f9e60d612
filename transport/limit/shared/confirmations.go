package shared

import (
	"context"
	"time"

	"posthog-mcp/tools/seal"
)

// clockSkew is how far the replicas' clocks may be apart: a confirmation that has
// expired by one of them may not have by another.
const clockSkew = 5 * time.Minute

// Confirmations is a [seal.Store] for all replicas. While Redis is away, it cannot
// tell whether a confirmation was used, so none is accepted.
type Confirmations struct{ redis *Redis }

// Confirmations returns the store of the confirmations that were used.
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
