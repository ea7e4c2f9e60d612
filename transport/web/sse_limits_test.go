package web

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
)

// While as many calls of streams are in flight as may be, a further one is refused, and
// PostHog hears nothing of it. The other transport does not suffer.
func TestStreamsShareRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		h, _ := openPiped(t, Options{MCP: product(t, overBase(d), silent())})
		for range mostCalls / callsInFlight {
			greedy := h.listen(tokenA)
			for id := range callsInFlight {
				if err := greedy.say(call(id, "hold")); err != nil {
					t.Fatal(err)
				}
				<-d.arrived
			}
			readOn(greedy)
		}
		e := h.listen(tokenB)
		got := h.must(request{method: "POST", path: e.post, token: tokenB, body: call(1, "x")})
		if got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, "too_many_calls") || got.header.Get("Retry-After") == "" {
			t.Errorf("one call too many: %+v", got)
		}
		synctest.Wait()
		if seen := d.seen.Load(); seen != mostCalls {
			t.Errorf("PostHog saw %d calls", seen)
		}
		if got := h.must(request{method: "POST", path: "/mcp", token: tokenB, body: call(1, "x")}); got.status != http.StatusOK {
			t.Errorf("/mcp suffers from it: %+v", got)
		}
		close(d.release)
		synctest.Wait()
		if err := e.say(call(2, "x")); err != nil {
			t.Error(err)
		}
		if a := e.hear(); a.ID != 2.0 {
			t.Errorf("heard %+v", a)
		}
	})
}

// One stream takes its share and no more: the rest is for others.
func TestStreamHasItsShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		h, _ := openPiped(t, Options{MCP: product(t, overBase(d), silent())})
		greedy, modest := h.listen(tokenA), h.listen(tokenB)
		posts := make(chan error, callsInFlight+3)
		for id := range cap(posts) {
			go func() { posts <- greedy.say(call(id, "hold")) }()
		}
		synctest.Wait()
		if n := d.seen.Load(); n != callsInFlight {
			t.Errorf("%d calls are at PostHog, want %d", n, callsInFlight)
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

// A message of a megabyte takes the room of many small ones, so that streams bound their
// memory too.
func TestLargeMessagesTakeMoreRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		h, _ := openPiped(t, Options{MCP: product(t, overBase(d), silent())})
		e := h.listen(tokenA)
		readOn(e)
		large := strings.Replace(call(1, "hold"), "{", "{"+strings.Repeat(" ", 10*largePart), 1)
		if err := e.say(large); err != nil {
			t.Fatal(err)
		}
		<-d.arrived
		if room := int64(mostCalls - 11); !h.server.streamCalls.TryAcquire(room) || h.server.streamCalls.TryAcquire(1) {
			t.Errorf("not %d left of %d", room, mostCalls)
		} else {
			h.server.streamCalls.Release(room)
		}
		close(d.release)
	})
}
