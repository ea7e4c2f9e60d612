package posthog

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"posthog-mcp/tools/engine"
)

// mirror answers with the request itself: the worst a server can do to an
// error message or a log.
func mirror(prefix string) answerer {
	return func(_ int, conn *net.TCPConn, r *http.Request) bool {
		line := fmt.Sprintf("%s %s %s canary-body", r.Header.Get("Authorization"), r.RequestURI, r.UserAgent())
		_, _ = io.WriteString(conn, strings.ReplaceAll(prefix, "ECHO", line))
		return false
	}
}

func TestNothingSecretIsLogged(t *testing.T) {
	for name, answer := range map[string]answerer{
		"answer":   mirror("HTTP/1.1 200 ECHO\r\nX: ECHO\r\n\r\nECHO"),
		"status":   mirror("ECHO\r\n\r\n"),
		"code":     mirror("HTTP/1.1 ECHO\r\n\r\n"),
		"header":   mirror("HTTP/1.1 200 OK\r\nECHO\r\n\r\n"),
		"length":   mirror("HTTP/1.1 200 OK\r\nContent-Length: ECHO\r\n\r\n"),
		"encoding": mirror("HTTP/1.1 200 OK\r\nTransfer-Encoding: ECHO\r\n\r\n"),
		"chunk":    mirror("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nECHO\r\n"),
		"trailer":  mirror("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n0\r\nECHO\r\n\r\n"),
		"location": mirror("HTTP/1.1 302 Found\r\nLocation: http://ECHO/%zz\r\n\r\n"),
		"reset":    reset,
	} {
		for _, r := range []*engine.Request{read(), write(), deletion()} {
			t.Run(name+"/"+r.Method, func(t *testing.T) {
				var out bytes.Buffer
				s := serveWire(t, answer)
				c, _ := client(t, s.url)
				c.log = slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
				_, err := c.Do(t.Context(), r)
				for _, want := range []string{"method=" + r.Method, "route=" + r.Route, "attempt=1", "took="} {
					if !strings.Contains(out.String(), want) {
						t.Errorf("the log lacks %q:\n%s", want, &out)
					}
				}
				for ; err != nil; err = errors.Unwrap(err) {
					fmt.Fprintf(&out, "%v %+v\n", err, err)
				}
				if strings.Contains(out.String(), "canary") {
					t.Errorf("leak:\n%s", &out)
				}
			})
		}
	}
}

// proxyServer is a CONNECT proxy: it records request heads, and refuses or connects
// the caller to target.
func proxyServer(t *testing.T, target string) (string, *wireHeads) {
	t.Helper()
	heads := new(wireHeads)
	s := serveWire(t, func(_ int, conn *net.TCPConn, r *http.Request) bool {
		heads.add(r)
		if target == "" {
			_, _ = io.WriteString(conn, "HTTP/1.1 407 "+r.Header.Get("Proxy-Authorization")+" canary-pass\r\n\r\n")
			return false
		}
		far, err := net.Dial("tcp", target)
		if err != nil {
			return false
		}
		defer func() { _ = far.Close() }()
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(far, conn); _ = far.Close() }()
		_, _ = io.Copy(conn, far)
		return false
	})
	return strings.Replace(s.url, "//", "//user:canary-pass@", 1), heads
}

func TestProxy(t *testing.T) {
	srv := httptest.NewTLSServer(echoKey)
	defer srv.Close()
	proxy, heads := proxyServer(t, srv.Listener.Addr().String())
	c, _ := client(t, srv.URL)
	carry(c, Transport(http.ProxyURL(mustURL(t, proxy))))
	trust(c, srv)
	defer c.CloseIdle()
	res, err := c.Do(t.Context(), write())
	if err != nil || !strings.Contains(backwards(string(res.Body)), testKey.Reveal()) {
		t.Errorf("got %+v, %v", res, err)
	}
	got := heads.all()
	if !strings.Contains(got, "CONNECT") || !strings.Contains(got, "Proxy-Authorization") || strings.Contains(got, testKey.Reveal()) {
		t.Errorf("the proxy saw %s", got)
	}
}

func TestProxyFails(t *testing.T) {
	refusing, _ := proxyServer(t, "")
	failing := strings.Replace(serveWire(t, status(502)).url, "//", "//user:canary-pass@", 1)
	babbling := strings.Replace(serveWire(t, end("canary-pass\r\n\r\n")).url, "//", "//user:canary-pass@", 1)
	for name, tc := range map[string]struct {
		proxy  func(*http.Request) (*url.URL, error)
		pauses int
		says   string
	}{
		"refuses":   {http.ProxyURL(mustURL(t, refusing)), 0, "proxy answered 407"},
		"fails":     {http.ProxyURL(mustURL(t, failing)), 3, "proxy answered 502"},
		"babbles":   {http.ProxyURL(mustURL(t, babbling)), 3, "faulty"},
		"is gone":   {http.ProxyURL(mustURL(t, "http://user:canary-pass@"+closedPort(t))), 3, "proxy: connection refused"},
		"is no URL": {func(*http.Request) (*url.URL, error) { return nil, errors.New("bad proxy canary-pass") }, 0, "proxy setting"},
	} {
		t.Run(name, func(t *testing.T) {
			c, pauses := client(t, "https://posthog.example.com")
			carry(c, Transport(tc.proxy))
			_, err := c.Do(t.Context(), write())
			f, ok := errors.AsType[*engine.Failure](err)
			if !ok || f.Kind != engine.Unreachable || f.Sent || len(*pauses) != tc.pauses {
				t.Errorf("got %+v after %d pauses", err, len(*pauses))
			}
			if text := fmt.Sprint(err); strings.Contains(text, "canary") || !strings.Contains(text, tc.says) {
				t.Errorf("error: %s", text)
			}
		})
	}
}

// The environment of the process names the proxy.
func TestProxyEnvironment(t *testing.T) {
	proxy, heads := proxyServer(t, "")
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "HTTPS_PROXY="+proxy, "NO_PROXY=", askEnv+"=https://posthog.example.com")
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("proxy")) || bytes.Contains(out, []byte("canary")) {
		t.Errorf("%v: %s", err, out)
	}
	first, _ := bufio.NewReader(strings.NewReader(heads.all())).ReadString('\n')
	if first != "CONNECT posthog.example.com:443 HTTP/1.1\r\n" {
		t.Errorf("the proxy saw %q", first)
	}
}
