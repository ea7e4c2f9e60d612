package posthog

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/tools/engine"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

func direct(*http.Request) (*url.URL, error) { return nil, nil }

// pipes is a network inside the process, which works with a bubble's clock.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}
func (p pipes) Close() error   { close(p.closed); return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes"} }

func (p pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// piped returns a client with real pauses and a real server, over pipes. Call it in
// a bubble.
func piped(t *testing.T, timeout time.Duration, h http.HandlerFunc) *Client {
	t.Helper()
	p := pipes{make(chan net.Conn), make(chan struct{})}
	srv := &http.Server{ErrorLog: quiet(), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // a server sees a caller leave only after its body
		h(w, r)
	})}
	go func() { _ = srv.Serve(p) }()
	wire := Transport(direct)
	wire.DialContext = p.dial
	c := New(Options{Host: &url.URL{Scheme: "http", Host: "127.0.0.1"}, Key: testKey, Timeout: timeout, Base: wire})
	c.jitter = func(time.Duration) time.Duration { return 0 }
	t.Cleanup(func() {
		c.CloseIdle()
		_ = srv.Close()
	})
	return c
}

func stall(d time.Duration) http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) { _ = pause(r.Context(), d) }
}

func drip(w http.ResponseWriter, r *http.Request) {
	for pause(r.Context(), time.Second) == nil {
		_, _ = io.WriteString(w, " ")
		_ = http.NewResponseController(w).Flush()
	}
}

func answer(code int, retryAfter string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		w.WriteHeader(code)
	}
}

func TestTime(t *testing.T) {
	type took struct {
		Outcome outcome
		After   time.Duration
	}
	slow := func(after time.Duration, status int) took {
		return took{outcome{Requests: 1, Status: status, Kind: engine.TimedOut, Sent: true}, after}
	}
	gaveUp := func(requests, status int, after time.Duration) took {
		return took{outcome{Requests: requests, Status: status}, after}
	}
	const short = 10 * time.Second
	for _, tc := range []struct {
		name        string
		timeout     time.Duration
		answer      http.HandlerFunc
		read, write took
	}{
		{"slow header", 0, stall(time.Hour), slow(headerTimeout, 0), slow(headerTimeout, 0)},
		{"slow header, short call", short, stall(time.Hour), slow(short, 0), slow(short, 0)},
		{"header just in time", 0, stall(19 * time.Second), gaveUp(1, 200, 19*time.Second), gaveUp(1, 200, 19*time.Second)},
		{"slow body", 0, drip, slow(defaultTimeout, 200), slow(defaultTimeout, 200)},
		{"Retry-After is waited for", 0, answer(429, "2"), gaveUp(4, 429, 6*time.Second), gaveUp(4, 429, 6*time.Second)},
		{"until it ends after the deadline", short, answer(429, "4"), gaveUp(3, 429, 8*time.Second), gaveUp(3, 429, 8*time.Second)},
		{"or would end with it", short, answer(429, "10"), gaveUp(1, 429, 0), gaveUp(1, 429, 0)},
		{"as a date", 0, func(w http.ResponseWriter, r *http.Request) {
			answer(503, time.Now().Add(3*time.Second).UTC().Format(http.TimeFormat))(w, r)
		}, gaveUp(4, 503, 9*time.Second), gaveUp(1, 503, 0)},
	} {
		for sort, r := range map[string]*engine.Request{"read": read(), "write": write()} {
			t.Run(tc.name+"/"+sort, func(t *testing.T) {
				want := tc.write
				if r.Repeatable {
					want = tc.read
				}
				synctest.Test(t, func(t *testing.T) {
					var n atomic.Int32
					c := piped(t, tc.timeout, func(w http.ResponseWriter, r *http.Request) {
						n.Add(1)
						tc.answer(w, r)
					})
					start := time.Now()
					res, err := c.Do(t.Context(), r)
					got := took{outcomeOf(int(n.Load()), nil, res, err), time.Since(start)}
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("(-want +got):\n%s", diff)
					}
				})
			})
		}
	}
}

// If the deadline passes before there is a connection, nothing was sent.
func TestSlowDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wire := Transport(direct)
		over := make(chan struct{})
		defer close(over)
		wire.DialContext = func(context.Context, string, string) (net.Conn, error) {
			<-over
			return nil, net.ErrClosed
		}
		start := time.Now()
		_, err := New(Options{Key: testKey, Base: wire}).Do(t.Context(), write())
		want := outcome{Kind: engine.TimedOut}
		if diff := cmp.Diff(want, outcomeOf(0, nil, nil, err)); diff != "" || time.Since(start) != defaultTimeout {
			t.Errorf("after %v (-want +got):\n%s", time.Since(start), diff)
		}
	})
}

// Full jitter spreads the waits between nothing and their bounds.
func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := piped(t, 0, answer(502, ""))
		var bounds []time.Duration
		c.jitter = func(below time.Duration) time.Duration { bounds = append(bounds, below); return below }
		start := time.Now()
		if _, err := c.Do(t.Context(), read()); err != nil {
			t.Fatal(err)
		}
		want := []time.Duration{firstBackoff, 2 * firstBackoff, 4 * firstBackoff}
		if diff := cmp.Diff(want, bounds); diff != "" || time.Since(start) != 7*firstBackoff {
			t.Errorf("after %v (-want +got):\n%s", time.Since(start), diff)
		}
	})
	for range 1000 {
		if d := New(Options{}).jitter(firstBackoff); d < 0 || d >= firstBackoff {
			t.Fatalf("jitter %v", d)
		}
	}
}

// The call ends when its caller cancels or the caller's deadline passes, while it
// waits for PostHog and while it waits for a retry.
func TestCallerLeaves(t *testing.T) {
	const patience = 3 * time.Second
	for _, tc := range []struct {
		name   string
		answer http.HandlerFunc
		leave  func(context.Context) (context.Context, context.CancelFunc)
		want   outcome
		after  time.Duration
	}{
		{"cancelled, in flight", stall(time.Hour), cancelAfter(patience), outcome{1, 0, engine.Cancelled, true, 0}, patience},
		{"cancelled, in the body", drip, cancelAfter(patience), outcome{1, 200, engine.Cancelled, true, 0}, patience},
		{"cancelled, in a pause", answer(429, "9"), cancelAfter(patience), outcome{1, 0, engine.Cancelled, false, 0}, patience},
		{"deadline, in flight", stall(time.Hour), deadlineAfter(patience), outcome{1, 0, engine.TimedOut, true, 0}, patience},
		{"deadline, before a pause", answer(429, "9"), deadlineAfter(patience), outcome{1, 429, 0, false, 0}, 0},
		{"cancelled before", stall(0), cancelAfter(0), outcome{0, 0, engine.Cancelled, false, 0}, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var n atomic.Int32
				ended := make(chan struct{}, 9)
				c := piped(t, 0, func(w http.ResponseWriter, r *http.Request) {
					n.Add(1)
					tc.answer(w, r)
					ended <- struct{}{}
				})
				ctx, cancel := tc.leave(t.Context())
				defer cancel()
				synctest.Wait()
				start := time.Now()
				res, err := c.Do(ctx, write())
				if diff := cmp.Diff(tc.want, outcomeOf(int(n.Load()), nil, res, err)); diff != "" || time.Since(start) != tc.after {
					t.Errorf("after %v (-want +got):\n%s", time.Since(start), diff)
				}
				for range n.Load() {
					<-ended // the server's context ended with the call's
				}
				if took := time.Since(start); took != tc.after {
					t.Errorf("the server ended after %v", took)
				}
				if f, ok := errors.AsType[*engine.Failure](err); ok && !errors.Is(f, ctx.Err()) {
					t.Errorf("error %v is not %v", f, ctx.Err())
				}
			})
		})
	}
}

func cancelAfter(d time.Duration) func(context.Context) (context.Context, context.CancelFunc) {
	return func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancel(ctx)
		if d == 0 {
			cancel()
			return ctx, cancel
		}
		timer := time.AfterFunc(d, cancel)
		return ctx, func() { timer.Stop(); cancel() }
	}
}

func deadlineAfter(d time.Duration) func(context.Context) (context.Context, context.CancelFunc) {
	return func(ctx context.Context) (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, d) }
}

// If a proxy accepts the connection and never answers, nothing was sent.
func TestSilentProxy(t *testing.T) {
	proxy := serveWire(t, func(_ int, conn *net.TCPConn, _ *http.Request) bool {
		_, _ = io.Copy(io.Discard, conn)
		return false
	})
	c, _ := client(t, "https://posthog.example.com")
	c.timeout = 100 * time.Millisecond
	carry(c, Transport(http.ProxyURL(mustURL(t, proxy.url))))
	_, err := c.Do(t.Context(), write())
	if diff := cmp.Diff(outcome{Kind: engine.TimedOut}, outcomeOf(0, nil, nil, err)); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
}
