package web

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
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

// isClosed tells whether the server closed c; nothing else is to come on it.
func isClosed(c net.Conn) bool {
	heard := make(chan error, 1)
	go func() {
		_, err := c.Read(make([]byte, 1))
		heard <- err
	}()
	synctest.Wait()
	select {
	case err := <-heard:
		return errors.Is(err, io.EOF)
	default:
		return false
	}
}

// Who asked nothing makes room first, then who may ask again, then who has not
// finished asking; who waits for this server never does.
func TestTooManyConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		h, dial := openPiped(t, Options{MCP: product(t, overBase(d), silent()), MaxConnections: 6})
		held := call(1, "hold-ada")
		busy := attempt(dial, raw("POST", "/mcp", len(held), held))
		<-d.arrived
		upload := attempt(dial, raw("POST", "/mcp", 1000, "{"))
		idle := attempt(dial, raw("GET", "/healthz", 0, ""))
		answeredOn(t, idle)
		streaming := attempt(dial, raw("GET", "/sse", 0, ""))
		answeredOn(t, streaming)
		quiet := attempt(dial, "")
		half := attempt(dial, "POST /mcp HTTP/1.1\r\nHost: 127")
		conns := map[string]net.Conn{"silent": quiet, "half a header": half, "idle": idle, "upload": upload}
		var gone [][]string
		for range 5 {
			newcomer := attempt(dial, raw("POST", "/mcp", len(held), held))
			if isClosed(newcomer) {
				gone = append(gone, []string{"newcomer"})
				continue
			}
			<-d.arrived
			var closed []string
			for name, c := range conns {
				if isClosed(c) {
					closed = append(closed, name)
					delete(conns, name)
				}
			}
			gone = append(gone, closed)
		}
		want := [][]string{{"silent"}, {"half a header"}, {"idle"}, {"upload"}, {"newcomer"}}
		if diff := cmp.Diff(want, gone); diff != "" {
			t.Errorf("(-want +closed):\n%s", diff)
		}
		close(d.release)
		answeredOn(t, busy)
		if got := h.must(request{method: "GET", path: "/healthz"}); got.status != http.StatusOK {
			t.Errorf("once there is room: %+v", got)
		}
	})
}

// However many come and go, no more are held than may be, and none is counted
// twice.
func TestConnectionsAreForgotten(t *testing.T) {
	s := newConnections(3, silent())
	var left []net.Conn
	for range 100 {
		here, there := net.Pipe()
		defer func() { _ = here.Close() }()
		r := httptest.NewRequestWithContext(withConn(t.Context(), there), http.MethodPost, "/mcp", nil)
		s.note(there, http.StateNew)
		s.note(there, http.StateActive)
		s.reads(r)()
		s.note(there, http.StateIdle)
		left = append(left, there)
	}
	states := map[int]int{}
	for _, p := range s.open {
		states[p.state]++
	}
	if diff := cmp.Diff(map[int]int{stateIdle: 3}, states); diff != "" {
		t.Errorf("(-want +open):\n%s", diff)
	}
	for _, c := range left {
		r := httptest.NewRequestWithContext(withConn(t.Context(), c), http.MethodPost, "/mcp", nil)
		done := s.reads(r)
		s.note(c, http.StateClosed)
		done()
		s.reads(r)
	}
	if n := len(s.open); n != 0 {
		t.Errorf("%d are remembered", n)
	}
}
