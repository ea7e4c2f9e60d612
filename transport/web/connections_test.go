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

// attempt opens a connection, says what there is to say, and lets the server
// take note of it.
func attempt(dial func() net.Conn, said string) net.Conn {
	c := dial()
	if said != "" {
		_, _ = io.WriteString(c, said) // who is refused cannot be told anything
	}
	synctest.Wait()
	return c
}

// raw is a request on the wire, whose body may be shorter than it says.
func raw(method, path string, length int, body string) string {
	return fmt.Sprintf("%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: %d\r\n\r\n%s",
		method, path, tokenA, length, body)
}

// answeredOn reads one answer.
func answeredOn(t *testing.T, c net.Conn) {
	t.Helper()
	buffer := make([]byte, 4<<10)
	if n, err := c.Read(buffer); err != nil || !strings.HasPrefix(string(buffer[:n]), "HTTP/1.1 200 ") {
		t.Fatalf("answered %q, %v", buffer[:n], err)
	}
	synctest.Wait()
}

// As many connections are served as may be. A further one waits until one ends: it is
// left by its client, or is idle or silent for too long.
func TestTooManyConnections(t *testing.T) {
	const ping = `{"jsonrpc":"2.0","id":1,"method":"ping"}`
	for name, c := range map[string]struct {
		said string
		ends func(net.Conn)
		wait time.Duration
	}{
		"silent":        {"", func(net.Conn) {}, headerTimeout},
		"half a header": {"POST /mcp HTTP/1.1\r\nHost: 127", func(net.Conn) {}, headerTimeout},
		"idle":          {raw("POST", "/mcp", len(ping), ping), func(net.Conn) {}, idleTimeout},
		"upload":        {raw("POST", "/mcp", 1000, "{"), func(net.Conn) {}, 30 * time.Second},
		"left":          {raw("GET", "/sse", 0, ""), func(c net.Conn) { _ = c.Close() }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, dial := openPiped(t, Options{MCP: product(t, overBase(newDesk()), silent()), MaxConnections: 2})
				first, streaming := attempt(dial, c.said), attempt(dial, raw("GET", "/sse", 0, ""))
				go func() { _, _ = io.Copy(io.Discard, first) }()
				go func() { _, _ = io.Copy(io.Discard, streaming) }()
				synctest.Wait()
				begin := time.Now()
				further := h.askAside(t.Context(), request{method: "GET", path: "/healthz"})
				synctest.Wait()
				select {
				case got := <-further:
					t.Fatalf("a third connection is served: %+v", got)
				default:
				}
				c.ends(first)
				got := <-further
				if waited := time.Since(begin); got.err != nil || got.status != http.StatusOK || waited < c.wait || waited > c.wait+soon {
					t.Errorf("after %v: %+v, want an answer after %v", waited, got, c.wait)
				}
			})
		})
	}
}
