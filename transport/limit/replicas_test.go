package limit_test

import (
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"posthog-mcp/transport/limit"
)

// Two servers with one Redis let a caller start what one would, and each its half
// while Redis is away. The limits are an hour's, so that nothing becomes free
// while the test runs.
func TestReplicas(t *testing.T) {
	server := miniredis.RunT(t)
	var replicas [2]*limit.Limiter
	for i := range replicas {
		redis, err := limit.OpenRedis("redis://"+server.Addr(), limit.RedisOptions{Timeout: 5 * time.Second, Rest: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = redis.Close() })
		replicas[i], _ = behind(limit.Options{PerHour: 60, Redis: redis, Replicas: 2}, 0)
	}
	started := func(caller int) (n [2]int) {
		for range 10 {
			for i, l := range replicas {
				if got := call(as(t.Context(), caller), l, listPath); got.Status == 200 {
					n[i]++
				}
			}
		}
		return n
	}
	if n := started(1); n != [2]int{3, 3} {
		t.Errorf("%v calls were started, want 6 together", n)
	}
	server.Close()
	if n := started(1); n != [2]int{0, 0} {
		t.Errorf("%v calls were started without Redis, after all that may start at once", n)
	}
	if n := started(2); n != [2]int{3, 3} {
		t.Errorf("%v calls were started without Redis, want each replica's half", n)
	}
}
