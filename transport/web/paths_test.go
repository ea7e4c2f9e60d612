package web

import (
	"net/http"
	"strings"
	"testing"
)

// A slash at the end of a path makes no difference, and leads nowhere else: a
// client that follows a redirect may lose its body and its token.
func TestPathsWithASlash(t *testing.T) {
	h := open(t, Options{MCP: product(t, overBase(newDesk()), silent()), Resource: Resource{AuthorizationServer: "https://us.posthog.com"}})
	h.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if got := h.must(request{method: "POST", path: "/mcp/?read_only=true", token: tokenA, body: call(1, "x")}); got.status != http.StatusOK || !strings.Contains(got.body, `"owner":"ada"`) {
		t.Errorf("/mcp/: %+v", got)
	}
	// A client whose base ends in a slash, and that puts a path with one behind it.
	for _, path := range []string{"//mcp", "/mcp//", "//mcp/?read_only=true", "/./mcp"} {
		if got := h.must(request{method: "POST", path: path, token: tokenA, body: call(1, "x")}); got.status != http.StatusOK || !strings.Contains(got.body, `"owner":"ada"`) {
			t.Errorf("%s: %+v", path, got)
		}
		if got := h.must(request{method: "POST", path: path, body: call(1, "x")}); got.status != http.StatusUnauthorized {
			t.Errorf("%s of a stranger: %+v", path, got)
		}
	}
	e, err := h.listenOn("/sse/", tokenA)
	if err != nil {
		t.Fatal(err)
	}
	for id, path := range []string{e.post, strings.Replace(e.post, "?", "/?", 1)} {
		e.post = path
		if err := e.say(call(id, "x")); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if a := e.hear(); a.ID != float64(id) || a.Result.StructuredContent.Owner != "ada" {
			t.Errorf("%s: %+v", path, a)
		}
	}
	// The description that a refused client is led to is of the address it used.
	for _, path := range []string{"/mcp", "/mcp/", "/sse", "/sse/"} {
		const described = "/.well-known/oauth-protected-resource"
		refused := h.must(request{method: "GET", path: path})
		if want := `resource_metadata="http://` + h.addr + described + path + `"`; !strings.Contains(refused.header.Get("WWW-Authenticate"), want) {
			t.Errorf("%s: %q, want %s", path, refused.header.Get("WWW-Authenticate"), want)
		}
		if got := h.must(request{method: "GET", path: described + path}); !strings.Contains(got.body, `"resource":"http://`+h.addr+path+`"`) {
			t.Errorf("%s: %s", described+path, got.body)
		}
	}
	for _, path := range []string{"/mcp/x", "/mcp//x", "/message/x", "/sse/x", "/.well-known/oauth-protected-resource/mcp/x"} {
		if got := h.must(request{method: "GET", path: path, token: tokenA}); got.status == http.StatusOK {
			t.Errorf("%s: %+v", path, got)
		}
	}
}

// Behind a proxy that shows the server under a prefix, a stream's client posts
// under it, too.
func TestEndpointBehindAPrefix(t *testing.T) {
	for _, c := range [][2]string{
		{"", "/message?"},
		{"https://mcp.example.com", "/message?"},
		{"https://mcp.example.com/", "/message?"},
		{"https://mcp.example.com/posthog", "/posthog/message?"},
		{"https://mcp.example.com/posthog/", "/posthog/message?"},
		{"https://mcp.example.com/a/b%20c", "/a/b%20c/message?"},
		{"http://localhost:8080/tools/posthog", "/tools/posthog/message?"},
		{" https://mcp.example.com:8443/posthog", "/posthog/message?"},
	} {
		public, want := c[0], c[1]
		h := open(t, Options{
			MCP:      product(t, overBase(newDesk()), silent()),
			Resource: Resource{PublicURL: public, AuthorizationServer: "https://us.posthog.com"},
		})
		e := h.listen(tokenA)
		if !strings.HasPrefix(e.post, want+"sessionId=") {
			t.Errorf("--public-url %q: the endpoint is %q, want %q", public, e.post, want)
		}
		e.post = strings.TrimPrefix(e.post, strings.TrimSuffix(want, "/message?")) // as the proxy does
		if err := e.say(call(1, "x")); err != nil {
			t.Errorf("--public-url %q: %v", public, err)
		}
	}
}

// Where PostHog's login is not known, as on the sandbox, the public address holds
// all the same: the name is answered to, streams' clients post under its path, and
// no login is described.
func TestPublicURLWithoutALogin(t *testing.T) {
	h := open(t, Options{
		MCP:      product(t, overBase(newDesk()), silent()),
		Resource: Resource{PublicURL: "https://mcp.example.com/posthog"},
	})
	if e := h.listen(tokenA); !strings.HasPrefix(e.post, "/posthog/message?sessionId=") {
		t.Errorf("the endpoint is %q", e.post)
	}
	named := map[string]string{"Host": "mcp.example.com"}
	if got := h.must(request{method: "POST", path: "/mcp", token: tokenA, body: call(1, "x"), header: named}); got.status != http.StatusOK {
		t.Errorf("by its name: %+v", got)
	}
	if got := h.must(request{method: "POST", path: "/mcp", body: call(1, "x"), header: named}); got.status != http.StatusUnauthorized || strings.Contains(got.header.Get("WWW-Authenticate"), "resource_metadata") {
		t.Errorf("a stranger is led to a login: %+v", got)
	}
	if got := h.must(request{method: "GET", path: "/.well-known/oauth-protected-resource/mcp"}); got.status != http.StatusNotFound {
		t.Errorf("a login is described: %+v", got)
	}
}

// A byte order mark in front of a message is no part of it, on either transport.
func TestByteOrderMarks(t *testing.T) {
	const mark = "\ufeff"
	h := open(t, Options{MCP: product(t, overBase(newDesk()), silent())})
	e := h.listen(tokenA)
	for id, before := range []string{mark, mark + " \r\n", "\n" + mark} {
		if got := h.must(request{method: "POST", path: "/mcp", token: tokenA, body: before + call(id, "x")}); got.status != http.StatusOK || !strings.Contains(got.body, `"owner":"ada"`) {
			t.Errorf("/mcp, %q: %+v", before, got)
		}
		if err := e.say(before + call(id, "x")); err != nil {
			t.Fatalf("/message, %q: %v", before, err)
		}
		if a := e.hear(); a.ID != float64(id) || a.Result.StructuredContent.Owner != "ada" {
			t.Errorf("/message, %q: %+v", before, a)
		}
	}
	for _, body := range []string{mark, mark + mark + call(1, "x"), mark + "[" + call(1, "x") + "]"} {
		if got := h.must(request{method: "POST", path: "/mcp", token: tokenA, body: body}); got.status != http.StatusBadRequest {
			t.Errorf("%q: %+v", body, got)
		}
	}
}
