package web

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/transport/guard"
)

// login is a PostHog on loopback whose users are already logged in: an OAuth
// server that gives out a token for the asking, and an API that takes it until
// it is expired.
type login struct {
	*httptest.Server
	mu     sync.Mutex
	scopes map[string]string // by token that is in force
	given  int
}

func newLogin(t *testing.T) *login {
	l := &login{scopes: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/oauth-authorization-server", func(w http.ResponseWriter, _ *http.Request) {
		guard.WriteJSON(w, http.StatusOK, map[string]any{
			"issuer": l.URL, "token_endpoint": l.URL + "/oauth/token/", "authorization_endpoint": l.URL + "/oauth/authorize/",
			"response_types_supported": []string{"code"},
		})
	})
	mux.HandleFunc("POST /oauth/token/", l.give)
	mux.HandleFunc("GET /api/users/{uuid}/github_login/", func(w http.ResponseWriter, r *http.Request) { l.protect(w, r, "user:read") })
	mux.HandleFunc("PATCH /api/users/{uuid}/", func(w http.ResponseWriter, r *http.Request) { l.protect(w, r, "user:write") })
	l.Server = httptest.NewServer(mux)
	t.Cleanup(l.Close)
	return l
}

func (l *login) give(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.given++
	token := fmt.Sprintf("pha_fake_given_%04d", l.given)
	l.scopes[token] = r.FormValue("scope") + " for " + r.FormValue("resource")
	guard.WriteJSON(w, http.StatusOK, map[string]string{"access_token": token, "token_type": "Bearer"})
}

func (l *login) expireAll() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.scopes)
}

// protect answers as PostHog does.
func (l *login) protect(w http.ResponseWriter, r *http.Request, scope string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	granted, ok := l.scopes[token]
	refusal := map[string]any{"type": "authentication_error", "attr": nil}
	switch {
	case !ok:
		refusal["code"], refusal["detail"] = "authentication_failed", "Access token has expired."
		guard.WriteJSON(w, http.StatusUnauthorized, refusal)
	case !strings.Contains(granted, scope):
		refusal["code"], refusal["detail"] = "permission_denied", "API key missing required scope '"+scope+"'"
		guard.WriteJSON(w, http.StatusForbidden, refusal)
	default:
		guard.WriteJSON(w, http.StatusOK, map[string]string{"uuid": "u", "email": granted})
	}
}

// document reads JSON from an address.
func document(t *testing.T, address string, into any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	network := &http.Transport{}
	defer network.CloseIdleConnections()
	resp, err := (&http.Client{Transport: network}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	if err := json.Unmarshal(body, into); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s", address, resp.StatusCode, body)
	}
}

// challenged is what a WWW-Authenticate header says.
func challenged(h http.Header) map[string]string {
	said := map[string]string{}
	for _, m := range regexp.MustCompile(`(\w+)="([^"]*)"`).FindAllStringSubmatch(h.Get("WWW-Authenticate"), -1) {
		said[m[1]] = m[2]
	}
	return said
}

// A client finds its way by itself, from a call without a token to one that is
// answered, and again when the token is no longer good or not good enough.
func TestFindingTheLogin(t *testing.T) {
	l := newLogin(t)
	h := open(t, Options{
		MCP:      product(t, overWire(t, l.URL), silent()),
		Resource: Resource{AuthorizationServer: l.URL, Scopes: []string{"user:read"}},
	})
	const read = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"users-github-login-retrieve","arguments":{}}}`
	const write = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"users-partial-update","arguments":{"first_name":"A"}}}`
	ask := request{method: "POST", path: "/mcp", body: read}
	var token string
	// logIn follows the challenge to a new token, for the scopes that it names.
	logIn := func(header http.Header) {
		t.Helper()
		var resource struct {
			Resource string
			Servers  []string `json:"authorization_servers"`
			Scopes   []string `json:"scopes_supported"`
		}
		document(t, challenged(header)["resource_metadata"], &resource)
		if want := "http://" + h.addr + "/mcp"; resource.Resource != want {
			t.Fatalf("the resource is %q, not %q as it was called", resource.Resource, want)
		}
		scopes := challenged(header)["scope"]
		if scopes == "" {
			scopes = strings.Join(resource.Scopes, " ")
		}
		var server struct {
			Tokens string `json:"token_endpoint"`
		}
		document(t, resource.Servers[0]+"/.well-known/oauth-authorization-server", &server)
		resp, err := l.Client().PostForm(server.Tokens, url.Values{"scope": {scopes}, "resource": {resource.Resource}})
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var given struct {
			Token string `json:"access_token"`
		}
		if err := json.NewDecoder(resp.Body).Decode(&given); err != nil {
			t.Fatal(err)
		}
		token = given.Token
	}
	steps := []struct {
		name   string
		body   string
		before func()
		status int
		said   map[string]string
		// result is a part of the body.
		result string
	}{
		{"without a token", read, func() {}, 401, map[string]string{}, `"error":"missing_token"`},
		{"logged in", read, func() {}, 200, nil, `user:read for http://` + h.addr + `/mcp`},
		{"expired", read, l.expireAll, 401, map[string]string{
			"error": "invalid_token", "error_description": "PostHog does not accept the token; it may have expired",
		}, `"isError":true`},
		{"logged in again", read, func() {}, 200, nil, `user:read for`},
		{"a scope is missing", write, func() {}, 403, map[string]string{
			"error": "insufficient_scope", "error_description": "The token lacks the scope user:write", "scope": "user:read user:write",
		}, `"isError":true`},
		{"with the scope", write, func() {}, 200, nil, `user:read user:write for`},
	}
	for _, s := range steps {
		s.before()
		ask.token, ask.body = token, s.body
		got := h.must(ask)
		if got.status != s.status || !strings.Contains(got.body, s.result) {
			t.Fatalf("%s: %d %s", s.name, got.status, got.body)
		}
		if s.said == nil {
			if said := got.header.Get("WWW-Authenticate"); said != "" {
				t.Errorf("%s: WWW-Authenticate: %s", s.name, said)
			}
			continue
		}
		s.said["realm"] = "posthog-mcp"
		s.said["resource_metadata"] = "http://" + h.addr + "/.well-known/oauth-protected-resource/mcp"
		if diff := cmp.Diff(s.said, challenged(got.header)); diff != "" {
			t.Errorf("%s: WWW-Authenticate (-want +got):\n%s", s.name, diff)
		}
		logIn(got.header)
	}
}

// For a personal key a refusal of PostHog's stays a result: no login gets
// another.
func TestPersonalKeysAreNotSentToALogin(t *testing.T) {
	l := newLogin(t)
	l.scopes[tokenA] = "user:read"
	h := open(t, Options{MCP: product(t, overWire(t, l.URL), silent()), Resource: Resource{AuthorizationServer: l.URL}})
	for token, code := range map[string]string{tokenA: "permission_denied", tokenB: "authentication_failed"} {
		got := h.must(request{method: "POST", path: "/mcp", token: token,
			body: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"users-partial-update","arguments":{"first_name":"A"}}}`})
		if got.status != http.StatusOK || got.header.Get("WWW-Authenticate") != "" || !strings.Contains(got.body, `"code":"`+code+`"`) {
			t.Errorf("%s: %d %v %s", code, got.status, got.header, got.body)
		}
	}
}
