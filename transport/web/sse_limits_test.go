package web

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// What becomes of a call while other streams' calls are in flight: how long its
// post waits, and what it is told.
func TestStreamsShareRoom(t *testing.T) {
	const never, soonEnough = time.Hour, queueTimeout / 2
	for _, tc := range []struct {
		name    string
		taken   int64         // by calls of other streams
		until   time.Duration // they are answered
		message int           // the size of the call's, in bytes; 0 for a small one
		want    int
		waited  time.Duration
		code    string
	}{
		{"room for one", allStreams - smallCall, never, 0, http.StatusAccepted, 0, ""},
		{"room for a large one", allStreams - 512<<10, never, 512 << 10, http.StatusAccepted, 0, ""},
		{"none", allStreams, never, 0, http.StatusServiceUnavailable, queueTimeout, "too_many_calls"},
		{"too little", allStreams - smallCall + 1, never, 0, http.StatusServiceUnavailable, queueTimeout, "too_many_calls"},
		{"too little for a large one", allStreams - smallCall, never, 512 << 10, http.StatusServiceUnavailable, queueTimeout, "too_many_calls"},
		{"room in time", allStreams, soonEnough, 0, http.StatusAccepted, soonEnough, ""},
		{"room in time for a large one", allStreams, soonEnough, 512 << 10, http.StatusAccepted, soonEnough, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk()
				h, _ := openPiped(t, Options{MCP: product(t, overBase(d), silent())})
				e, all := h.listen(tokenA), h.server.streams.calls
				if !all.TryAcquire(tc.taken) {
					t.Fatal("the room is not free")
				}
				time.AfterFunc(tc.until, func() { all.Release(tc.taken) })

				begin := time.Now()
				got := h.must(request{method: "POST", path: e.post, token: tokenA, body: padded(call(1, "x"), tc.message)})
				if waited := time.Since(begin); got.status != tc.want || waited != tc.waited || !strings.Contains(got.body, tc.code) {
					t.Errorf("%d %s after %v, want %d %s after %v", got.status, got.body, waited, tc.want, tc.code, tc.waited)
				}
				if again := got.header.Get("Retry-After"); (again != "") != (tc.want == http.StatusServiceUnavailable) {
					t.Errorf("Retry-After: %q", again)
				}
				if tc.want == http.StatusAccepted {
					e.hear()
				}
				synctest.Wait()
				if seen := d.seen.Load(); (seen == 1) != (tc.want == http.StatusAccepted) {
					t.Errorf("PostHog saw %d calls", seen)
				}
				time.Sleep(tc.until + soon) // then nothing is in flight
				if !all.TryAcquire(allStreams) {
					t.Error("the call keeps its room")
				}
			})
		})
	}
}

// padded is at least so many bytes.
func padded(message string, size int) string {
	return message + strings.Repeat(" ", max(0, size-len(message)))
}

// One stream takes its share and no more, of however large messages: the rest is
// for others.
func TestStreamHasItsShare(t *testing.T) {
	const large = 1 << 20
	for _, tc := range []struct{ message, most int }{
		{0, callsInFlight},
		{smallCall, callsInFlight},
		{large / 2, 2 * oneStream / large},
		{large, oneStream / large},
	} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk()
			h, _ := openPiped(t, Options{MCP: product(t, overBase(d), silent())})
			greedy, modest := h.listen(tokenA), h.listen(tokenB)
			posts := make(chan error, tc.most+3)
			for id := range cap(posts) {
				go func() { posts <- greedy.say(padded(call(id, "hold"), tc.message)) }()
			}
			synctest.Wait()
			if n := d.seen.Load(); n != int64(tc.most) {
				t.Errorf("%d calls of %d bytes are at PostHog, want %d", n, tc.message, tc.most)
			}
			if err := modest.say(call(1, "x")); err != nil {
				t.Error(err)
			}
			if a := modest.hear(); a.Result.StructuredContent.Owner != "bob" {
				t.Errorf("bob heard %+v", a)
			}
			close(d.release)
			for range cap(posts) {
				greedy.hear()
				if err := <-posts; err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// A call that waits for others learns at once that its stream is gone.
func TestStreamLeftWhileOthersCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := openPiped(t, Options{MCP: product(t, overBase(newDesk()), silent())})
		e, all := h.listen(tokenA), h.server.streams.calls
		if !all.TryAcquire(allStreams) {
			t.Fatal("the room is not free")
		}
		begin := time.Now()
		waiting := h.askAside(t.Context(), request{method: "POST", path: e.post, token: tokenA, body: call(1, "x")})
		synctest.Wait()
		e.leave()
		if got := <-waiting; got.err != nil || got.status != http.StatusNotFound || time.Since(begin) != 0 {
			t.Errorf("after %v the waiting call got %+v, want 404", time.Since(begin), got)
		}
	})
}
