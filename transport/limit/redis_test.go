package limit

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	wire "github.com/alicebob/miniredis/v2/server"
	"github.com/google/go-cmp/cmp"

	"posthog-mcp/tools/engine"
)

func TestAddresses(t *testing.T) {
	const wrong = "not an address of Redis: expected redis://user:password@host:port/0, or rediss://host:port for TLS"
	for address, want := range map[string]string{
		"redis://localhost":                         "",
		"redis://localhost:6379":                    "",
		"redis://u:canary@cache.example:6380/3":     "",
		"rediss://:canary@cache.example":            "",
		"":                                          wrong,
		"localhost:6379":                            wrong,
		"http://u:canary@cache.example":             wrong,
		"unix:///tmp/canary.sock":                   wrong,
		"redis://":                                  wrong,
		"redis://u:canary@cache.example:port":       wrong,
		"redis://u:canary@cache.example/db":         wrong,
		"redis://u:canary@cache.example/1/2":        wrong,
		"redis://u:canary@cache.example?unknown=1":  wrong,
		"redis://u:canary@cache.example/%zz":        wrong,
		"redis://u:canary@cache.example:1 2":        wrong,
		"redis://u:canary\n@cache.example:6379/0":   wrong,
		"redis://cache.example?read_timeout=canary": wrong,
	} {
		var got string
		r, err := OpenRedis(address, RedisOptions{})
		if err != nil {
			got = err.Error()
		} else if err := r.Close(); err != nil {
			t.Error(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q (-want +got):\n%s", address, d)
		}
	}
}

// mute is a server that takes connections and says nothing.
func mute(t *testing.T) (address string, asked func() int) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var (
		mu    sync.Mutex
		conns []net.Conn
		wg    sync.WaitGroup
	)
	wg.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			conns = append(conns, conn)
			mu.Unlock()
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		wg.Wait()
		for _, conn := range conns {
			_ = conn.Close()
		}
	})
	return "redis://" + listener.Addr().String(), func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(conns)
	}
}

// A Redis that hangs is asked three times, and then left alone: further calls
// cost nothing.
func TestRedisHangs(t *testing.T) {
	address, asked := mute(t)
	var journal journal
	redis, err := OpenRedis(address, RedisOptions{Logger: journal.logger(), Timeout: 20 * time.Millisecond, Rest: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer redis.Close()
	l := New(nil, Options{PerHour: 60, Redis: redis})
	var started int
	for range 1000 {
		if l.ask(t.Context(), l.open(key)) == 0 {
			started++
		}
	}
	if started != 6 {
		t.Errorf("%d starts, want the 6 that may start at once", started)
	}
	if n := asked(); n > failuresToRest {
		t.Errorf("it was asked %d times, want %d", n, failuresToRest)
	}
	if n := journal.count("Redis is away"); n != 1 {
		t.Errorf("the log says so %d times, want once", n)
	}
}

// Calls that end while they ask say nothing of Redis.
func TestCallersGoAway(t *testing.T) {
	var journal journal
	redis := connect(t, miniredis.RunT(t), RedisOptions{Logger: journal.logger(), Rest: time.Hour})
	gone, leave := context.WithCancel(t.Context())
	leave()
	for range 10 * failuresToRest {
		_, err := ask(gone, redis, func(ctx context.Context) (string, error) { return redis.client.Ping(ctx).Result() })
		if !errors.Is(err, errCaller) {
			t.Fatalf("asked with an ended context: %v", err)
		}
	}
	if _, err := ask(t.Context(), redis, func(ctx context.Context) (string, error) { return redis.client.Ping(ctx).Result() }); err != nil {
		t.Error(err)
	}
	if n := journal.count("level="); n != 0 {
		t.Errorf("%d lines in the log", n)
	}
}

// A server that answers with an error, as a replica of Redis does to writes, is
// as good as away; what it says of itself is in the log.
func TestRedisRefuses(t *testing.T) {
	server := miniredis.RunT(t)
	var asked atomic.Int32
	server.Server().SetPreHook(func(peer *wire.Peer, command string, _ ...string) bool {
		if command == "PTTL" { // each question begins with it
			asked.Add(1)
		}
		peer.WriteError("READONLY You can't write against a read only replica.")
		return true
	})
	var journal journal
	l := New(nil, Options{PerMinute: 60, Redis: connect(t, server, RedisOptions{Logger: journal.logger(), Rest: time.Hour})})
	for range failuresToRest {
		if wait := l.ask(t.Context(), l.open(key)); wait != 0 {
			t.Errorf("told to wait %v", wait)
		}
	}
	if n := asked.Load(); n != failuresToRest {
		t.Errorf("it was asked %d times for %d calls: a question that is repeated can count twice", n, failuresToRest)
	}
	if n := journal.count("read only replica"); n != 1 {
		t.Errorf("the reason stands %d times in the log", n)
	}
}

// What Redis holds names no caller's key, lets nobody read an outcome, and expires.
func TestWhatRedisHolds(t *testing.T) {
	server := miniredis.RunT(t)
	redis := connect(t, server, RedisOptions{})
	l := New(nil, Options{PerMinute: 60, Redis: redis})
	l.ask(t.Context(), l.open("0123456789ab"))
	redis.hold(t.Context(), "0123456789ab", time.Minute)
	made := engine.Result{Object: json.RawMessage(`"canary-outcome"`), Status: 201}
	NewOnce(time.Minute, time.Minute, redis).Do(t.Context(), "canary-key", func() engine.Result { return made })
	now := time.Now()
	if err := redis.Use(t.Context(), "0123", now.Add(time.Minute), now); err != nil {
		t.Fatal(err)
	}
	digits := regexp.MustCompile(`once:[0-9a-f]{32}$`)
	var keys []string
	for _, key := range server.Keys() {
		value, err := server.Get(key)
		if err != nil || strings.Contains(value+key, "canary") {
			t.Errorf("at %q stands %q, %v", key, value, err)
		}
		if server.TTL(key) <= 0 {
			t.Errorf("%q stays for ever", key)
		}
		keys = append(keys, digits.ReplaceAllString(key, "once:…"))
	}
	want := []string{"posthog-mcp:held:0123456789ab", "posthog-mcp:once:…", "posthog-mcp:used:0123", "rate:posthog-mcp:1m0s:0123456789ab"}
	if d := cmp.Diff(want, keys); d != "" {
		t.Errorf("keys (-want +got):\n%s", d)
	}
}
