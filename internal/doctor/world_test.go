package doctor_test

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"posthog-mcp/internal/doctor"
	"posthog-mcp/internal/sandbox"
	"posthog-mcp/tools"
	"posthog-mcp/transport/posthog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is the time of every clock here.
var noon = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)

// world is a PostHog on loopback, at noon.
func world(change func(*sandbox.Switches)) *sandbox.Sandbox {
	return sandbox.New(sandbox.WithClock(func() time.Time { return noon }), sandbox.WithSwitches(change))
}

func asItIs(*sandbox.Switches) {}

// serve has the handler answer on loopback, at that time of its clock.
func serve(t *testing.T, h http.Handler, at time.Time) *url.URL {
	t.Helper()
	s := httptest.NewServer(dated(h, at))
	t.Cleanup(s.Close)
	return address(t, s.URL)
}

// serveTLS does so with a certificate that nobody trusts.
func serveTLS(t *testing.T, h http.Handler) *url.URL {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return address(t, s.URL)
}

func dated(h http.Handler, at time.Time) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", at.Format(http.TimeFormat))
		h.ServeHTTP(w, r)
	})
}

func address(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// nobody is an address that nothing listens at.
func nobody(t *testing.T) *url.URL {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return address(t, "http://"+ln.Addr().String())
}

// withKey is what the handler answers to whoever shows a key; the sandbox
// answers the others.
func withKey(h http.HandlerFunc) http.Handler {
	s := world(asItIs)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			s.ServeHTTP(w, r)
			return
		}
		h(w, r)
	})
}

// answers has nothing but a status to say.
func answers(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
}

// unknowing is a PostHog that has none of the sandbox's keys.
func unknowing(s *sandbox.Sandbox) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if key := r.Header.Get("Authorization"); key != "" && !strings.Contains(key, "expired") {
			prefix, _, _ := strings.Cut(strings.TrimPrefix(key, "Bearer "), "_")
			r.Header.Set("Authorization", "Bearer "+prefix+"_of_another_region")
		}
		s.ServeHTTP(w, r)
	})
}

// plainText is a PostHog that speaks no TLS, at an address that says so.
func plainText(t *testing.T) *url.URL {
	u := serve(t, world(asItIs), noon)
	u.Scheme = "https"
	return u
}

// settings are those of a server in order, at that host.
func settings(t *testing.T, host *url.URL, key string) doctor.Options {
	t.Helper()
	catalogue, err := tools.NewCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	o := doctor.Options{
		Version: "posthog-mcp v1.2.3", Catalogue: catalogue, Host: host,
		KeySource:     doctor.Source{From: "POSTHOG_PERSONAL_API_KEY"},
		HostSource:    doctor.Source{From: "POSTHOG_HOST"},
		ProjectSource: doctor.Source{From: "@current"},
		Timeout:       20 * time.Second, Regions: map[string]*url.URL{},
		Proxy: func(*http.Request) (*url.URL, error) { return nil, nil },
		Now:   func() time.Time { return noon },
	}
	o.Key, o.KeySource.Err = posthog.ParseKey(key)
	return o
}

// through has requests go by a proxy.
func through(o doctor.Options, proxy *url.URL) doctor.Options {
	proxy.User = url.UserPassword("somebody", "CANARY-of-the-proxy")
	o.Proxy = func(*http.Request) (*url.URL, error) { return proxy, nil }
	return o
}

// at has a report speak of no port that is another one tomorrow.
func at(text string, hosts ...*url.URL) string {
	for i, host := range hosts {
		if port := host.Port(); port != "" {
			text = strings.ReplaceAll(text, ":"+port, ":1000"+string(rune('0'+i)))
		}
	}
	return text
}
