package guard_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const (
	proxy   = "10.0.0.1"
	farther = "10.0.0.2" // a second trusted proxy, in front of the first
	caller  = "203.0.113.7"
	spoofed = "198.51.100.66"
)

// seenAs is whom the guard takes for the client of r: "scheme address".
func seenAs(t testing.TB, r *http.Request) string {
	t.Helper()
	o := options()
	o.TrustedProxies = []string{"10.0.0.0/24", "2001:db8:cafe::/48", "192.0.2.9"}
	h := wrap(t, o, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.URL.Scheme+" "+r.RemoteAddr)
	}))
	r.Host = "localhost"
	r.Header.Set("Authorization", "Bearer "+goodToken)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Body.String()
}

// from is a request that came over a connection of addr's, with header lines.
func from(addr string, lines ...string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/mcp", nil)
	r.RemoteAddr = addr
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	return r
}

// Who a request is from, by what its headers say.
func TestClient(t *testing.T) {
	const x, proto, f = "X-Forwarded-For: ", "X-Forwarded-Proto: ", "Forwarded: "
	for _, c := range []struct {
		name  string
		addr  string
		lines []string
		want  string
	}{
		{"nothing said", caller + ":99", nil, "http " + caller},
		{"nothing said by a proxy", proxy + ":99", nil, "http " + proxy},
		{"said by a stranger", caller + ":99", []string{x + spoofed, proto + "https", f + "for=" + spoofed + ";proto=https"}, "http " + caller},
		{"said by a stranger from near the proxies", "10.0.1.1:99", []string{x + spoofed}, "http 10.0.1.1"},
		{"said by a proxy", proxy + ":99", []string{x + caller, proto + "https"}, "https " + caller},
		{"by a proxy named alone", "192.0.2.9:99", []string{x + caller}, "http " + caller},
		{"by a proxy of IPv6", "[2001:db8:cafe::1]:99", []string{x + caller}, "http " + caller},
		{"by a proxy of IPv4 in IPv6", "[::ffff:" + proxy + "]:99", []string{x + caller}, "http " + caller},
		{"through two", proxy + ":99", []string{x + caller + ", " + farther}, "http " + caller},
		{"through two, on two lines", proxy + ":99", []string{x + caller, x + farther}, "http " + caller},
		{"a proxy's own request", proxy + ":99", []string{x + farther}, "http " + farther},
		{"made up by the client", proxy + ":99", []string{x + spoofed + ", " + caller}, "http " + caller},
		{"made up on a line of its own", proxy + ":99", []string{x + spoofed, x + caller}, "http " + caller},
		{"made up, as of a proxy", proxy + ":99", []string{x + spoofed + "," + farther + "," + caller + "," + farther}, "http " + caller},
		{"IPv6", proxy + ":99", []string{x + "2001:db8::7"}, "http 2001:db8::7"},
		{"IPv6 in brackets", proxy + ":99", []string{x + "[2001:db8::7]"}, "http 2001:db8::7"},
		{"ports", proxy + ":99", []string{x + "[2001:db8::7]:4711, " + farther + ":80"}, "http 2001:db8::7"},
		{"IPv4 with a port", proxy + ":99", []string{x + caller + ":4711"}, "http " + caller},
		{"IPv4 in IPv6", proxy + ":99", []string{x + "::ffff:" + caller}, "http " + caller},
		{"garbage", proxy + ":99", []string{x + "unknown"}, "http " + proxy},
		{"empty", proxy + ":99", []string{x}, "http " + proxy},
		{"garbage made up by the client", proxy + ":99", []string{x + "<script>, " + caller}, "http " + caller},
		{"garbage beyond a second proxy", proxy + ":99", []string{x + caller + ", nonsense, " + farther}, "http " + farther},
		{"an open bracket", proxy + ":99", []string{x + "[2001:db8::7"}, "http " + proxy},
		{"too many digits", proxy + ":99", []string{x + "203.0.113.777"}, "http " + proxy},

		{"a scheme of neither kind", proxy + ":99", []string{x + caller, proto + "javascript"}, "http " + caller},
		{"schemes that agree", proxy + ":99", []string{proto + "HTTPS", proto + "HTTPS"}, "https " + proxy},
		{"schemes that differ", proxy + ":99", []string{proto + "https, http"}, "http " + proxy},

		{"said in the header of RFC 7239, which does not count", proxy + ":99", []string{f + "for=" + spoofed + ";proto=https"}, "http " + proxy},
		{"said in both headers", proxy + ":99", []string{x + caller, f + "for=" + spoofed}, "http " + caller},

		{"no address", "@", []string{x + spoofed}, "http invalid IP"},
		{"a zone", "[fe80::1%eth0]:99", []string{x + spoofed}, "http fe80::1"},
	} {
		if got := seenAs(t, from(c.addr, c.lines...)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	encrypted := from(caller + ":99")
	encrypted.TLS = &tls.ConnectionState{}
	if got := seenAs(t, encrypted); got != "https "+caller {
		t.Errorf("over TLS: %q", got)
	}
}

// Whatever a client writes before what the proxy adds: it is the proxy's own
// word that counts, or nobody's.
func TestClientsCannotMakeUpTheirAddress(t *testing.T) {
	text := rapid.OneOf(
		rapid.SampledFrom([]string{spoofed, "[", "]", ":", ",", ".", "::", spoofed + ":80", farther, " "}),
		rapid.StringMatching(`[ -~]{0,5}`),
	)
	rapid.Check(t, func(rt *rapid.T) {
		made := strings.Join(rapid.SliceOfN(text, 0, 8).Draw(rt, "made up"), "")
		line := "X-Forwarded-For: " + made + ", " + caller
		if got := seenAs(t, from(proxy+":99", line)); got != "http "+caller {
			rt.Fatalf("%s: %s", line, got)
		}
	})
}
