package posthog

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/tools/engine"
)

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// The server receives the request to the byte, and nothing else.
func TestWhatIsSent(t *testing.T) {
	type sent struct {
		Line, Body string
		Header     http.Header
	}
	var got sent
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = sent{r.Method + " " + r.RequestURI, string(body), r.Header}
		w.Header().Set("Content-Type", "Application/JSON; charset=utf-8")
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusAccepted)
	}))
	defer srv.Close()
	header := func(more ...string) http.Header {
		h := http.Header{
			"Accept": {"application/json"}, "Accept-Encoding": {"gzip"},
			"Authorization": {"Bearer " + testKey.Reveal()}, "User-Agent": {"posthog-mcp"},
		}
		for i := 0; i < len(more); i += 2 {
			h.Set(more[i], more[i+1])
		}
		return h
	}
	for _, tc := range []struct {
		r    engine.Request
		want sent
	}{
		{engine.Request{Method: "GET", Path: "/api/users/@me/"}, sent{"GET /api/users/@me/", "", header()}},
		{
			engine.Request{Method: "GET", Path: "/api/x%2Fy/%C3%A9/", Query: "a=%20&b=+&c"},
			sent{"GET /api/x%2Fy/%C3%A9/?a=%20&b=+&c", "", header()},
		},
		{engine.Request{Method: "DELETE", Path: "/api/users/@me/"}, sent{"DELETE /api/users/@me/", "", header()}},
		{
			engine.Request{Method: "POST", Path: "/api/x/"},
			sent{"POST /api/x/", "", header("Content-Length", "0")},
		},
		{
			engine.Request{Method: "PATCH", Path: "/api/x/", Body: []byte("{\"a\": 1.0}\n")},
			sent{"PATCH /api/x/", "{\"a\": 1.0}\n", header("Content-Length", "11", "Content-Type", "application/json")},
		},
	} {
		c, _ := client(t, srv.URL)
		res, err := c.Do(t.Context(), &tc.r)
		if err != nil {
			t.Fatal(err)
		}
		c.CloseIdle()
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
		want := &engine.Response{Status: 202, ContentType: "application/json", RetryAfter: 7 * time.Second}
		if diff := cmp.Diff(want, res); diff != "" {
			t.Errorf("answer (-want +got):\n%s", diff)
		}
	}
}

// A path that would arrive changed, or could change the host, is not sent.
func TestBadPath(t *testing.T) {
	s := serveWire(t, ok)
	c, _ := client(t, s.url)
	for _, path := range []string{"", "api/", "@evil.example/", ".evil.example/", "/a?b=c", "/a#b", "/a b/", "/%zz/", "/é/"} {
		_, err := c.Do(t.Context(), &engine.Request{Method: "POST", Path: path})
		if f, isFailure := errors.AsType[*engine.Failure](err); !isFailure || f.Sent || !errors.Is(err, errRequest) {
			t.Errorf("%q: %v", path, err)
		}
	}
	if s.requests() != 0 {
		t.Errorf("%d were sent", s.requests())
	}
}

// carrier is a transport that is not net/http's and does not report to
// httptrace, as the sandbox is.
type carrier func(*http.Request) (*http.Response, error)

func (c carrier) RoundTrip(r *http.Request) (*http.Response, error) { return c(r) }

// A request that such a transport did not answer may have arrived, so a write is
// not repeated.
func TestOtherTransport(t *testing.T) {
	for _, r := range []*engine.Request{read(), write()} {
		var n int
		c := New(Options{Key: testKey, UserAgent: "ua", Base: carrier(func(r *http.Request) (*http.Response, error) {
			n++
			if r.URL.Host != "us.posthog.com" || r.UserAgent() != "ua" {
				t.Errorf("%v %v", r.URL, r.Header)
			}
			return nil, io.ErrUnexpectedEOF
		})})
		c.pause = nil
		c.jitter = func(time.Duration) time.Duration { return time.Hour }
		_, err := c.Do(t.Context(), r)
		want := outcome{Requests: 1, Kind: engine.Broken, Sent: true}
		if diff := cmp.Diff(want, outcomeOf(n, nil, nil, err)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		c.CloseIdle()
	}
}

// A call that arrived once counts as sent, even if its last attempt did not connect.
func TestSentOnce(t *testing.T) {
	for _, r := range []*engine.Request{read(), write()} {
		var n int
		c := New(Options{Key: testKey, Host: mustURL(t, "http://127.0.0.1")})
		c.pause = func(context.Context, time.Duration) error { return nil }
		s := serveWire(t, reset)
		c.wire.(*http.Transport).DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			if n++; n > 1 {
				return nil, errors.New("gone")
			}
			return new(net.Dialer).DialContext(ctx, network, strings.TrimPrefix(s.url, "http://"))
		}
		_, err := c.Do(t.Context(), r)
		want := outcome{Requests: 1, Kind: engine.Broken, Sent: true}
		if r.Repeatable {
			want.Kind = engine.Unreachable
		}
		if diff := cmp.Diff(want, outcomeOf(s.requests(), nil, nil, err)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
