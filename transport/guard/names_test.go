package guard_test

import (
	"bufio"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"posthog-mcp/transport/guard"
)

func reach(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }

// status is the guard's answer to a GET with these names, past net/http's own
// checks of a Host header.
func status(h http.Handler, host string, origins ...string) int {
	r := httptest.NewRequest(http.MethodGet, "/healthz", nil)
	r.Host = host
	if len(origins) > 0 {
		r.Header["Origin"] = origins
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code
}

var hostFacts = []struct {
	host string
	ok   bool
}{
	{"localhost", true}, {"LOCALHOST:8080", true}, {"localhost.", true}, {"LocalHost.:1", true},
	{"127.0.0.1", true}, {"127.255.255.254:65535", true}, {"[::1]", true}, {"[::1]:8080", true}, {"[0:0::0:1]", true},
	{"mcp.example.com", true}, {"MCP.Example.COM:9", true}, {"mcp.example.com.", true}, {"mcp.example.com.:443", true},
	{"alt.example.com:8443", true}, {"alt.example.com", false}, {"alt.example.com:443", false},
	{"secure.example.com", true}, {"secure.example.com:443", true}, {"secure.example.com:80", false},
	{"[FD00:0::1]:80", true}, {"[fd00::2]", false}, {"10.0.0.5:1", true}, {"10.0.0.6", false},

	{"", false}, {".", false}, {":8080", false}, {"localhost:", false}, {"localhost:0", false}, {"localhost:080", false},
	{"localhost:65536", false}, {"localhost:+80", false}, {"localhost:http", false}, {"localhost:80:80", false}, {"localhost..", false},
	{".localhost", false}, {"localhost.evil.com", false}, {"evil.com", false}, {"evil.com:8080", false}, {"evil.localhost", false},
	{"mcp.example.com.evil.com", false}, {"xmcp.example.com", false}, {"x.mcp.example.com", false},
	{"127.0.0.1.nip.io", false}, {"128.0.0.1", false}, {"0.0.0.0", false}, {"127.1", false}, {"2130706433", false}, {"0x7f.0.0.1", false},
	{"127.0.0.01", false}, {"[::]", false}, {"::1", false}, {"[::1", false}, {"::1]", false}, {"[::1]x", false}, {"[::1]:", false},
	{"[::1%25lo]", false}, {"[::1%lo]", false}, {"[::ffff:127.0.0.1]", false}, {"[127.0.0.1]", false}, {"[localhost]", false}, {"[]", false},
	{"user@localhost", false}, {"localhost@evil.com", false}, {"localhost,evil.com", false}, {"localhost evil.com", false}, {" localhost", false},
	{"localhost/", false}, {"localhost%00", false}, {"localhost\x00", false}, {"localhost#", false}, {"local%68ost", false},
	{"*", false}, {"mcp.example.com:*", false}, {"ｌocalhost", false}, {strings.Repeat("a", 1000), false},
}

func TestHosts(t *testing.T) {
	h := wrap(t, options(), http.HandlerFunc(reach))
	for _, f := range hostFacts {
		if got := status(h, f.host) == http.StatusOK; got != f.ok {
			t.Errorf("Host %q: let in is %v, want %v", f.host, got, f.ok)
		}
	}
}

var originFacts = []struct {
	origin string
	ok     bool
}{
	{"http://localhost", true}, {"https://localhost:6274", true}, {"http://127.0.0.1:3000", true}, {"http://[::1]:5173", true},
	{"https://app.example.com", true}, {"HTTPS://App.Example.com", true}, {"https://app.example.com:443", true},
	{"https://dev.example.com:3000", true}, {"chrome-extension://abcdef", true},

	{"http://app.example.com", false}, {"https://app.example.com:8443", false}, {"https://app.example.com:80", false},
	{"https://dev.example.com", false}, {"https://app.example.com.", false}, {"http://localhost.", false}, {"https://x.app.example.com", false},
	{"https://app.example.com.evil.com", false}, {"https://evil.com", false}, {"chrome-extension://abcdeg", false},
	{"https://app.example.com/", false}, {"https://app.example.com/x", false}, {"https://app.example.com?", false}, {"https://user@app.example.com", false},
	{"app.example.com", false}, {"//app.example.com", false}, {"://localhost", false}, {"file://localhost", false}, {"ftp://127.0.0.1", false},
	{"null", false}, {"*", false}, {"", false}, {"https://", false}, {"file://", false}, {"http://localhost http://evil.com", false},
	{"http://localhost,http://evil.com", false}, {"chrome-e\u212atension://abcdef", false}, {"http:/localhost", false}, {"http://localhost:", false},
}

func TestOrigins(t *testing.T) {
	h := wrap(t, options(), http.HandlerFunc(reach))
	for _, f := range originFacts {
		if got := status(h, "localhost", f.origin) == http.StatusOK; got != f.ok {
			t.Errorf("Origin %q: let in is %v, want %v", f.origin, got, f.ok)
		}
	}
}

// The Kelvin sign lowers to k, but is another name.
func TestNamesAreComparedAsASCII(t *testing.T) {
	o := options()
	o.AllowedHosts = []string{"kelvin.example"}
	o.AllowedOrigins = []string{"https://kelvin.example"}
	h := wrap(t, o, http.HandlerFunc(reach))
	if got := status(h, "\u212aelvin.example"); got != http.StatusForbidden {
		t.Errorf("Host: %d", got)
	}
	if got := status(h, "kelvin.example", "https://\u212aelvin.example"); got != http.StatusForbidden {
		t.Errorf("Origin: %d", got)
	}
}

// listed is another reading of the rules, by way of net/url, that is looser in
// what it parses: what the guard lets in, it must find listed.
func listed(host string, names map[string]string) bool {
	u, err := url.Parse("http://" + host)
	if err != nil || u.Host != host || u.Hostname() == "" {
		return false
	}
	name := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if addr, err := netip.ParseAddr(name); err == nil {
		name = addr.String()
		if addr.IsLoopback() {
			return true
		}
	}
	ports, ok := names[name]
	return name == "localhost" || ok && (ports == "" || strings.Contains(ports, "<"+u.Port()+">"))
}

var listedHosts = map[string]string{
	"mcp.example.com": "", "alt.example.com": "<8443>", "secure.example.com": "<443><>", "fd00::1": "", "10.0.0.5": "",
}

var listedOrigins = map[string]map[string]string{
	"http":             {},
	"https":            {"app.example.com": "<443><>", "dev.example.com": "<3000>"},
	"chrome-extension": {"abcdef": "<>"},
}

func checkNames(t interface {
	Errorf(format string, args ...any)
}, h http.Handler, host, origin string) {
	if status(h, host) != http.StatusForbidden && !listed(host, listedHosts) {
		t.Errorf("Host %q is let in but not listed", host)
	}
	scheme, rest, _ := strings.Cut(origin, "://")
	names, ok := listedOrigins[strings.ToLower(scheme)]
	if status(h, "localhost", origin) != http.StatusForbidden && !(ok && listed(rest, names)) {
		t.Errorf("Origin %q is let in but not listed", origin)
	}
}

func FuzzNames(f *testing.F) {
	for _, h := range hostFacts {
		f.Add(h.host, "https://"+h.host)
	}
	for _, o := range originFacts {
		f.Add("localhost", o.origin)
	}
	h := wrap(f, options(), http.HandlerFunc(reach))
	f.Fuzz(func(t *testing.T, host, origin string) { checkNames(t, h, host, origin) })
}

// Pieces of good names, put together and bent, come closer to the edge than
// random text does.
func TestOnlyListedNamesAreLetIn(t *testing.T) {
	h := wrap(t, options(), http.HandlerFunc(reach))
	piece := rapid.SampledFrom([]string{
		"localhost", "mcp", "example", "com", "alt.example.com", "secure.example.com", "app.example.com", "dev.example.com", "127.0.0.1",
		"[::1]", "[fd00::1]", "[", "]", "::1", ".", ":", "@", "/", "%", "8443", "443", "80", "3000", "0", "-", "_", "*", ",", " ", "\u212a", "evil",
	})
	scheme := rapid.SampledFrom([]string{"", "http://", "https://", "HTTPS://", "chrome-extension://", "abcdef", "file://", "http:"})
	rapid.Check(t, func(t *rapid.T) {
		host := strings.Join(rapid.SliceOfN(piece, 0, 5).Draw(t, "host"), "")
		checkNames(t, h, host, scheme.Draw(t, "scheme")+host)
	})
}

// Raw requests on a real connection: what net/http makes of the request line
// and the Host header is part of the rule.
func TestHostOnTheWire(t *testing.T) {
	s := serve(t, wrap(t, options(), http.HandlerFunc(reach)))
	for _, c := range []struct {
		request string
		want    int
	}{
		{"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 200},
		{"GET /healthz HTTP/1.1\r\nHost: evil.com\r\n\r\n", 403},
		{"GET /healthz HTTP/1.1\r\nHost:\r\n\r\n", 403},
		{"GET /healthz HTTP/1.0\r\n\r\n", 403},
		{"GET /healthz HTTP/1.1\r\n\r\n", 400},
		{"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400},
		// The target wins over the header (RFC 9112, section 3.2.2).
		{"GET http://evil.com/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 403},
		{"GET http://localhost/healthz HTTP/1.1\r\nHost: evil.com\r\n\r\n", 200},
		{"GET http://user@localhost/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 200},
		{"CONNECT evil.com:443 HTTP/1.1\r\nHost: localhost\r\n\r\n", 403},
		{"CONNECT localhost:443 HTTP/1.1\r\nHost: localhost\r\n\r\n", 401},
		{"OPTIONS * HTTP/1.1\r\nHost: evil.com\r\n\r\n", 403},
		{"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 401},
	} {
		if got := raw(t, s, c.request).StatusCode; got != c.want {
			t.Errorf("%q: got %d, want %d", c.request, got, c.want)
		}
	}
}

func TestHostOnHTTP2(t *testing.T) {
	s := httptest.NewUnstartedServer(wrap(t, options(), http.HandlerFunc(reach)))
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	for host, want := range map[string]int{"localhost": 200, "MCP.example.com:443": 200, "evil.com": 403, "localhost.evil.com": 403} {
		r := request(t, http.MethodGet, s.URL+"/healthz", "")
		r.Host = host
		if answer, _ := do(t, s.Client(), r); answer.ProtoMajor != 2 || answer.StatusCode != want {
			t.Errorf("%s: HTTP/%d answer %d, want %d", host, answer.ProtoMajor, answer.StatusCode, want)
		}
	}
}

// raw writes text on a new connection and reads the header of the answer. The
// connection is open until the test ends.
func raw(t testing.TB, s *httptest.Server, text string) *http.Response {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	// A server that waits for more than text fails the test here.
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := conn.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(text, " ")
	answer, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return answer
}

func TestRefusedNamesAreShownShortAndQuoted(t *testing.T) {
	h := wrap(t, options(), http.HandlerFunc(reach))
	r := httptest.NewRequest(http.MethodGet, "/mcp", nil)
	r.Header.Set("Origin", "<script>\x01ü"+strings.Repeat("y", 5000))
	w := httptest.NewRecorder()
	r.Host = "localhost"
	h.ServeHTTP(w, r)
	if got := w.Body.String(); len(got) > 600 || strings.ContainsAny(got, "<\x01ü") {
		t.Errorf("answer repeats too much: %q", got)
	}
	message := decode(t, w.Body.Bytes()).Message
	if !strings.Contains(message, "--allowed-origins") || !strings.Contains(message, `"<script>\x01\u00fcyyy`) {
		t.Errorf("message %q does not say what was refused and the way out", message)
	}
}

func TestLoopbackOnly(t *testing.T) {
	for addr, ok := range map[string]bool{
		"127.0.0.1:8080": true, "127.9.9.9:0": true, "localhost:8080": true, "LOCALHOST:1": true, "[::1]:8080": true,
		"": false, ":8080": false, "0.0.0.0:8080": false, "[::]:8080": false, "192.168.1.2:80": false, "example.com:80": false,
		"127.0.0.1": false, "localhost": false, "127.1:80": false, "[::1%eth0]:80": false, "localhost.:80": false, "localhost.evil.com:80": false,
	} {
		err := guard.LoopbackOnly(addr)
		if (err == nil) != ok {
			t.Errorf("%q: %v, want ok %v", addr, err, ok)
		}
		if err != nil && !(strings.Contains(err.Error(), "--addr") && strings.Contains(err.Error(), "127.0.0.1:8080")) {
			t.Errorf("%q: %q does not say the way out", addr, err)
		}
	}
}
