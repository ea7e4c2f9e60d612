package web

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// More than a small body in bytes, and how many of those are read at a time; see
// the guard.
const (
	largeBody   = 16<<10 + 1
	largeAtOnce = 8
)

// chunked is a request on the wire without a length, of which no more chunks
// come.
func chunked(token, body string) string {
	return fmt.Sprintf("POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n",
		token, len(body), body)
}

// padding makes a message large.
func padding(message string) string {
	return strings.Repeat(" ", largeBody+1-len(message)) + message
}

// Few large bodies are read at a time, the others wait, and small ones pass by.
func TestLargeBodies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, dial := openPiped(t, Options{MCP: product(t, overBase(newDesk()), silent())})
		var slow []net.Conn
		for range largeAtOnce {
			slow = append(slow, attempt(dial, raw("POST", "/mcp", largeBody+1, strings.Repeat(" ", largeBody))))
		}
		large := request{method: "POST", path: "/mcp", token: tokenA, body: padding(call(1, "x"))}
		waits := h.askAside(t.Context(), large)
		synctest.Wait()
		if got := h.must(request{method: "POST", path: "/mcp", token: tokenA, body: call(2, "x")}); got.status != http.StatusOK {
			t.Errorf("a small body: %+v", got)
		}
		if got := h.must(request{method: "POST", path: "/mcp", token: "not a token", body: large.body}); got.status != http.StatusUnauthorized {
			t.Errorf("a stranger's: %+v", got)
		}
		select {
		case got := <-waits:
			t.Fatalf("a large body did not wait: %+v", got)
		default:
		}
		go func() { _, _ = io.WriteString(slow[0], " ") }()
		go func() { _, _ = io.Copy(io.Discard, slow[0]) }()
		if got := <-waits; got.err != nil || got.status != http.StatusOK {
			t.Errorf("a large body whose turn came: %+v", got)
		}
	})
}

// A body that is not large holds nobody up, however it is sent and whether the
// rest of it ever comes; nor does a large one whose call is being made.
func TestBodiesThatHoldNobodyUp(t *testing.T) {
	held := call(1, "hold-x")
	for name, wire := range map[string]string{
		"half of a small one":                          raw("POST", "/mcp", 1000, "{"),
		"half of one that may become large":            raw("POST", "/mcp", 1<<20, held),
		"half of one without a length":                 chunked(tokenB, held),
		"half of one of a made-up token":               chunked("phx_nobody_has_this_one", strings.Repeat(" ", largeBody-1)),
		"a large one of no token at all":               chunked("", strings.Repeat(" ", largeBody)),
		"a large one whose call is in flight":          raw("POST", "/mcp", largeBody+1, padding(held)),
		"one without a length whose call is in flight": chunked(tokenB, padding(held)) + "0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk()
				h, dial := openPiped(t, Options{MCP: product(t, overBase(d), silent())})
				for range 3 * largeAtOnce {
					c := dial()
					go func() { _, _ = io.WriteString(c, wire) }()
					go func() { _, _ = io.Copy(io.Discard, c) }()
				}
				synctest.Wait()
				for _, body := range []string{call(2, "x"), padding(call(3, "x"))} {
					other := h.askAside(t.Context(), request{method: "POST", path: "/mcp", token: tokenA, body: body})
					synctest.Wait()
					select {
					case got := <-other:
						if got.err != nil || got.status != http.StatusOK {
							t.Errorf("%d bytes: %+v", len(body), got)
						}
					default:
						t.Errorf("%d bytes have to wait", len(body))
					}
				}
				close(d.release)
			})
		})
	}
}

// A large body waits for no longer than a body may take to arrive.
func TestLargeBodiesWaitInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, dial := openPiped(t, Options{MCP: product(t, overBase(newDesk()), silent())})
		for range 2 * largeAtOnce {
			c := dial()
			go func() {
				_, _ = io.WriteString(c, raw("POST", "/mcp", largeBody+1, strings.Repeat(" ", largeBody)))
				_, _ = io.Copy(io.Discard, c)
			}()
		}
		synctest.Wait()
		begin := time.Now()
		got := h.must(request{method: "POST", path: "/mcp", token: tokenA, body: padding(call(1, "x"))})
		if took := time.Since(begin); got.status != http.StatusRequestTimeout || took != 30*time.Second {
			t.Errorf("after %v: %+v", took, got)
		}
	})
}
