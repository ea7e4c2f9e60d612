package transport_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// hostility is what a server does with a connection. It returns when writing
// fails, which is when the client has closed it.
type hostility func(net.Conn)

// then reads the head of a request, sends text and goes on with the next.
func then(text string, next hostility) hostility {
	return func(c net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(c)); err != nil {
			return
		}
		if _, err := io.WriteString(c, text); err == nil {
			next(c)
		}
	}
}

// silent waits until the client leaves.
func silent(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// hangUp closes the connection.
func hangUp(net.Conn) {}

// flood sends text again and again, as fast as it is read.
func flood(text string) hostility {
	block := bytes.Repeat([]byte(text), 1+4096/len(text))
	return func(c net.Conn) {
		for {
			if _, err := c.Write(block); err != nil {
				return
			}
		}
	}
}

// trickle sends text again and again, a piece every few milliseconds.
func trickle(text string) hostility {
	return func(c net.Conn) {
		for range time.Tick(5 * time.Millisecond) {
			if _, err := io.WriteString(c, text); err != nil {
				return
			}
		}
	}
}

// bomb is a gzip stream of 64 MB of zeros.
func bomb() string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	zeros := make([]byte, 1<<20)
	for range 64 {
		_, _ = w.Write(zeros)
	}
	_ = w.Close()
	return b.String()
}

const (
	ok200    = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	chunked  = ok200 + "Transfer-Encoding: chunked\r\n\r\n"
	switched = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
	gzipped  = ok200 + "Content-Encoding: gzip\r\n"
	gzipHead = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
)

// hostilities are the ways in which an address that should be PostHog's can keep
// a caller.
var hostilities = map[string]hostility{
	"silent from the start":             silent,
	"closed at once":                    hangUp,
	"silent after the request":          then("", silent),
	"bytes that are no HTTP":            flood("x"),
	"101 and silence":                   then(switched, silent),
	"101 and a flood":                   then(switched, flood(ok200+"\r\n")),
	"101 without a protocol":            then("HTTP/1.1 101 X\r\n\r\n", silent),
	"100, again and again":              then("", flood("HTTP/1.1 100 Continue\r\n\r\n")),
	"100, slowly":                       then("", trickle("HTTP/1.1 100 Continue\r\n\r\n")),
	"102, slowly":                       then("", trickle("HTTP/1.1 102 Processing\r\n\r\n")),
	"103, slowly":                       then("", trickle("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")),
	"199, slowly":                       then("", trickle("HTTP/1.1 199 X\r\n\r\n")),
	"100 and silence":                   then("HTTP/1.1 100 Continue\r\n\r\n", silent),
	"a status line, slowly":             then("HTTP/1.1 200 ", trickle("O")),
	"headers without end":               then(ok200, flood("X: y\r\n")),
	"headers, slowly":                   then(ok200, trickle("X: y\r\n")),
	"a header without end":              then(ok200+"X: ", flood("y")),
	"a header, slowly":                  then(ok200+"X: ", trickle("y")),
	"a body, slowly":                    then(ok200+"Content-Length: 1000000\r\n\r\n", trickle(" ")),
	"a body without end or length":      then(ok200+"\r\n", flood(" ")),
	"a body, slowly, without length":    then(ok200+"\r\n", trickle(" ")),
	"a length that is too long":         then(ok200+"Content-Length: 10\r\n\r\n{}", silent),
	"a length that is too short":        then(ok200+"Content-Length: 2\r\n\r\n{}{}", flood("{}")),
	"two lengths":                       then(ok200+"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", silent),
	"a length below none":               then(ok200+"Content-Length: -1\r\n\r\n{}", silent),
	"a length beyond all":               then(ok200+"Content-Length: 99999999999999999999\r\n\r\n{}", silent),
	"chunks, slowly":                    then(chunked, trickle("1\r\n \r\n")),
	"chunks without end":                then(chunked, flood("4\r\n    \r\n")),
	"a chunk's extension without end":   then(chunked+"1;", flood("x")),
	"a chunk's size, slowly":            then(chunked, trickle("0")),
	"no last chunk":                     then(chunked+"2\r\n{}\r\n", silent),
	"trailers, slowly":                  then(chunked+"2\r\n{}\r\n0\r\n", trickle("X: y\r\n")),
	"trailers without end":              then(chunked+"2\r\n{}\r\n0\r\n", flood("X: y\r\n")),
	"a gzip bomb":                       then(gzipped+"\r\n"+bomb(), hangUp),
	"gzip of nothing, without end":      then(gzipped+"\r\n"+gzipHead, flood("\x00\x00\x00\xff\xff")),
	"gzip of nothing, slowly":           then(gzipped+"\r\n"+gzipHead, trickle("\x00\x00\x00\xff\xff")),
	"gzip and silence":                  then(gzipped+"Content-Length: 99\r\n\r\n"+gzipHead, silent),
	"a redirect with a body, slowly":    then("HTTP/1.1 303 X\r\nLocation: /a/\r\nContent-Length: 9999\r\n\r\n", trickle(" ")),
	"a redirect with a body and no end": then("HTTP/1.1 302 X\r\nLocation: /a/\r\n\r\n", flood(" ")),
	"redirects in a circle":             redirects,
	"an answer before the request":      func(c net.Conn) { _, _ = io.WriteString(c, ok200+"Content-Length: 9\r\n\r\n{"); silent(c) },
	"a request that is not read":        func(c net.Conn) { <-time.After(shortCall); silent(c) },
	"an error with a body, slowly":      then("HTTP/1.1 400 X\r\nContent-Length: 9999\r\n\r\n", trickle(" ")),
	"busy, without end":                 busy,
}

// known are those after which it is known what became of a write.
var known = map[string]string{"busy, without end": "refused", "a length that is too short": "done"}

// redirects answers every request of a connection with a redirect to itself.
func redirects(c net.Conn) {
	in := bufio.NewReader(c)
	for {
		if _, err := http.ReadRequest(in); err != nil {
			return
		}
		_, _ = io.WriteString(c, "HTTP/1.1 307 X\r\nLocation: .\r\nContent-Length: 0\r\n\r\n")
	}
}

// busy throttles for ever.
func busy(c net.Conn) {
	in := bufio.NewReader(c)
	for {
		if _, err := http.ReadRequest(in); err != nil {
			return
		}
		_, _ = io.WriteString(c, "HTTP/1.1 429 X\r\nContent-Length: 0\r\n\r\n")
	}
}

// noting notes whether a POST arrived.
type noting struct {
	net.Conn
	posted *atomic.Bool
}

func (c noting) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if bytes.HasPrefix(p[:n], []byte("POST ")) {
		c.posted.Store(true)
	}
	return n, err
}

// hostileServer listens on loopback until the test ends, and tells whether a POST
// arrived.
func hostileServer(t *testing.T, treat hostility) (addr string, posted *atomic.Bool) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	posted = &atomic.Bool{}
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, conn)
			mu.Unlock()
			running.Go(func() {
				defer conn.Close()
				treat(noting{conn, posted})
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		mu.Lock()
		for _, conn := range open {
			_ = conn.Close()
		}
		mu.Unlock()
		running.Wait()
	})
	return listener.Addr().String(), posted
}
