package posthog

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/tools/engine"
)

// trust makes c accept the certificate of srv.
func trust(c *Client, srv *httptest.Server) {
	pool := x509.NewCertPool()
	pool.AddCert(srv.Certificate())
	c.wire.(*http.Transport).TLSClientConfig.RootCAs = pool
}

// Frame types, flags and error codes of RFC 9113.
const (
	frameData, frameHeaders, frameReset, frameSettings, frameGoAway = 0, 1, 3, 4, 7

	endStream, endHeaders = 1, 4

	protocolError, internalError, refusedStream = 1, 2, 7
)

// frame writes one frame to an HTTP/2 connection.
func frame(w io.Writer, kind, flags byte, stream uint32, payload ...byte) error {
	head := binary.BigEndian.AppendUint32(nil, uint32(len(payload))<<8|uint32(kind))
	head = binary.BigEndian.AppendUint32(append(head, flags), stream)
	_, err := w.Write(append(head, payload...))
	return err
}

func u32(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

// status200 is a header block: the eighth entry of HPACK's static table.
const status200 = 0x88

// frameServer answers each HTTP/2 request through answer, and counts them.
func frameServer(t *testing.T, answer func(n int, w io.Writer, stream uint32)) (*httptest.Server, func() int) {
	t.Helper()
	var mu sync.Mutex
	var seen int
	srv := httptest.NewUnstartedServer(nil)
	srv.EnableHTTP2 = true
	srv.Config.ErrorLog = quiet()
	srv.Config.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){
		"h2": func(_ *http.Server, conn *tls.Conn, _ http.Handler) {
			in := bufio.NewReader(conn)
			_, _ = in.Discard(len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
			_ = frame(conn, frameSettings, 0, 0)
			var head [9]byte
			for {
				if _, err := io.ReadFull(in, head[:]); err != nil {
					return
				}
				_, _ = in.Discard(int(binary.BigEndian.Uint32(head[:]) >> 8))
				if kind := head[3]; kind > frameHeaders || head[4]&endStream == 0 {
					continue
				}
				mu.Lock()
				seen++
				n := seen
				mu.Unlock()
				answer(n, conn, binary.BigEndian.Uint32(head[5:]))
			}
		},
	}
	srv.TLS = &tls.Config{NextProtos: []string{"h2"}}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return srv, func() int { mu.Lock(); defer mu.Unlock(); return seen }
}

// Over HTTP/2 net/http repeats even writes after some errors. The client's arrive
// once.
func TestHTTP2Faults(t *testing.T) {
	abort := func(code uint32) func(io.Writer, uint32) {
		return func(w io.Writer, stream uint32) { _ = frame(w, frameReset, 0, stream, u32(code)...) }
	}
	goAway := func(w io.Writer, _ uint32) {
		_ = frame(w, frameGoAway, 0, 0, append(u32(0), u32(0)...)...)
	}
	hangUp := func(w io.Writer, _ uint32) { _ = w.(net.Conn).Close() }
	for _, tc := range []struct {
		name  string
		fault func(io.Writer, uint32)
		read  outcome
	}{
		{"PROTOCOL_ERROR", abort(protocolError), outcome{Requests: 2, Status: 200}},
		{"REFUSED_STREAM", abort(refusedStream), outcome{Requests: 2, Status: 200}},
		{"GOAWAY", goAway, outcome{Requests: 2, Status: 200}},
		{"INTERNAL_ERROR", abort(internalError), answered(2, 200)},
		{"connection closed", hangUp, answered(2, 200)},
	} {
		for _, r := range []*engine.Request{read(), write(), deletion()} {
			t.Run(tc.name+"/"+r.Method, func(t *testing.T) {
				srv, seen := frameServer(t, func(n int, w io.Writer, stream uint32) {
					if n == 1 {
						tc.fault(w, stream)
						return
					}
					_ = frame(w, frameHeaders, endStream|endHeaders, stream, status200)
				})
				c, pauses := client(t, srv.URL)
				trust(c, srv)
				res, err := c.Do(t.Context(), r)
				want := once
				if r.Repeatable {
					want = tc.read
				}
				if diff := cmp.Diff(want, outcomeOf(seen(), *pauses, res, err)); diff != "" {
					t.Errorf("outcome (-want +got):\n%s\nerror: %v", diff, err)
				}
				c.CloseIdle()
			})
		}
	}
}

// Many calls share one HTTP/2 connection.
func TestHTTP2(t *testing.T) {
	var mu sync.Mutex
	remotes := map[string]bool{}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		remotes[r.RemoteAddr] = true
		mu.Unlock()
		_, _ = io.WriteString(w, r.Proto)
	}))
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	c, _ := client(t, srv.URL)
	trust(c, srv)
	defer c.CloseIdle()
	call := func() {
		if res, err := c.Do(t.Context(), write()); err != nil || string(res.Body) != "HTTP/2.0" {
			t.Errorf("got %+v, %v", res, err)
		}
	}
	call()
	var wg sync.WaitGroup
	for range 64 { // far fewer than one connection may carry
		wg.Go(call)
	}
	wg.Wait()
	if len(remotes) != 1 {
		t.Errorf("%d connections", len(remotes))
	}
}

// A call ends by its deadline, even if frames lead to no answer or to an endless
// one.
func TestHTTP2Hostile(t *testing.T) {
	const headers, settings, ping, continuation = frameHeaders, frameSettings, 6, 9
	const status100, status101 = "\x08\x03100", "\x08\x03101" // a literal value of :status
	forever := func(send func() error) {
		for range time.Tick(time.Millisecond) {
			if send() != nil {
				return
			}
		}
	}
	again := func(kind, flags byte, own bool, payload string) func(io.Writer, uint32) {
		return func(w io.Writer, stream uint32) {
			if !own {
				stream = 0
			}
			forever(func() error { return frame(w, kind, flags, stream, []byte(payload)...) })
		}
	}
	opened := func(next func(io.Writer, uint32)) func(io.Writer, uint32) {
		return func(w io.Writer, stream uint32) {
			_ = frame(w, headers, endHeaders, stream, status200)
			next(w, stream)
		}
	}
	silent := func(io.Writer, uint32) {}
	for name, treat := range map[string]func(io.Writer, uint32){
		"silence":                  silent,
		"silence after the header": opened(silent),
		"a body, slowly":           opened(again(frameData, 0, true, " ")),
		"empty frames":             opened(again(frameData, 0, true, "")),
		"100, again and again":     again(headers, endHeaders, true, status100),
		"101, again and again":     again(headers, endHeaders, true, status101),
		"a header without end": func(w io.Writer, stream uint32) {
			_ = frame(w, headers, 0, stream, status200)
			again(continuation, 0, true, "")(w, stream)
		},
		"settings": again(settings, 0, false, ""),
		"pings":    again(ping, 0, false, "12345678"),
		"a reset": func(w io.Writer, stream uint32) {
			_ = frame(w, frameReset, 0, stream, u32(internalError)...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			srv, seen := frameServer(t, func(_ int, w io.Writer, stream uint32) { treat(w, stream) })
			c, _ := client(t, srv.URL)
			c.timeout = 100 * time.Millisecond
			trust(c, srv)
			begin := time.Now()
			_, err := c.Do(t.Context(), write())
			f, failed := errors.AsType[*engine.Failure](err)
			if took := time.Since(begin); !failed || !f.Sent || seen() != 1 || took > headerTimeout {
				t.Errorf("after %v and %d requests: %+v", took, seen(), err)
			}
			c.CloseIdle()
		})
	}
}
