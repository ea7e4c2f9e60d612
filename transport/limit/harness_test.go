package limit_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/limit"
	"posthog-mcp/transport/posthog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// network is what is behind a real client: it answers each request after a
// while, and notes when each caller's requests came.
type network struct {
	takes time.Duration

	mu       sync.Mutex
	starts   map[string][]time.Time // by the caller's key
	order    []string
	inFlight map[string]int // "" is all of them
	most     map[string]int
	// throttled are the paths answered with 429, and their Retry-After in seconds.
	throttled map[string]int
}

func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	who := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	n.mu.Lock()
	n.starts[who] = append(n.starts[who], time.Now())
	n.order = append(n.order, who)
	seconds := n.throttled[r.URL.Path]
	for _, w := range []string{who, ""} {
		n.inFlight[w]++
		n.most[w] = max(n.most[w], n.inFlight[w])
	}
	n.mu.Unlock()
	if n.takes > 0 {
		time.Sleep(n.takes)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.inFlight[who]--
	n.inFlight[""]--
	res := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}
	if seconds > 0 {
		res.StatusCode = http.StatusTooManyRequests
		res.Header.Set("Retry-After", strconv.Itoa(seconds))
	}
	return res, nil
}

// count is how many requests of the caller came.
func (n *network) count(key posthog.Key) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.starts[key.Reveal()])
}

// behind returns a limiter, and the network behind it.
func behind(o limit.Options, takes time.Duration) (*limit.Limiter, *network) {
	n := &network{
		takes: takes, starts: map[string][]time.Time{}, inFlight: map[string]int{}, most: map[string]int{}, throttled: map[string]int{},
	}
	return limit.New(posthog.New(posthog.Options{Base: n}), o), n
}

// keyOf is the key of the i-th caller.
func keyOf(i int) posthog.Key { return posthog.Key(fmt.Sprintf("phx_fake_%08d", i)) }

func as(ctx context.Context, i int) context.Context { return posthog.WithKey(ctx, keyOf(i)) }

const listPath = "/api/projects/@current/subscriptions/"

func get(path string) *engine.Request {
	return &engine.Request{Method: http.MethodGet, Path: path, Repeatable: true}
}

// ending is how a call ended, and after how long.
type ending struct {
	Status     int
	Kind       engine.FailureKind
	RetryAfter time.Duration
	Took       time.Duration
}

// call makes a call and says how it ended.
func call(ctx context.Context, l *limit.Limiter, path string) ending {
	begin := time.Now()
	response, err := l.Do(ctx, get(path))
	got := ending{Took: time.Since(begin)}
	if failure, ok := err.(*engine.Failure); ok {
		got.Kind, got.RetryAfter = failure.Kind, failure.RetryAfter
		if failure.Sent {
			got.Kind = -got.Kind // nothing a limiter should do
		}
		return got
	}
	got.Status = response.Status
	return got
}
