package guard_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/transport/guard"
)

// corsHeaders picks the CORS part of an answer.
func corsHeaders(h http.Header) map[string]string {
	got := map[string]string{}
	for name, values := range h {
		if rest, ok := strings.CutPrefix(name, "Access-Control-"); ok {
			got[rest] = strings.Join(values, " | ")
		}
	}
	return got
}

func TestCORS(t *testing.T) {
	// The handler opens itself to everyone, as mcp-go's SSE handler does.
	h := wrap(t, options(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		switch r.URL.Path {
		case "/write":
			_, _ = w.Write([]byte("x"))
		case "/flush":
			w.(http.Flusher).Flush()
		case "/header":
			w.WriteHeader(http.StatusAccepted)
		case "/panic":
			panic("x")
		}
	}))
	const app = "https://app.example.com"
	simple := map[string]string{"Allow-Origin": app, "Expose-Headers": "WWW-Authenticate"}
	preflight := map[string]string{
		"Allow-Origin":   app,
		"Expose-Headers": "WWW-Authenticate",
		"Allow-Methods":  "POST, GET, OPTIONS",
		"Allow-Headers":  "Content-Type, Authorization, Mcp-Protocol-Version, Mcp-Session-Id, Mcp-Method, Mcp-Name, Last-Event-ID, X-PostHog-MCP-Read-Only, X-PostHog-MCP-Toolsets, X-PostHog-MCP-Tools, X-PostHog-MCP-Exclude-Tools, X-PostHog-MCP-Schema",
		"Max-Age":        "600",
	}
	for _, c := range []struct {
		method, path, origin, asks string
		token                      bool
		status                     int
		want                       map[string]string
	}{
		{"GET", "/write", app, "", true, 200, simple},
		{"GET", "/flush", app, "", true, 200, simple},
		{"GET", "/header", app, "", true, 202, simple},
		{"GET", "/panic", app, "", true, 500, simple},
		{"GET", "/nothing", app, "", true, 200, simple},
		{"GET", "/write", app, "", false, 401, simple},
		{"GET", "/write", app, "POST", true, 200, simple},
		{"POST", "/write", app, "", true, 415, simple},
		{"GET", "/write", "", "", true, 200, map[string]string{}},
		{"GET", "/write", "https://evil.example", "", true, 403, map[string]string{}},
		{"OPTIONS", "/write", app, "POST", false, 204, preflight},
		{"OPTIONS", "/healthz", app, "GET", false, 204, preflight},
		{"OPTIONS", "/write", app, "", false, 401, simple},
		{"OPTIONS", "/write", "", "POST", false, 401, map[string]string{}},
		{"OPTIONS", "/write", "null", "POST", false, 403, map[string]string{}},
	} {
		r := httptest.NewRequest(c.method, c.path, nil)
		r.Host = "mcp.example.com"
		for name, value := range map[string]string{"Origin": c.origin, "Access-Control-Request-Method": c.asks} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		if c.token {
			r.Header.Set("Authorization", "Bearer "+goodToken)
		}
		// A server sends the header of a silent handler too.
		s := httptest.NewRecorder()
		h.ServeHTTP(s, r)
		got := s.Result()
		if got.StatusCode != c.status {
			t.Errorf("%+v: status %d", c, got.StatusCode)
		}
		if d := cmp.Diff(c.want, corsHeaders(got.Header)); d != "" {
			t.Errorf("%s %s from %q (-want +got):\n%s", c.method, c.path, c.origin, d)
		}
	}
}

// What is public is so for web pages of every origin, and without credentials;
// the Host still has to be one of the server's.
func TestPublic(t *testing.T) {
	o := options()
	o.Paths["/.well-known/x"] = guard.Public
	h := wrap(t, o, http.HandlerFunc(reach))
	for _, c := range []struct {
		method, path, host, origin, asks string
		status                           int
		allowed                          string
	}{
		{"GET", "/.well-known/x", "mcp.example.com", "https://evil.example", "", 200, "*"},
		{"GET", "/.well-known/x", "mcp.example.com", "null", "", 200, "*"},
		{"GET", "/.well-known/x", "mcp.example.com", "", "", 200, "*"},
		{"OPTIONS", "/.well-known/x", "mcp.example.com", "https://evil.example", "GET", 204, "*"},
		{"GET", "/.well-known/x", "evil.example", "https://evil.example", "", 403, ""},
		{"GET", "/.well-known/x/", "mcp.example.com", "https://evil.example", "", 403, ""},
		{"GET", "/.well-known/%78", "mcp.example.com", "https://evil.example", "", 403, ""},
		{"GET", "/healthz", "mcp.example.com", "https://evil.example", "", 403, ""},
		{"GET", "/mcp", "mcp.example.com", "https://evil.example", "", 403, ""},
	} {
		r := httptest.NewRequest(c.method, c.path, nil)
		r.Host = c.host
		for name, value := range map[string]string{"Origin": c.origin, "Access-Control-Request-Method": c.asks} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		got := w.Result().Header
		if w.Code != c.status || got.Get("Access-Control-Allow-Origin") != c.allowed || got.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%+v: status %d, headers %v", c, w.Code, got)
		}
	}
}
