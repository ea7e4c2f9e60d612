package posthog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/tools/engine"
)

// outcome is one call as the caller and the server saw it.
type outcome struct {
	Requests int // that reached the server whole
	Status   int
	Kind     engine.FailureKind
	Sent     bool // of a failure
	Pauses   int
}

func outcomeOf(requests int, pauses []time.Duration, res *engine.Response, err error) outcome {
	o := outcome{Requests: requests, Pauses: len(pauses)}
	if f, ok := errors.AsType[*engine.Failure](err); ok {
		o.Status, o.Kind, o.Sent = f.Status, f.Kind, f.Sent
	} else if err == nil {
		o.Status = res.Status
	}
	return o
}

// say answers with text and goes on; end answers with text and closes; reset
// ends the connection with RST.
func say(text string) answerer {
	return func(_ int, conn *net.TCPConn, _ *http.Request) bool {
		_, err := io.WriteString(conn, text)
		return err == nil
	}
}

func end(text string) answerer {
	return func(_ int, conn *net.TCPConn, _ *http.Request) bool {
		_, _ = io.WriteString(conn, text)
		return false
	}
}

func reset(_ int, conn *net.TCPConn, _ *http.Request) bool {
	_ = conn.SetLinger(0)
	return false
}

func sequence(steps ...answerer) answerer {
	return func(n int, conn *net.TCPConn, r *http.Request) bool {
		return steps[min(n, len(steps))-1](n, conn, r)
	}
}

func status(code int, header ...string) answerer {
	return say(fmt.Sprintf("HTTP/1.1 %d X\r\nContent-Length: 2\r\n%s\r\n{}", code, strings.Join(append(header, ""), "\r\n")))
}

var (
	ok     = status(200)
	html   = say("HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>")
	end429 = end("HTTP/1.1 429 X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
	broken = outcome{Requests: 4, Kind: engine.Broken, Sent: true, Pauses: 3}
	once   = outcome{Requests: 1, Kind: engine.Broken, Sent: true}
)

func with(o outcome, status int) outcome { o.Status = status; return o }

func answered(requests, status int) outcome {
	return outcome{Requests: requests, Status: status, Pauses: requests - 1}
}

func TestFaults(t *testing.T) {
	moved := func(requests, status int) outcome {
		return outcome{Requests: requests, Status: status, Kind: engine.Redirected, Sent: true}
	}
	for _, tc := range []struct {
		name        string
		answer      answerer
		read, write outcome
	}{
		{"reset before the answer", reset, broken, once},
		{"close before the answer", end(""), broken, once},
		{"reset once", sequence(reset, ok), answered(2, 200), once},
		{"not HTTP", end("hello\r\n\r\n"), broken, once},
		{"huge header", say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: " + strings.Repeat("x", 2*maxHeader) + "\r\n\r\n"), broken, once},
		{"close inside the header", end("HTTP/1.1 200 OK\r\nContent-Le"), broken, once},
		{"close after the header", end("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"), with(broken, 200), with(once, 200)},
		{"truncated body", end("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"a\":"), with(broken, 200), with(once, 200)},
		{"truncated chunks", end("HTTP/1.1 201 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n"), with(broken, 201), with(once, 201)},
		{"bad chunks", end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), with(broken, 200), with(once, 200)},
		{"bad gzip", end("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 10\r\n\r\n0123456789"), with(broken, 200), with(once, 200)},
		{"truncated once", sequence(end("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"), ok), answered(2, 200), with(once, 200)},

		{"429", status(429), answered(4, 429), answered(4, 429)},
		{"429 with Retry-After", status(429, "Retry-After: 2"), answered(4, 429), answered(4, 429)},
		{"429 beyond the deadline", status(429, "Retry-After: 3600"), answered(1, 429), answered(1, 429)},
		{"429 once", sequence(status(429, "Retry-After: 1"), ok), answered(2, 200), answered(2, 200)},
		{"429, then reset", sequence(end429, reset), outcome{4, 0, engine.Broken, true, 3}, outcome{2, 0, engine.Broken, true, 1}},
		{"500", status(500), answered(1, 500), answered(1, 500)},
		{"502", status(502), answered(4, 502), answered(1, 502)},
		{"502 in HTML", html, answered(4, 502), answered(1, 502)},
		{"503", status(503), answered(4, 503), answered(1, 503)},
		{"503 with Retry-After", status(503, "Retry-After: 1"), answered(4, 503), answered(1, 503)},
		{"503 beyond the deadline", status(503, "Retry-After: 60"), answered(1, 503), answered(1, 503)},
		{"504", status(504), answered(4, 504), answered(1, 504)},
		{"502, 503, then an answer", sequence(html, status(503), ok), answered(3, 200), answered(1, 502)},
		{"401", status(401), answered(1, 401), answered(1, 401)},
		{"404", status(404), answered(1, 404), answered(1, 404)},
		{"408", status(408), answered(1, 408), answered(1, 408)},

		{"redirect", sequence(status(302, "Location: /there/"), ok), outcome{Requests: 2, Status: 200}, moved(1, 302)},
		{"redirect that keeps the method", sequence(status(307, "Location: /there/"), ok), outcome{Requests: 2, Status: 200}, moved(1, 307)},
		{"redirect loop", status(308, "Location: ."), moved(4, 308), moved(1, 308)},
		{"redirect without a place", status(301), moved(1, 301), moved(1, 301)},
		{"redirect to a broken place", status(303, "Location: http://[::"), moved(1, 303), moved(1, 303)},
		{"redirect to another scheme", status(302, "Location: https://127.0.0.1/"), moved(1, 302), moved(1, 302)},
		{"redirect to a file", status(302, "Location: file:///etc/passwd"), moved(1, 302), moved(1, 302)},
		{"304", say("HTTP/1.1 304 Not Modified\r\n\r\n"), answered(1, 304), moved(1, 304)},
		{"300", status(300), answered(1, 300), moved(1, 300)},
		{"305", status(305), answered(1, 305), moved(1, 305)},
		{"399", status(399), answered(1, 399), moved(1, 399)},
	} {
		for sort, r := range map[string]*engine.Request{"read": read(), "write": write(), "delete": deletion()} {
			t.Run(tc.name+"/"+sort, func(t *testing.T) {
				want := tc.write
				if r.Repeatable {
					want = tc.read
				}
				s := serveWire(t, tc.answer)
				c, pauses := client(t, s.url)
				res, err := c.Do(t.Context(), r)
				if diff := cmp.Diff(want, outcomeOf(s.requests(), *pauses, res, err)); diff != "" {
					t.Errorf("outcome (-want +got):\n%s\nerror: %v", diff, err)
				}
			})
		}
	}
}

// A connection that was used before behaves differently: net/http itself sends
// a GET again.
func TestFaultsOnKeptConnection(t *testing.T) {
	for _, tc := range []struct {
		name        string
		answer      answerer
		read, write outcome
	}{
		{"reset", sequence(ok, reset), outcome{5, 0, engine.Broken, true, 3}, once},
		{"reset once", sequence(ok, reset, ok), outcome{Requests: 2, Status: 200}, once},
		{"close", sequence(ok, end("")), outcome{5, 0, engine.Broken, true, 3}, once},
		{"truncated body", sequence(ok, end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")), with(broken, 200), with(once, 200)},
	} {
		for sort, r := range map[string]*engine.Request{"read": read(), "write": write(), "delete": deletion()} {
			t.Run(tc.name+"/"+sort, func(t *testing.T) {
				want := tc.write
				if r.Repeatable {
					want = tc.read
				}
				s := serveWire(t, tc.answer)
				c, pauses := client(t, s.url)
				if _, err := c.Do(t.Context(), read()); err != nil {
					t.Fatal(err)
				}
				res, err := c.Do(t.Context(), r)
				if diff := cmp.Diff(want, outcomeOf(s.requests()-1, *pauses, res, err)); diff != "" {
					t.Errorf("outcome (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// deadConn fails its writes once it is armed, before a byte leaves.
type deadConn struct {
	net.Conn
	armed *bool
}

func (c deadConn) Write(p []byte) (int, error) {
	if *c.armed {
		return 0, net.ErrClosed
	}
	return c.Conn.Write(p)
}

// If nothing could be written to a kept connection, a write moves to a new one and
// arrives exactly once. Without a new one it is known to be unsent.
func TestStaleConnection(t *testing.T) {
	for _, r := range []*engine.Request{write(), deletion()} {
		for _, gone := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s gone=%v", r.Method, gone), func(t *testing.T) {
				s := serveWire(t, ok)
				c, pauses := client(t, s.url)
				var dials int
				var armed bool
				c.wire.(*http.Transport).DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
					dials++
					if dials > 1 && gone {
						return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
					}
					conn, err := new(net.Dialer).DialContext(ctx, network, addr)
					if dials == 1 {
						conn = deadConn{conn, &armed}
					}
					return conn, err
				}
				if _, err := c.Do(t.Context(), read()); err != nil {
					t.Fatal(err)
				}
				armed = true
				res, err := c.Do(t.Context(), r)
				want := outcome{Requests: 1, Status: 200}
				if gone {
					want = outcome{Kind: engine.Unreachable, Pauses: 3}
				}
				if diff := cmp.Diff(want, outcomeOf(s.requests()-1, *pauses, res, err)); diff != "" {
					t.Errorf("outcome (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func TestNoConnection(t *testing.T) {
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = quiet()
	untrusted.StartTLS()
	defer untrusted.Close()
	plain := serveWire(t, end(""))
	for _, tc := range []struct {
		name, host, text string
		kind             engine.FailureKind
		pauses           int
	}{
		{"refused", "http://" + closedPort(t), "connection refused", engine.Unreachable, 3},
		{"untrusted certificate", untrusted.URL, "certificate", engine.Untrusted, 0},
		{"no TLS", strings.Replace(plain.url, "http:", "https:", 1), "", engine.Unreachable, 3},
	} {
		for _, r := range []*engine.Request{read(), write(), deletion()} {
			t.Run(tc.name+"/"+r.Method, func(t *testing.T) {
				c, pauses := client(t, tc.host)
				res, err := c.Do(t.Context(), r)
				want := outcome{Kind: tc.kind, Pauses: tc.pauses}
				if diff := cmp.Diff(want, outcomeOf(plain.requests(), *pauses, res, err)); diff != "" {
					t.Errorf("outcome (-want +got):\n%s", diff)
				}
				if !strings.Contains(fmt.Sprint(err), tc.text) {
					t.Errorf("error %q does not say %q", err, tc.text)
				}
			})
		}
	}
}

// closedPort is an address at which nothing listens.
func closedPort(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = ln.Close()
	return ln.Addr().String()
}

// The key goes to no other host or port.
func TestRedirectElsewhere(t *testing.T) {
	other := serveWire(t, ok)
	place := strings.TrimPrefix(other.url, "http://")
	for _, location := range []string{
		other.url + "/steal/", "//" + place + "/", "http://user:pw@" + place, "http://" + strings.ToUpper(strings.Replace(place, "127.0.0.1", "localhost", 1)),
	} {
		t.Run(location, func(t *testing.T) {
			s := serveWire(t, status(302, "Location: "+location))
			c, _ := client(t, s.url)
			_, err := c.Do(t.Context(), read())
			f, isFailure := errors.AsType[*engine.Failure](err)
			if !isFailure || f.Kind != engine.Redirected || !slices.Contains([]string{place, strings.Replace(place, "127.0.0.1", "localhost", 1)}, f.Target) {
				t.Errorf("got %+v", err)
			}
		})
	}
	if other.requests() != 0 {
		t.Errorf("the other host got %d requests", other.requests())
	}
}
