package limit_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/limit"
)

// replica returns a guard that shares the server with others.
func replica(t *testing.T, server *miniredis.Miniredis, o limit.RedisOptions) *limit.Once {
	t.Helper()
	if o.Timeout == 0 {
		o.Timeout = 5 * time.Second // a busy machine is no Redis that is away
	}
	redis, err := limit.OpenRedis("redis://"+server.Addr(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = redis.Close() })
	return limit.NewOnce(window, time.Minute, redis)
}

// whenever compares everything but how long ago it was, which is real time.
func whenever(t *testing.T, what string, want, got answer) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.IgnoreFields(answer{}, "Ago")); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// metMark returns when whoever waits has found that another makes the call: one
// look is at most five commands, and the sixth is of the next.
func metMark(server *miniredis.Miniredis) {
	for begin := server.CommandCount(); server.CommandCount() < begin+6; {
		time.Sleep(time.Millisecond)
	}
}

// What one replica did, the other knows.
func TestReplicasAfterEachOther(t *testing.T) {
	for _, c := range remembered {
		t.Run(c.name, func(t *testing.T) {
			server := miniredis.RunT(t)
			one, other := replica(t, server, limit.RedisOptions{}), replica(t, server, limit.RedisOptions{})
			m := &maker{result: c.result}
			whenever(t, "the first", answer{Result: c.result}, m.call(t.Context(), one, "a"))
			server.FastForward(window - time.Second)
			second := m.call(t.Context(), other, "a")
			if !c.want {
				whenever(t, "the second", answer{Result: c.result}, second)
				m.expect(t, 2)
				return
			}
			differ(t, "the second", answer{c.result, window - time.Second, true}, second)
			whenever(t, "another", answer{Result: c.result}, m.call(t.Context(), other, "b"))
			m.expect(t, 2)
			server.FastForward(time.Second)
			whenever(t, "after the window", answer{Result: c.result}, m.call(t.Context(), other, "a"))
			m.expect(t, 3)
		})
	}
}

// Ten calls on each of three replicas at once are one.
func TestReplicasTogether(t *testing.T) {
	server := miniredis.RunT(t)
	m := &maker{result: created, takes: 30 * time.Millisecond}
	var wg sync.WaitGroup
	for range 3 {
		g := replica(t, server, limit.RedisOptions{})
		for range 10 {
			wg.Go(func() {
				if got := m.call(t.Context(), g, "a"); !cmp.Equal(created, got.Result) {
					t.Errorf("a call got %+v", got)
				}
			})
		}
	}
	wg.Wait()
	m.expect(t, 1)
}

// making has the replica make the call until end is closed, with that result.
func making(t *testing.T, wg *sync.WaitGroup, one *limit.Once, result engine.Result) (end chan struct{}) {
	t.Helper()
	begun, end := make(chan struct{}), make(chan struct{})
	wg.Go(func() {
		one.Do(t.Context(), "a", func() engine.Result {
			close(begun)
			<-end
			return result
		})
	})
	<-begun
	return end
}

// A call that another replica makes is waited for as long as the caller is there,
// and no longer than any call takes; a replica that ended in the middle may have
// made it.
func TestReplicaEnds(t *testing.T) {
	server := miniredis.RunT(t)
	one, other := replica(t, server, limit.RedisOptions{}), replica(t, server, limit.RedisOptions{})
	var wg sync.WaitGroup
	end := making(t, &wg, one, unsent)
	m := &maker{result: created}
	gone, leave := context.WithCancel(t.Context())
	wg.Go(func() {
		metMark(server)
		leave()
	})
	differ(t, "who left", answer{Result: engine.Unsettled()}, m.call(gone, other, "a"))
	server.FastForward(time.Minute)
	differ(t, "who came when no call takes so long", answer{Result: engine.Unsettled()}, m.call(t.Context(), other, "a"))
	m.expect(t, 0)
	// It ends after all, and nothing was sent.
	close(end)
	wg.Wait()
	whenever(t, "who came then", answer{Result: created}, m.call(t.Context(), other, "a"))
	m.expect(t, 1)
}

// While Redis is away, a replica knows its own calls, and says so once.
func TestRedisIsAway(t *testing.T) {
	server := miniredis.RunT(t)
	var journal strings.Builder
	g := replica(t, server, limit.RedisOptions{Rest: time.Hour, Logger: slog.New(slog.NewTextHandler(&journal, nil))})
	server.Close()
	m := &maker{result: created}
	for i := range 5 {
		key := fmt.Sprint("call ", i)
		whenever(t, key, answer{Result: created}, m.call(t.Context(), g, key))
		whenever(t, key+" again", answer{Result: created, Repeated: true}, m.call(t.Context(), g, key))
	}
	m.expect(t, 5)
	if n := strings.Count(journal.String(), "knows only of the writes that it made itself"); n != 1 {
		t.Errorf("the log says so %d times, want once:\n%s", n, journal.String())
	}
}

// When Redis goes away while another replica makes the call, nobody can tell what
// comes of it: it is not made a second time.
func TestRedisGoesAwayMeanwhile(t *testing.T) {
	server := miniredis.RunT(t)
	one, other := replica(t, server, limit.RedisOptions{}), replica(t, server, limit.RedisOptions{})
	var wg sync.WaitGroup
	end := making(t, &wg, one, created)
	m := &maker{result: created}
	wg.Go(func() {
		whenever(t, "who waited", answer{Result: engine.Unsettled()}, m.call(t.Context(), other, "a"))
	})
	metMark(server)
	server.Close()
	close(end)
	wg.Wait()
	whenever(t, "who came then", answer{Result: engine.Unsettled(), Repeated: true}, m.call(t.Context(), other, "a"))
	m.expect(t, 0)
}
