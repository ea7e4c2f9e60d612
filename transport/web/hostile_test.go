package web

import (
	"net/http"
	"strings"
	"testing"
)

// What each route answers to a request that should not reach PostHog. Most of
// it is the guard's doing: this is the proof that no route misses it.
func TestHostileRequests(t *testing.T) {
	routes := [...]string{"/mcp", "/sse", "/message?sessionId=x", "/healthz", "/nowhere"}
	const unasked = 0
	fine := call(1, "somebody")
	for _, tc := range []struct {
		name string
		request
		want [len(routes)]int
	}{
		{"foreign origin", request{method: "POST", token: tokenA, body: fine, header: map[string]string{"Origin": "https://evil.example"}}, [...]int{403, 403, 403, 403, 403}},
		{"null origin", request{method: "POST", token: tokenA, body: fine, header: map[string]string{"Origin": "null"}}, [...]int{403, 403, 403, 403, 403}},
		{"foreign host", request{method: "POST", token: tokenA, body: fine, header: map[string]string{"Host": "rebound.example"}}, [...]int{403, 403, 403, 200, 403}}, // but for probes
		{"foreign host, reading", request{method: "GET", token: tokenA, header: map[string]string{"Host": "rebound.example"}}, [...]int{403, 403, 403, 200, 403}},
		{"foreign preflight", request{method: "OPTIONS", header: map[string]string{"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}}, [...]int{403, 403, 403, 403, 403}},
		{"text/plain", request{method: "POST", token: tokenA, body: fine, header: map[string]string{"Content-Type": "text/plain"}}, [...]int{415, 415, 415, 415, 415}},
		{"compressed", request{method: "POST", token: tokenA, body: fine, header: map[string]string{"Content-Encoding": "gzip"}}, [...]int{415, 415, 415, 415, 415}},
		{"oversized", request{method: "POST", token: tokenA, body: strings.Repeat(" ", 1<<20+1)}, [...]int{413, 413, 413, 413, 413}},
		{"no token", request{method: "POST", body: fine}, [...]int{401, 401, 401, 200, 401}},
		{"no token, reading", request{method: "GET"}, [...]int{401, 401, 401, 200, 401}},
		{"no token, handshake", request{method: "POST", body: `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}`}, [...]int{401, 401, 401, 200, 401}},
		{"bad token", request{method: "POST", token: "phx_with spaces", body: fine}, [...]int{401, 401, 401, 200, 401}},
		{"project token", request{method: "POST", token: "phc_00000000", body: fine}, [...]int{401, 401, 401, 200, 401}},
		{"batch", request{method: "POST", token: tokenA, body: "[" + fine + "," + fine + "]"}, [...]int{400, 405, 404, 200, 404}},
		{"not JSON", request{method: "POST", token: tokenA, body: fine[1:]}, [...]int{400, 405, 404, 200, 404}},
		{"two documents", request{method: "POST", token: tokenA, body: fine + fine}, [...]int{400, 405, 404, 200, 404}},
		{"not UTF-8", request{method: "POST", token: tokenA, body: strings.Replace(fine, "somebody", "some\xffbody", 1)}, [...]int{400, 405, 404, 200, 404}},
		{"no session", request{method: "POST", token: tokenA, body: "{}"}, [...]int{400, 405, 404, 200, 404}},
		{"GET", request{method: "GET", token: tokenA}, [...]int{405, unasked, 405, 200, 404}},
		{"HEAD", request{method: "HEAD", token: tokenA}, [...]int{405, 405, 405, 200, 404}},
		{"PUT", request{method: "PUT", token: tokenA, body: fine}, [...]int{405, 405, 405, 200, 404}},
		{"DELETE", request{method: "DELETE", token: tokenA, header: map[string]string{"Mcp-Session-Id": "x"}}, [...]int{405, 405, 405, 200, 404}},
		{"OPTIONS", request{method: "OPTIONS", token: tokenA}, [...]int{405, 405, 405, 200, 404}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := newDesk()
			h := open(t, Options{MCP: product(t, overBase(d), silent())})
			for i, route := range routes {
				if tc.want[i] == unasked {
					continue
				}
				tc.path = route
				got := h.must(tc.request)
				if got.status != tc.want[i] {
					t.Errorf("%s %s: %d, want %d\n%s", tc.method, route, got.status, tc.want[i], got.body)
				}
				if allowed := got.header.Get("Access-Control-Allow-Origin"); allowed != "" {
					t.Errorf("%s %s: open to the origin %q", tc.method, route, allowed)
				}
				if got.status == http.StatusUnauthorized && got.header.Get("WWW-Authenticate") == "" {
					t.Errorf("%s %s: 401 without WWW-Authenticate", tc.method, route)
				}
			}
			if n := d.seen.Load(); n != 0 {
				t.Errorf("PostHog saw %d requests", n)
			}
		})
	}
}

// A page on a loopback name may call, and the stream too names its origin alone.
func TestLocalPages(t *testing.T) {
	h := open(t, Options{MCP: product(t, overBase(newDesk()), silent())})
	const origin = "http://localhost:6274"
	resp, err := h.send(t.Context(), request{method: "GET", path: "/sse", token: tokenA, header: map[string]string{"Origin": origin}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if got := resp.Header.Values("Access-Control-Allow-Origin"); len(got) != 1 || got[0] != origin {
		t.Errorf("Access-Control-Allow-Origin is %q, want %q", got, origin)
	}
}

// Sessions are guarded by the token that opened them, on either side.
func TestForeignSession(t *testing.T) {
	for _, tc := range []struct {
		name, token string
		want        int
	}{
		{"another token", tokenB, http.StatusForbidden},
		{"a token that begins alike", tokenA + "0", http.StatusForbidden},
		{"none", "", http.StatusUnauthorized},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := newDesk()
			h := open(t, Options{MCP: product(t, overBase(d), silent())})
			ada := h.listen(tokenA)
			got := h.must(request{method: "POST", path: ada.post, token: tc.token, body: call(1, "x")})
			if got.status != tc.want {
				t.Errorf("%d, want %d: %s", got.status, tc.want, got.body)
			}
			if n := d.seen.Load(); n != 0 {
				t.Errorf("PostHog saw %d requests", n)
			}
			// What the stranger tried leaves no trace on the stream.
			if err := ada.say(call(2, "mine")); err != nil {
				t.Fatal(err)
			}
			if a := ada.hear(); a.ID != 2.0 || a.Result.StructuredContent.Owner != "ada" {
				t.Errorf("ada heard %+v", a)
			}
		})
	}
}
