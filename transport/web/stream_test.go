package web

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"posthog-mcp/transport/guard"
	"posthog-mcp/transport/posthog"
)

func optionsOfGuard() guard.Options { return guard.Options{Auth: passthrough} }

// More calls than a stream may have in flight wait for their turn, and all are
// answered.
func TestStreamBoundsCalls(t *testing.T) {
	const more = 3
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		h, _ := openPiped(t, Options{MCP: product(t, overBase(d), silent())})
		e := h.listen(tokenA)
		posts := make(chan error, callsInFlight+more)
		for id := range callsInFlight + more {
			go func() { posts <- e.say(call(id, "hold")) }()
		}
		synctest.Wait()
		if n := d.seen.Load(); n != callsInFlight {
			t.Errorf("PostHog has %d calls, want %d", n, callsInFlight)
		}
		if n := len(posts); n != callsInFlight {
			t.Errorf("%d posts are accepted, want %d", n, callsInFlight)
		}
		// A cancellation overtakes those that wait.
		if err := e.say(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":-1}}`); err != nil {
			t.Error(err)
		}
		close(d.release)
		heard := map[any]bool{}
		for range callsInFlight + more {
			heard[e.hear().ID] = true
			if err := <-posts; err != nil {
				t.Error(err)
			}
		}
		if len(heard) != callsInFlight+more {
			t.Errorf("heard %d answers, want %d", len(heard), callsInFlight+more)
		}
		if most := d.most.Load(); most > callsInFlight {
			t.Errorf("PostHog had %d calls at once", most)
		}
	})
}

// Those that wait for their turn learn that the stream is gone.
func TestStreamLeftWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		h, _ := openPiped(t, Options{MCP: product(t, overBase(d), silent())})
		e := h.listen(tokenA)
		for id := range callsInFlight {
			if err := e.say(call(id, "hold")); err != nil {
				t.Fatal(err)
			}
		}
		waiting := h.askAside(t.Context(), request{method: "POST", path: e.post, token: tokenA, body: call(99, "x")})
		synctest.Wait()
		e.leave()
		if got := <-waiting; got.err != nil || got.status != http.StatusNotFound {
			t.Errorf("the waiting call got %+v, want 404", got)
		}
		synctest.Wait()
		if n := len(d.gone); n != callsInFlight {
			t.Errorf("%d calls are cancelled, want %d", n, callsInFlight)
		}
		if n := d.seen.Load(); n != callsInFlight {
			t.Errorf("PostHog saw %d calls, want %d", n, callsInFlight)
		}
	})
}

// Streams are bounded in number, and a place is free again once one is left.
func TestStreamsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := openPiped(t, Options{MCP: product(t, overBase(newDesk()), silent())})
		first := h.listen(tokenA)
		if !h.server.streamRoom.TryAcquire(mostStreams - 1) { // as if they were open, which would take seconds
			t.Fatal("a stream within the bound is refused")
		}
		got := h.must(request{method: "GET", path: "/sse", token: tokenB})
		if got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" || !strings.Contains(got.body, "/mcp") {
			t.Errorf("one stream too many: %+v", got)
		}
		if got := h.must(request{method: "POST", path: "/mcp", token: tokenB, body: call(1, "x")}); got.status != http.StatusOK {
			t.Errorf("/mcp suffers from it: %+v", got)
		}
		first.leave()
		synctest.Wait()
		h.listen(tokenB)
	})
}

// An open stream says now and then that it is there, and lives on.
func TestHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := openPiped(t, Options{MCP: product(t, overBase(newDesk()), silent())})
		e := h.listen(tokenA)
		begin := time.Now()
		line, err := e.lines.ReadString('\n')
		if err != nil || !strings.HasPrefix(line, ":") || time.Since(begin) != heartbeat {
			t.Errorf("after %v: %q, %v", time.Since(begin), line, err)
		}
		go func() { time.Sleep(10 * guard.WriteTimeout); _ = e.say(call(7, "late")) }()
		if a := e.hear(); a.ID != 7.0 || a.Result.StructuredContent.Owner != "ada" {
			t.Errorf("heard %+v", a)
		}
	})
}

// Who does not read is dropped, and what they asked for is taken back: else
// answers would pile up in memory.
func TestSlowReaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		h, dial := openPiped(t, Options{MCP: product(t, posthog.Options{Base: d, Timeout: 10 * guard.WriteTimeout}, silent())})

		stream := dial()
		fmt.Fprintf(stream, "GET /sse HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n\r\n", tokenA)
		e := &events{house: h, token: tokenA, lines: bufio.NewReader(stream)}
		for e.post == "" { // the header comes before, in lines of other names
			name, data, err := e.next()
			if err != nil {
				t.Fatal(err)
			}
			if name == "endpoint" {
				e.post = data
			}
		}
		for id, uuid := range []string{"hold", "big"} {
			if err := e.say(call(id, uuid)); err != nil {
				t.Fatal(err)
			}
		}

		begin := time.Now()
		if uuid := <-d.gone; uuid != "hold" || time.Since(begin) != guard.WriteTimeout {
			t.Errorf("%s was cancelled after %v", uuid, time.Since(begin))
		}
		synctest.Wait()
		if got := h.must(request{method: "POST", path: e.post, token: tokenA, body: call(3, "x")}); got.status != http.StatusNotFound {
			t.Errorf("a post to the dropped stream: %d, want 404", got.status)
		}

		for _, tc := range []struct {
			body  string
			whole int // bytes of an answer that waited for its reader
		}{
			{call(1, "big"), big},
			{`{"jsonrpc":"2.0","method":"notifications/initialized"}`, len("HTTP/1.1 202")},
		} {
			conn := dial()
			fmt.Fprintf(conn, "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s", tokenA, len(tc.body), tc.body)
			time.Sleep(guard.WriteTimeout + soon)
			if rest, err := io.ReadAll(conn); len(rest) >= tc.whole {
				t.Errorf("%s: the answer waited for its reader: %d bytes, %v", tc.body, len(rest), err)
			}
		}
	})
}

// The deadline of one answer does not cut a later one off.
func TestPatienceStartsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := openPiped(t, Options{MCP: product(t, overBase(newDesk()), silent())})
		connections := 0 // the client asks again, on another, when one is closed
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) {
			if !c.Reused {
				connections++
			}
		}})
		for range 3 {
			for _, r := range []request{
				{method: "POST", path: "/mcp", token: tokenA, body: call(1, "x")},
				{method: "POST", path: "/mcp", token: tokenA, body: `{"jsonrpc":"2.0","method":"notifications/initialized"}`}, // no body back
				{method: "GET", path: "/healthz"},
				{method: "GET", path: "/mcp"}, // refused by the guard
			} {
				if _, err := h.ask(ctx, r); err != nil {
					t.Fatal(err)
				}
				time.Sleep(guard.WriteTimeout + soon) // less than idleTimeout: the connection is kept
			}
		}
		if connections != 1 {
			t.Errorf("it took %d connections, want 1", connections)
		}
	})
}

// A client that waits to be told to go on is told, on a connection whose last
// answer is long ago.
func TestContinueAfterALongWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, dial := openPiped(t, Options{MCP: product(t, overBase(newDesk()), silent())})
		conn := attempt(dial, raw("GET", "/healthz", 0, ""))
		answeredOn(t, conn)
		time.Sleep(guard.WriteTimeout + soon)
		body := call(1, "x")
		head, _, _ := strings.Cut(raw("POST", "/mcp", len(body), ""), "\r\n\r\n")
		fmt.Fprintf(conn, "%s\r\nExpect: 100-continue\r\n\r\n", head)
		told := make([]byte, 100)
		if n, err := conn.Read(told); err != nil || !strings.HasPrefix(string(told[:n]), "HTTP/1.1 100 ") {
			t.Fatalf("told %q, %v", told[:n], err)
		}
		_, _ = io.WriteString(conn, body)
		answeredOn(t, conn)
	})
}
