package posthog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/tools/engine"
)

// history asks for a part of a page of deliveries.
func history() *engine.Request {
	return &engine.Request{
		Method: "GET", Path: "/api/projects/@current/subscriptions/1/deliveries/", Repeatable: true,
		Keep: []string{"next", "results.id", "results.error.message"},
	}
}

// The client keeps the requested part of an answer.
func TestPart(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		body   string
		want   string
	}{
		{"an object", 200, ` {"a":1}`, ` {"a":1}`}, // led by a blank, it is read whole
		{"a page", 200, `{"next":null,"results":[{"id":9007199254740993,"content_snapshot":{"x":[1]},"error":{"message":"\u00e9","type":"x"}},{"id":2,"error":null}]}`, `{"next":null,"results":[{"id":9007199254740993,"error":{"message":"\u00e9"}},{"id":2,"error":null}]}`},
		{"an array", 200, `[{"id":1}]`, `[{"id":1}]`},
		{"a page of HTML", 200, `<html>`, `<html>`},
		{"nothing", 200, ``, ``},
		{"a refusal", 404, `{"type":"invalid_request","detail":"Endpoint not found."}`, `{"type":"invalid_request","detail":"Endpoint not found."}`},
		{"what breaks off", 200, `{"next":null,"results":[{"id":1},{"id":`, `{"next":null,"results":[{"id":1},{"id":`},
		{"more than one object", 200, `{"next":null}{"next":1}`, `{"next":null`},
	} {
		for _, chunked := range []bool{false, true} {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(c.status)
				if chunked {
					_ = http.NewResponseController(w).Flush()
				}
				_, _ = io.WriteString(w, c.body)
			}))
			client, _ := client(t, srv.URL)
			res, err := client.Do(t.Context(), history())
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			if diff := cmp.Diff(c.want, string(res.Body)); diff != "" || res.Status != c.status {
				t.Errorf("%s, chunked %v: status %d (-want +got):\n%s", c.name, chunked, res.Status, diff)
			}
			client.CloseIdle()
			srv.Close()
		}
	}
}

// If the connection ends within the part, the read is retried. If the caller
// cancels, the call ends while the answer still arrives.
func TestPartBreaks(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"results\":[{\"id\":1,"
	srv := serveWire(t, end(head))
	c, pauses := client(t, srv.url)
	res, err := c.Do(t.Context(), history())
	if diff := cmp.Diff(with(broken, 200), outcomeOf(srv.requests(), *pauses, res, err)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	again := serveWire(t, sequence(end(head), say("HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"next\":\"x\"} ")))
	c, _ = client(t, again.url)
	if res, err = c.Do(t.Context(), history()); err != nil || string(res.Body) != `{"next":"x"}` {
		t.Errorf("after a broken one: %+v, %v", res, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	hanging := serveWire(t, func(n int, conn *net.TCPConn, r *http.Request) bool {
		_ = say(head)(n, conn, r)
		cancel()
		return true
	})
	c, _ = client(t, hanging.url)
	_, err = c.Do(ctx, history())
	if f, ok := errors.AsType[*engine.Failure](err); !ok || f.Kind != engine.Cancelled {
		t.Errorf("taken back: %v", err)
	}
}

// A page of 60 MB costs little memory, since only the part is held.
func TestPartOfMuch(t *testing.T) {
	chart := `{"id":1,"query_results":[{"label":"` + strings.Repeat("a \\u00e9 ", 100) + `","data":[1,2.5,null,true]}]},`
	snapshot := []byte(`{"insights":[` + strings.Repeat(chart, 1_250) + `{}]}`)
	const rows = 50
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"next":null,"results":[`)
		for id := range rows {
			_, _ = fmt.Fprintf(w, `{"id":%d,"content_snapshot":`, id)
			_, _ = w.Write(snapshot)
			_, _ = io.WriteString(w, `},`)
		}
		_, _ = io.WriteString(w, `{}]}`)
	}))
	defer srv.Close()
	c, _ := client(t, srv.URL)
	c.timeout = time.Hour
	defer c.CloseIdle()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	res, err := c.Do(t.Context(), history())
	runtime.ReadMemStats(&after)
	if err != nil || !strings.HasSuffix(string(res.Body), `{"id":49},{}]}`) {
		t.Fatal(err)
	}
	// All that was ever allocated, by client and server together.
	if used := after.TotalAlloc - before.TotalAlloc; used > 8*mega || rows*len(snapshot) < 55*mega {
		t.Errorf("%d KB were allocated for %d MB", used>>10, rows*len(snapshot)/mega)
	}
}

// Both the part and the whole answer have a limit.
func TestPartTooLarge(t *testing.T) {
	for name, c := range map[string]struct {
		open, block string
		limit       int64
	}{
		"the answer":     {`{"results":[`, `{"snapshot":"` + strings.Repeat("x", 1000) + `"},`, maxStream},
		"what is wanted": {`{"results":[`, `{"id":"` + strings.Repeat("x", 1000) + `"},`, maxAnswer},
		"one string":     {`{"other":"`, strings.Repeat("x", 1000), maxAnswer},
		"no object":      {`[`, `"` + strings.Repeat("x", 1000) + `",`, maxAnswer},
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, err := io.WriteString(w, c.open)
			for total := 0; err == nil && total < 2*maxStream; total += len(c.block) {
				_, err = io.WriteString(w, c.block)
			}
		}))
		client, _ := client(t, srv.URL)
		_, err := client.Do(t.Context(), history())
		if f, ok := errors.AsType[*engine.Failure](err); !ok || f.Kind != engine.TooLarge || f.Limit != c.limit || f.Status != 200 {
			t.Errorf("%s: %+v", name, err)
		}
		client.CloseIdle()
		srv.Close()
	}
}
