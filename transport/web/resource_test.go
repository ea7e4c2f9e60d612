package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/transport/guard"
)

// What the server says of itself, by how it is known and what it is called.
func TestResource(t *testing.T) {
	const server = "https://us.posthog.com"
	const local = "http://HOST"
	for _, c := range []struct {
		public, host, path string
		header             map[string]string
		resource           string // empty: 404
		challenge          string
	}{
		{"", "", "/mcp", nil, local + "/mcp", local + "/.well-known/oauth-protected-resource/mcp"},
		{"", "", "/sse", nil, local + "/sse", local + "/.well-known/oauth-protected-resource/sse"},
		{"", "", "", nil, local, local + "/.well-known/oauth-protected-resource"},
		{"", "localhost:1234", "/mcp", nil, "http://localhost:1234/mcp", "http://localhost:1234/.well-known/oauth-protected-resource/mcp"},
		// A Host header is anyone's word, allowed or not.
		{"", "mcp.example.com", "/mcp", nil, "", ""},
		{"", "", "/mcp", map[string]string{"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}, "https://HOST/mcp", "https://HOST/.well-known/oauth-protected-resource/mcp"},
		{"https://mcp.example.org/", "", "/mcp", nil, "https://mcp.example.org/mcp", "https://mcp.example.org/.well-known/oauth-protected-resource/mcp"},
		{"https://mcp.example.org", "mcp.example.org", "", nil, "https://mcp.example.org", "https://mcp.example.org/.well-known/oauth-protected-resource"},
		{"https://mcp.example.org:8443/posthog", "mcp.example.com", "/sse", nil, "https://mcp.example.org:8443/posthog/sse", "https://mcp.example.org:8443/posthog/.well-known/oauth-protected-resource/sse"},
	} {
		h := open(t, Options{
			MCP:      product(t, overBase(newDesk()), silent()),
			Guard:    guard.Options{AllowedHosts: []string{"mcp.example.com"}, TrustedProxies: []string{"127.0.0.1"}},
			Resource: Resource{PublicURL: c.public, AuthorizationServer: server, Scopes: []string{"user:read"}},
		})
		here := func(s string) string { return strings.Replace(s, "HOST", h.addr, 1) }
		headers := map[string]string{"Host": c.host}
		if c.host == "" {
			headers["Host"] = h.addr
		}
		for name, value := range c.header {
			headers[name] = value
		}
		got := h.must(request{method: "GET", path: "/.well-known/oauth-protected-resource" + c.path, header: headers})
		want := fmt.Sprintf(`{"resource":%q,"authorization_servers":[%q],"scopes_supported":["user:read"],"bearer_methods_supported":["header"],"resource_name":"PostHog (posthog-mcp)"}`+"\n", here(c.resource), server)
		if c.resource == "" {
			if got.status != http.StatusNotFound || !strings.Contains(got.body, "--public-url") {
				t.Errorf("%+v: %d %s", c, got.status, got.body)
			}
		} else if diff := cmp.Diff(want, got.body); diff != "" || got.status != http.StatusOK {
			t.Errorf("%+v: %d (-want +got):\n%s", c, got.status, diff)
		}
		if c.path == "" {
			c.path = "/"
		}
		refused := h.must(request{method: "POST", path: c.path, header: headers})
		if diff := cmp.Diff(here(c.challenge), challenged(refused.header)["resource_metadata"]); diff != "" || refused.status != http.StatusUnauthorized {
			t.Errorf("%+v: %d, challenge (-want +got):\n%s", c, refused.status, diff)
		}
	}
}

// The description of a server that is for everyone is too, in any web page; what
// runs on somebody's machine is no page's business.
func TestResourceInWebPages(t *testing.T) {
	for public, want := range map[string]struct {
		status  int
		allowed string
	}{
		"":                        {http.StatusForbidden, ""},
		"https://mcp.example.org": {http.StatusOK, "*"},
	} {
		h := open(t, Options{MCP: product(t, overBase(newDesk()), silent()), Resource: Resource{PublicURL: public, AuthorizationServer: "https://us.posthog.com"}})
		origin := map[string]string{"Origin": "https://evil.example"}
		got := h.must(request{method: "GET", path: "/.well-known/oauth-protected-resource/mcp", header: origin})
		if got.status != want.status || got.header.Get("Access-Control-Allow-Origin") != want.allowed {
			t.Errorf("%q: %d, open to %q", public, got.status, got.header.Get("Access-Control-Allow-Origin"))
		}
		if got := h.must(request{method: "POST", path: "/mcp", token: tokenA, header: origin, body: listTools}); got.status != http.StatusForbidden {
			t.Errorf("%q: a call from the page: %d", public, got.status)
		}
	}
}

func TestPublicURLs(t *testing.T) {
	for given, want := range map[string]string{
		"https://mcp.example.com":             "",
		"https://mcp.example.com:8443/a/b/":   "",
		"http://localhost:8080":               "",
		"http://127.0.0.1":                    "",
		"http://mcp.example.com":              "it must begin with https://, clients send their tokens there; http:// is for this machine alone",
		"ftp://mcp.example.com":               "it must begin with https://, clients send their tokens there; http:// is for this machine alone",
		"mcp.example.com":                     "expected a URL like https://mcp.example.com",
		"https://":                            "expected a URL like https://mcp.example.com",
		"https://a b":                         "expected a URL like https://mcp.example.com",
		"https://büro.example":                "expected a URL like https://mcp.example.com",
		"https://ada:secret@mcp.example.com":  "no user, query or fragment belongs into it",
		"https://mcp.example.com?token=x":     "no user, query or fragment belongs into it",
		"https://mcp.example.com/#x":          "no user, query or fragment belongs into it",
		"https://mcp.example.com/a\"b":        "",
		"https://mcp.example.com/\r\nX-Foo:x": "expected a URL like https://mcp.example.com",
	} {
		_, err := New(Options{
			MCP: product(t, overBase(newDesk()), silent()), Logger: silent(), Guard: guard.Options{Auth: guard.NoAuth},
			Resource: Resource{PublicURL: given},
		})
		if want != "" {
			want = "--public-url: " + want
		}
		var got string
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
}
