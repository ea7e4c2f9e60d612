package posthog

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"posthog-mcp/tools/engine"
)

const testKey = Key("phx_fake0000canary")

// askEnv turns the test binary into a program that makes one call, for tests of
// settings that a process reads from its environment.
const askEnv = "POSTHOG_TEST_ASK"

func TestMain(m *testing.M) {
	if host := os.Getenv(askEnv); host != "" {
		u, _ := url.Parse(host)
		_, err := New(Options{Host: u, Key: testKey, Timeout: 5 * time.Second}).Do(context.Background(), deletion())
		fmt.Println(err)
		return
	}
	goleak.VerifyTestMain(m)
}

// read, write and deletion are a call of each sort: repeatable, with a body,
// and a write without one.
func read() *engine.Request {
	return &engine.Request{Method: "GET", Path: "/api/projects/canary-project/subscriptions/", Route: "/api/projects/:project_id/subscriptions/", Query: "search=canary-query", Repeatable: true}
}

func write() *engine.Request {
	return &engine.Request{Method: "POST", Path: "/api/projects/@current/subscriptions/canary-id/", Route: "/api/projects/:project_id/subscriptions/:id/", Body: []byte(`{"title":"canary-body"}`)}
}

func deletion() *engine.Request {
	return &engine.Request{Method: "DELETE", Path: "/api/users/canary-uuid/", Route: "/api/users/:uuid/", Query: "x=canary-query"}
}

// client returns a client of host that records its pauses instead of waiting, and
// adds no jitter.
func client(t *testing.T, host string) (*Client, *[]time.Duration) {
	t.Helper()
	u, err := url.Parse(host)
	if err != nil {
		t.Fatal(err)
	}
	c := New(Options{Host: u, Key: testKey})
	var pauses []time.Duration
	c.pause = func(_ context.Context, d time.Duration) error {
		pauses = append(pauses, d)
		return nil
	}
	c.jitter = func(time.Duration) time.Duration { return 0 }
	t.Cleanup(c.CloseIdle)
	return c, &pauses
}

// carry makes c send its requests through base.
func carry(c *Client, base http.RoundTripper) { c.base, c.wire = base, base }

// wireServer is a server on loopback that answers with bytes, so that it can
// be as wrong as a fault needs it to be.
type wireServer struct {
	url    string
	answer answerer

	mu   sync.Mutex
	seen int
	open map[net.Conn]bool
}

// answerer answers the n-th request of the server and reports whether the
// connection goes on.
type answerer func(n int, conn *net.TCPConn, r *http.Request) bool

func serveWire(t *testing.T, answer answerer) *wireServer {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &wireServer{url: "http://" + ln.Addr().String(), answer: answer, open: map[net.Conn]bool{}}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			s.keep(conn, true)
			wg.Go(func() { s.converse(conn.(*net.TCPConn)) })
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		s.mu.Lock()
		for conn := range s.open {
			_ = conn.Close()
		}
		s.mu.Unlock()
		wg.Wait()
	})
	return s
}

func (s *wireServer) converse(conn *net.TCPConn) {
	defer s.keep(conn, false)
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		body := make([]byte, max(r.ContentLength, 0))
		if _, err := io.ReadFull(r.Body, body); err != nil {
			return
		}
		s.mu.Lock()
		s.seen++
		n := s.seen
		s.mu.Unlock()
		if !s.answer(n, conn, r) {
			return
		}
	}
}

func (s *wireServer) keep(conn net.Conn, open bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if open {
		s.open[conn] = true
	} else {
		delete(s.open, conn)
	}
}

// requests returns how many requests arrived whole.
func (s *wireServer) requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}

// wireHeads keeps the heads of requests.
type wireHeads struct {
	mu   sync.Mutex
	text strings.Builder
}

func (h *wireHeads) add(r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	fmt.Fprintf(&h.text, "%s %s %s\r\n", r.Method, r.RequestURI, r.Proto)
	_ = r.Header.Write(&h.text)
}

func (h *wireHeads) all() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}
