package web

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Few large bodies come in at a time, the others wait, and small ones pass by.
func TestLargeBodies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, dial := openPiped(t, Options{MCP: product(t, overBase(newDesk()), silent())})
		const size = largeBody + 1
		var slow []net.Conn
		for range largeAtOnce {
			slow = append(slow, attempt(dial, raw("POST", "/mcp", size, "{")))
		}
		large := request{method: "POST", path: "/mcp", token: tokenA, body: strings.Repeat(" ", size-len(call(1, "x"))) + call(1, "x")}
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
		go func() { _, _ = io.WriteString(slow[0], strings.Repeat(" ", size-1)) }()
		go func() { _, _ = io.Copy(io.Discard, slow[0]) }()
		if got := <-waits; got.err != nil || got.status != http.StatusOK {
			t.Errorf("a large body whose turn came: %+v", got)
		}
	})
}

// Who waits for too long is told so.
func TestLargeBodiesWaitInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		large := make(chan struct{}, 1)
		large <- struct{}{}
		b := &incoming{ReadCloser: io.NopCloser(strings.NewReader("x")), large: large}
		begin := time.Now()
		_, err := b.Read(make([]byte, 1))
		if netErr, ok := err.(net.Error); !ok || !netErr.Timeout() || time.Since(begin) != largePatience {
			t.Errorf("after %v: %v", time.Since(begin), err)
		}
		b.leave()
		if len(large) != 1 {
			t.Error("it gave back a place that it did not have")
		}
	})
}
