package posthog

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

func TestParseHost(t *testing.T) {
	for _, tc := range []struct{ in, want, refusal string }{
		{in: "", want: "https://us.posthog.com"},
		{in: "us", want: "https://us.posthog.com"},
		{in: " EU\n", want: "https://eu.posthog.com"},
		{in: "https://us.posthog.com", want: "https://us.posthog.com"},
		{in: "https://eu.posthog.com/", want: "https://eu.posthog.com"},
		{in: "HTTPS://EU.PostHog.com.:0443/", want: "https://eu.posthog.com"},
		{in: "https://posthog.example.com:8443", want: "https://posthog.example.com:8443"},
		{in: "https://10.0.0.7", want: "https://10.0.0.7"},
		{in: "https://[2001:DB8::1]:8000", want: "https://[2001:db8::1]:8000"},
		{in: "http://localhost:8000", want: "http://localhost:8000"},
		{in: "http://127.0.0.1", want: "http://127.0.0.1"},
		{in: "http://127.9.9.9:80", want: "http://127.9.9.9"},
		{in: "http://[::1]:8000/", want: "http://[::1]:8000"},

		{in: "http://us.posthog.com", refusal: "use https://us.posthog.com"},
		{in: "http://192.168.0.2", refusal: "loopback"},
		{in: "http://localhost.example.com", refusal: "loopback"},
		{in: "http://127.1", refusal: "loopback"},
		{in: "http://0.0.0.0", refusal: "loopback"},
		{in: "ftp://us.posthog.com", refusal: "begin with https://"},
		{in: "us.posthog.com", refusal: "not a URL"},
		{in: "localhost:8000", refusal: "not a URL"},
		{in: "usa", refusal: "not a URL"},
		{in: "https://", refusal: "not a URL"},
		{in: "https://:443", refusal: "not a URL"},
		{in: "https://.", refusal: "not a URL"},
		{in: "https://a..b", refusal: "not a URL"},
		{in: "https://-a.b", refusal: "not a URL"},
		{in: "https://exa mple.com", refusal: "not a URL"},
		{in: "https://ex*mple.com", refusal: "not a URL"},
		{in: "https://postнog.com", refusal: "not a URL"},
		{in: "https://a.b:0", refusal: "not a URL"},
		{in: "https://a.b:65536", refusal: "not a URL"},
		{in: "https://[fe80::1%25eth0]", refusal: "not a URL"},
		{in: "https://user:canary@us.posthog.com", refusal: "no user name or password"},
		{in: "https://phx_canary@us.posthog.com", refusal: "no user name or password"},
		{in: "https://us.posthog.com?canary=1", refusal: "no query"},
		{in: "https://us.posthog.com/#", refusal: "no query or fragment"},
		{in: "https://us.posthog.com/canary", refusal: "no path"},
		{in: "https://us.posthog.com//", refusal: "no path"},
		{in: "https://us.i.posthog.com", refusal: "use https://us.posthog.com"},
		{in: "https://EU.i.posthog.com/", refusal: "use https://eu.posthog.com"},
		{in: "https://eu-assets.i.posthog.com", refusal: "use https://eu.posthog.com"},
		{in: "https://x.i.posthog.com", refusal: "use us or eu"},
		{in: "https://app.posthog.com", refusal: "use us or eu"},
	} {
		got, err := ParseHost(tc.in, false)
		if tc.refusal == "" {
			if err != nil || got.String() != tc.want {
				t.Errorf("ParseHost(%q) = %v, %v; want %s", tc.in, got, err, tc.want)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), tc.refusal) || strings.ContainsAny(err.Error(), "\r\n") {
			t.Errorf("ParseHost(%q) = %v, %v; want one line that says %q", tc.in, got, err, tc.refusal)
		} else if strings.Contains(err.Error(), "canary") {
			t.Errorf("ParseHost(%q) repeats too much: %v", tc.in, err)
		}
	}
}

// Every accepted host is a bare origin to which a key may be sent, and parses to
// itself.
func FuzzParseHost(f *testing.F) {
	for _, s := range []string{"us", "EU", "https://us.posthog.com:443/", "http://localhost:1", "http://[::1]", "http://127.1", "https://u:p@h", "https://h.", "https://h:/", "//h", "https://[::ffff:1.2.3.4]", "https://a?b#c", "http://127.0.0.1%00.evil.com", "https:\\\\h"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := ParseHost(s, false)
		if err != nil {
			return
		}
		if *u != (url.URL{Scheme: u.Scheme, Host: u.Host}) || u.Host == "" {
			t.Fatalf("%q is more than an origin: %#v", s, u)
		}
		addr, err := netip.ParseAddr(u.Hostname())
		local := u.Hostname() == "localhost" || err == nil && addr.IsLoopback()
		if u.Scheme != "https" && (u.Scheme != "http" || !local) {
			t.Fatalf("%q: the key would travel in clear to %s", s, u)
		}
		again, err := ParseHost(u.String(), false)
		if err != nil || *again != *u {
			t.Fatalf("%q gives %s, which gives %v, %v", s, u, again, err)
		}
	})
}

// If the operator allows it, the key may travel unencrypted, but not to PostHog's
// own hosts. The other rules stay.
func TestParseHostInClear(t *testing.T) {
	for _, tc := range []struct {
		in, want, refusal string
		inClear           bool
	}{
		{in: "http://192.168.0.2:8000", want: "http://192.168.0.2:8000", inClear: true},
		{in: "HTTP://PostHog.internal.:80/", want: "http://posthog.internal", inClear: true},
		{in: "http://posthog", want: "http://posthog", inClear: true},
		{in: "http://[fd00::7]", want: "http://[fd00::7]", inClear: true},
		{in: "http://notposthog.com", want: "http://notposthog.com", inClear: true},
		{in: "http://localhost:8000", want: "http://localhost:8000"},
		{in: "http://127.0.0.1", want: "http://127.0.0.1"},
		{in: "https://posthog.internal", want: "https://posthog.internal"},
		{in: "us", want: "https://us.posthog.com"},

		{in: "http://us.posthog.com", refusal: "use https://us.posthog.com"},
		{in: "http://EU.posthog.com.:80/", refusal: "use https://eu.posthog.com"},
		{in: "http://app.posthog.com", refusal: "use https://app.posthog.com"},
		{in: "http://a.b.us.posthog.com", refusal: "use https://a.b.us.posthog.com"},
		{in: "http://posthog.com", refusal: "use https://posthog.com"},
		{in: "http://us.i.posthog.com", refusal: "use https://"},
		{in: "ftp://192.168.0.2", refusal: "begin with https://"},
		{in: "http://u:p@192.168.0.2", refusal: "no user name"},
		{in: "http://192.168.0.2/posthog", refusal: "no path"},
	} {
		got, err := ParseHost(tc.in, true)
		if tc.refusal != "" {
			if err == nil || !strings.Contains(err.Error(), tc.refusal) {
				t.Errorf("ParseHost(%q) = %v, %v; want %q", tc.in, got, err, tc.refusal)
			}
			continue
		}
		if err != nil || got.String() != tc.want || InClear(got) != tc.inClear {
			t.Errorf("ParseHost(%q) = %v, %v; want %s", tc.in, got, err, tc.want)
		}
	}
}
