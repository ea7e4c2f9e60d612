package guard_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"posthog-mcp/transport/guard"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	goodToken = "phx_obviously_fake_0001"
	smallBody = 64 // MaxBody of the servers under test
)

type tokenKey struct{}

// accept takes phx_ tokens only and puts them in the context.
func accept(ctx context.Context, token string) (context.Context, error) {
	if !strings.HasPrefix(token, "phx_") {
		return nil, errors.New("a \"personal\" key begins with phx_ – use one")
	}
	return context.WithValue(ctx, tokenKey{}, token), nil
}

func callerOf(r *http.Request) string {
	token, _ := r.Context().Value(tokenKey{}).(string)
	return token
}

// options are those of a public server with one name and one web page.
func options() guard.Options {
	return guard.Options{
		AllowedHosts:   []string{"mcp.example.com", "alt.example.com:8443", "secure.example.com:443", "[fd00::1]", "10.0.0.5"},
		AllowedOrigins: []string{"https://app.example.com", "https://dev.example.com:3000", "chrome-extension://abcdef"},
		MaxBody:        smallBody,
		Auth:           guard.Passthrough(accept),
		Paths:          map[string]guard.Access{"/healthz": guard.Open},
	}
}

func wrap(t testing.TB, o guard.Options, h http.Handler) http.Handler {
	t.Helper()
	around, err := guard.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return around(h)
}

func serve(t testing.TB, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.Config.DisableGeneralOptionsHandler = true
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// refusal is the JSON of the guard's own answers.
type refusal struct{ Error, Message, ID string }

func decode(t testing.TB, body []byte) refusal {
	t.Helper()
	var f refusal
	if err := json.Unmarshal(body, &f); err != nil {
		t.Fatalf("not a JSON answer: %q", body)
	}
	return f
}

// do sends r and reads the answer whole.
func do(t testing.TB, c *http.Client, r *http.Request) (*http.Response, []byte) {
	t.Helper()
	answer, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, body
}

func request(t testing.TB, method, url, body string) *http.Request {
	t.Helper()
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, url, content)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+goodToken)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

func TestEveryRuleHoldsOnEveryRouteAndMethod(t *testing.T) {
	all := func(_, _ string) bool { return true }
	guarded := func(path, _ string) bool { return path != "/healthz" }
	post := func(_, method string) bool { return method == http.MethodPost }
	rules := []struct {
		name   string
		change func(*http.Request)
		holds  func(path, method string) bool
		status int
		code   string
	}{
		{"nothing wrong", func(*http.Request) {}, all, 200, ""},
		{"loopback origin", func(r *http.Request) { r.Header.Set("Origin", "http://localhost:6274") }, all, 200, ""},
		{"foreign host", func(r *http.Request) { r.Host = "evil.example" }, all, 403, "forbidden_host"},
		{"forwarded host does not count", func(r *http.Request) {
			r.Host = "evil.example"
			r.Header.Set("X-Forwarded-Host", "localhost")
			r.Header.Set("Forwarded", "host=localhost")
		}, all, 403, "forbidden_host"},
		{"foreign origin", func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, all, 403, "forbidden_origin"},
		{"null origin", func(r *http.Request) { r.Header.Set("Origin", "null") }, all, 403, "forbidden_origin"},
		{"empty origin", func(r *http.Request) { r.Header.Set("Origin", "") }, all, 403, "forbidden_origin"},
		{"two origins", func(r *http.Request) {
			r.Header["Origin"] = []string{"https://app.example.com", "https://evil.example"}
		}, all, 403, "forbidden_origin"},
		{"foreign origin in a preflight", func(r *http.Request) {
			r.Header.Set("Origin", "https://evil.example")
			r.Header.Set("Access-Control-Request-Method", "POST")
		}, all, 403, "forbidden_origin"},
		{"no token", func(r *http.Request) { r.Header.Del("Authorization") }, guarded, 401, "missing_token"},
		{"no token and a body too large", func(r *http.Request) {
			r.Header.Del("Authorization")
			setBody(r, strings.Repeat("x", smallBody+1))
		}, guarded, 401, "missing_token"},
		{"bad token", func(r *http.Request) { r.Header.Set("Authorization", "Bearer phc_fake") }, guarded, 401, "invalid_token"},
		{"wrong type", func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, post, 415, "unsupported_media_type"},
		{"body too large", func(r *http.Request) { setBody(r, strings.Repeat("x", smallBody+1)) }, all, 413, "body_too_large"},
		{"foreign host comes first", func(r *http.Request) {
			r.Host = "evil.example"
			r.Header = http.Header{"Origin": {"null"}, "Content-Type": {"text/plain"}}
			setBody(r, strings.Repeat("x", smallBody+1))
		}, all, 403, "forbidden_host"},
	}
	var reached atomic.Int64
	s := serve(t, wrap(t, options(), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reached.Add(1)
		_, _ = io.WriteString(w, "{}")
	})))
	for _, rule := range rules {
		for _, path := range []string{"/mcp", "/sse", "/message?sessionId=1", "/healthz", "/unknown", "/healthz/", "/%68ealthz"} {
			for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"} {
				if !rule.holds(path, method) {
					continue
				}
				t.Run(rule.name+" "+method+" "+path, func(t *testing.T) {
					reached.Store(0)
					body := ""
					if method == http.MethodPost {
						body = "{}"
					}
					r := request(t, method, s.URL+path, body)
					rule.change(r)
					answer, text := do(t, s.Client(), r)
					var f refusal
					if rule.status != 200 && method != http.MethodHead {
						f = decode(t, text)
					}
					code := rule.code
					if method == http.MethodHead {
						code = ""
					}
					want := []any{rule.status, code, rule.status == 200, "application/json"}
					got := []any{answer.StatusCode, f.Error, reached.Load() == 1, answer.Header.Get("Content-Type")}
					if rule.status == 200 {
						want[3] = got[3]
					}
					if d := cmp.Diff(want, got); d != "" {
						t.Errorf("status, code, reached, type (-want +got):\n%s", d)
					}
					for name, value := range map[string]string{
						"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Vary": "Origin",
					} {
						if got := answer.Header.Get(name); got != value {
							t.Errorf("%s is %q, want %q", name, got, value)
						}
					}
				})
			}
		}
	}
}

func setBody(r *http.Request, body string) {
	r.Body = io.NopCloser(strings.NewReader(body))
	r.ContentLength = int64(len(body))
}

func TestNewNamesWhatToMend(t *testing.T) {
	ok := guard.Options{Auth: guard.NoAuth}
	for _, c := range []struct {
		change func(*guard.Options)
		want   string // empty: accepted
	}{
		{func(*guard.Options) {}, ""},
		{func(o *guard.Options) {
			o.AllowedHosts = []string{" Mcp.Example.com. ", "[FD00:0::1]:8443", "my_service"}
		}, ""},
		{func(o *guard.Options) {
			o.AllowedOrigins = []string{"HTTPS://app.example.com:443", "moz-extension://a-b"}
		}, ""},
		{func(o *guard.Options) { o.AllowedHosts = []string{"*"} }, `--allowed-hosts: "*": wildcards are not accepted, name each host`},
		{func(o *guard.Options) { o.AllowedHosts = []string{"*.example.com"} }, `--allowed-hosts: "*.example.com": wildcards are not accepted, name each host`},
		{func(o *guard.Options) { o.AllowedHosts = []string{"https://a.example"} }, `--allowed-hosts: "https://a.example": give the host alone, without scheme and path`},
		{func(o *guard.Options) { o.AllowedHosts = []string{""} }, `--allowed-hosts: "": expected a host like mcp.example.com or mcp.example.com:8443`},
		{func(o *guard.Options) { o.AllowedHosts = []string{"a.example:0"} }, `--allowed-hosts: "a.example:0": expected a host like mcp.example.com or mcp.example.com:8443`},
		{func(o *guard.Options) { o.AllowedHosts = []string{"fd00::1"} }, `--allowed-hosts: "fd00::1": expected a host like mcp.example.com or mcp.example.com:8443`},
		{func(o *guard.Options) { o.AllowedHosts = []string{"[fe80::1%eth0]"} }, `--allowed-hosts: "[fe80::1%eth0]": expected a host like mcp.example.com or mcp.example.com:8443`},
		{func(o *guard.Options) { o.AllowedHosts = []string{"[10.0.0.5]"} }, `--allowed-hosts: "[10.0.0.5]": expected a host like mcp.example.com or mcp.example.com:8443`},
		{func(o *guard.Options) { o.AllowedHosts = []string{"büro.example"} }, `--allowed-hosts: "b\u00fcro.example": expected a host like mcp.example.com or mcp.example.com:8443`},
		{func(o *guard.Options) { o.AllowedOrigins = []string{"*"} }, `--allowed-origins: "*": wildcards are not accepted, any web page could call then: name each origin`},
		{func(o *guard.Options) { o.AllowedOrigins = []string{"null"} }, `--allowed-origins: "null": null is not accepted, any web page can have it`},
		{func(o *guard.Options) { o.AllowedOrigins = []string{"https://a.example/"} }, `--allowed-origins: "https://a.example/": an origin has no path and no slash at its end`},
		{func(o *guard.Options) { o.AllowedOrigins = []string{"a.example"} }, `--allowed-origins: "a.example": expected an origin like https://app.example.com`},
		{func(o *guard.Options) {
			o.TrustedProxies = []string{"10.0.0.0/8", " fd00::/8 ", "192.0.2.9", "::1"}
		}, ""},
		{func(o *guard.Options) { o.TrustedProxies = []string{"proxy.example"} }, `--trusted-proxies: "proxy.example": expected an address or a network like 10.0.0.0/8`},
		{func(o *guard.Options) { o.TrustedProxies = []string{"10.0.0.1/33"} }, `--trusted-proxies: "10.0.0.1/33": expected an address or a network like 10.0.0.0/8`},
		{func(o *guard.Options) { o.TrustedProxies = []string{"::ffff:10.0.0.0/104"} }, `--trusted-proxies: "::ffff:10.0.0.0/104": expected an address or a network like 10.0.0.0/8`},
		{func(o *guard.Options) { o.TrustedProxies = []string{"10.0.0.1/8"} }, `--trusted-proxies: "10.0.0.1/8": the network of that address is 10.0.0.0/8`},
		{func(o *guard.Options) { o.TrustedProxies = []string{"0.0.0.0/0"} }, `--trusted-proxies: "0.0.0.0/0": everyone would be a trusted proxy: name the network that they are in`},
		{func(o *guard.Options) { o.TrustedProxies = []string{"::/0"} }, `--trusted-proxies: "::/0": everyone would be a trusted proxy: name the network that they are in`},
		{func(o *guard.Options) { o.Paths = map[string]guard.Access{"x": guard.Public} }, `open path "x" does not begin with a slash`},
		{func(o *guard.Options) { o.Auth = nil }, "no way to authenticate callers is set"},
		{func(o *guard.Options) { o.Paths = map[string]guard.Access{"healthz": guard.Open} }, `open path "healthz" does not begin with a slash`},
		{func(o *guard.Options) { o.MaxBody = -1 }, "the limits of a request body must not be negative"},
	} {
		o := ok
		c.change(&o)
		_, err := guard.New(o)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("error (-want +got):\n%s", d)
		}
	}
}

// logBuffer collects log output of several goroutines.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func (b *logBuffer) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}))
}
