package web

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// onWire sends bytes as they are, and returns what comes back. After so many
// answers it says that no more bytes come: a call that is in flight by then would
// end with that.
func onWire(t testing.TB, addr, bytes string, answers int) string {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(time.Minute)) // for a server that hangs
	var writing sync.WaitGroup
	writing.Go(func() { _, _ = io.WriteString(c, bytes) }) // the server may have closed already
	var text strings.Builder
	r := bufio.NewReader(io.TeeReader(c, &text))
	for range answers {
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			break
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
	writing.Wait()
	_ = c.(*net.TCPConn).CloseWrite()
	_, _ = io.Copy(io.Discard, r) // a reset is an end, too
	return text.String()
}

// statuses are the codes of the answers in text.
func statuses(t *testing.T, text string) []int {
	t.Helper()
	var codes []int
	for r := bufio.NewReader(strings.NewReader(text)); ; {
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			return codes
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		codes = append(codes, resp.StatusCode)
	}
}

// What two servers in a row could read differently reaches PostHog as one call
// or none: a second request hidden in the first is never answered.
func TestSmuggling(t *testing.T) {
	fine := call(1, "x")
	head := "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + tokenA + "\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
	length := fmt.Sprintf("Content-Length: %d\r\n", len(fine))
	chunked := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(fine), fine)
	hidden := head + length + "\r\n" + fine
	for _, tc := range []struct {
		name, wire string
		want       []int
		seen       int64
	}{
		{"one call", head + length + "\r\n" + fine, []int{200}, 1},
		{"two calls", hidden + hidden, []int{200, 200}, 2},
		{"chunks", head + "Transfer-Encoding: chunked\r\n\r\n" + chunked, []int{200}, 1},
		{"two lengths", head + length + "Content-Length: 4\r\n\r\n" + fine + hidden, []int{400}, 0},
		{"a list of lengths", head + "Content-Length: 4, 4\r\n\r\n" + fine, []int{400}, 0},
		{"a signed length", head + "Content-Length: +4\r\n\r\n" + fine, []int{400}, 0},
		{"a negative length", head + "Content-Length: -4\r\n\r\n" + fine, []int{400}, 0},
		{"a hexadecimal length", head + "Content-Length: 0x4\r\n\r\n" + fine, []int{400}, 0},
		{"a length beyond numbers", head + "Content-Length: 99999999999999999999\r\n\r\n" + fine, []int{400}, 0},
		{"a length with a blank name", head + "Content-Length : 4\r\n\r\n" + fine, []int{400}, 0},
		{"a coding of another name", head + "Transfer-Encoding: xchunked\r\n\r\n" + chunked, []int{501}, 0},
		{"two codings", head + "Transfer-Encoding: gzip, chunked\r\n\r\n" + chunked, []int{501}, 0},
		{"a coding twice", head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked, []int{501}, 0},
		{"a coding with a tab", head + "Transfer-Encoding:\x0bchunked\r\n\r\n" + chunked, []int{400}, 0},
		{"chunks of a broken size", head + "Transfer-Encoding: chunked\r\n\r\n-4\r\n{}{}\r\n0\r\n\r\n", []int{400}, 0},
		{"chunks of a size beyond numbers", head + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}\r\n0\r\n\r\n", []int{400}, 0},
		{"chunks without their end", head + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}", []int{400}, 0},
		{"two hosts", head + "Host: localhost\r\n" + length + "\r\n" + fine, []int{400}, 0},
		{"no host", strings.Replace(head, "Host: 127.0.0.1\r\n", "", 1) + length + "\r\n" + fine, []int{400}, 0},
		{"a host in the target", strings.Replace(head, "/mcp", "http://evil.example/mcp", 1) + length + "\r\n" + fine, []int{403}, 0},
		{"a bare CR", head + "X-A: b\rContent-Length: 4\r\n" + length + "\r\n" + fine, []int{400}, 0},
		{"a NUL", head + "X-A: b\x00\r\n" + length + "\r\n" + fine, []int{400}, 0},
		{"a header without a name", head + ": b\r\n" + length + "\r\n" + fine, []int{400}, 0},
		{"a header without a colon", head + "nothing\r\n" + length + "\r\n" + fine, []int{400}, 0},
		{"too many headers", head + "X-A: " + strings.Repeat("b", longestHeader+4<<10) + "\r\n" + length + "\r\n" + fine, []int{431}, 0},
		{"another version", strings.Replace(head, "HTTP/1.1", "HTTP/3.7", 1) + length + "\r\n" + fine, []int{505}, 0},
		{"a tunnel", "CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n", []int{401}, 0},
		{"a stranger who would wait", "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n" + length + "\r\n" + fine, []int{401}, 0},
		// A length beside chunks does not count, and nothing behind them does
		// (RFC 9112, 6.1).
		{"a length and chunks", head + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked + hidden, []int{200}, 1},
		// A folded line is one value, whatever is in it (RFC 9112, 5.2).
		{"a folded header", head + "X-A: b\r\n Content-Length: 4\r\n" + length + "\r\n" + fine, []int{200}, 1},
		// A line may end with LF alone (RFC 9112, 2.2).
		{"bare LFs", strings.ReplaceAll(head+length, "\r\n", "\n") + "\n" + fine, []int{200}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := newDesk()
			h := open(t, Options{MCP: product(t, overBase(d), silent())})
			answers := len(tc.want)
			if strings.HasPrefix(tc.name, "chunks without") {
				answers = 0 // it is the end that the server waits for
			}
			if diff := cmp.Diff(tc.want, statuses(t, onWire(t, h.addr, tc.wire, answers))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if n := d.seen.Load(); n != tc.seen {
				t.Errorf("PostHog saw %d requests, want %d", n, tc.seen)
			}
		})
	}
}

// Depth and number cost what the bytes do.
func TestLargeMessages(t *testing.T) {
	const most = 1 << 18
	deep := strings.Repeat("[", most/2) + strings.Repeat("]", most/2)
	for name, body := range map[string]string{
		"depth":              deep,
		"depth in a call":    strings.Replace(call(1, "x"), `"x"`, deep, 1),
		"depth in an id":     strings.Replace(call(1, "x"), `"id":1`, `"id":`+deep, 1),
		"depth without end":  strings.Repeat(`{"a":`, most/5),
		"a huge batch":       "[" + strings.Repeat(`{"jsonrpc":"2.0","id":1,"method":"ping"},`, most/42) + `{}]`,
		"a batch of nothing": "[" + strings.Repeat(`0,`, most/2) + "0]",
		"names":              strings.Replace(call(1, "x"), `"uuid"`, strings.Repeat(`"uuid":0,`, most/9)+`"uuid"`, 1),
		"an endless name":    strings.Replace(call(1, "x"), `users-`, strings.Repeat("u", most), 1),
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk()
			h := open(t, Options{MCP: product(t, overBase(d), silent())})
			got := h.must(request{method: "POST", path: "/mcp", token: tokenA, body: body})
			a, err := decode(got.body)
			if err != nil || a.Error == nil && !a.Result.IsError {
				t.Errorf("%d %.300s, %.300v", got.status, got.body, err)
			}
			if len(got.body) > len(body)+1<<10 {
				t.Errorf("%d bytes are refused in %d", len(body), len(got.body))
			}
			if n := d.seen.Load(); n != 0 {
				t.Errorf("PostHog saw %d requests", n)
			}
		})
	}
}

// alarm fails a test at the first record that only a bug writes.
type alarm struct {
	slog.Handler
	raise func(string)
}

func (a alarm) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelError }

func (a alarm) Handle(_ context.Context, r slog.Record) error {
	a.raise(r.Message)
	return nil
}

// Whatever bytes come, the answer is HTTP or nothing, no handler panics, and
// the next caller is served.
func FuzzWire(f *testing.F) {
	fine := call(1, "x")
	f.Add(raw("POST", "/mcp", len(fine), fine))
	f.Add(raw("POST", "/mcp", 1000, fine))
	f.Add(raw("GET", "/sse", 0, ""))
	f.Add(raw("POST", "/message?sessionId=x", len(fine), fine))
	f.Add(raw("OPTIONS", "*", 0, ""))
	f.Add("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
	f.Add("\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03")
	f.Add("GET http://[::1%25/mcp HTTP/1.1\r\nHost: [::1\r\n\r\n")
	log := slog.New(alarm{slog.DiscardHandler, func(said string) { f.Error(said) }})
	h := open(f, Options{MCP: product(f, overBase(newDesk()), log), Logger: log})
	f.Fuzz(func(t *testing.T, bytes string) {
		if got := onWire(t, h.addr, bytes, 0); got != "" && !strings.HasPrefix(got, "HTTP/1.") {
			t.Errorf("answered %.100q", got)
		}
		got, err := h.ask(t.Context(), request{method: "GET", path: "/healthz"})
		if err != nil || got.status != http.StatusOK {
			t.Errorf("then %+v, %v", got, err)
		}
	})
}
