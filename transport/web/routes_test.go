package web

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/reload"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/guard"
	"posthog-mcp/transport/posthog"
	"posthog-mcp/transport/tokens"
)

const (
	ticketA = "fake-ticket-of-ada"
	ticketB = "fake-ticket-of-bob"
)

// tickets is a file of named tokens, and who knows it.
type tickets struct {
	t    *testing.T
	path string
	file tokens.File
}

// issue opens a file with these entries, and follows it.
func issue(t *testing.T, entries ...string) *tickets {
	t.Helper()
	k := &tickets{t: t, path: filepath.Join(t.TempDir(), "tokens")}
	k.write(entries...)
	var err error
	if k.file, err = tokens.Open(t.Context(), k.path, func(engine.Selection) error { return nil }, silent()); err != nil {
		t.Fatal(err)
	}
	return k
}

func (k *tickets) write(entries ...string) {
	if err := os.WriteFile(k.path, []byte(`{"tokens":[`+strings.Join(entries, ",")+`]}`), 0o600); err != nil {
		k.t.Fatal(err)
	}
}

// replace writes the file anew, on synctest's clock, and waits until it is read.
func (k *tickets) replace(entries ...string) {
	k.write(entries...)
	time.Sleep(reload.Every)
	synctest.Wait()
}

// ticket is an entry of the file; more are further members.
func ticket(name, token, more string) string {
	return fmt.Sprintf(`{"name":%q,"sha256":"%x"%s}`, name, sha256.Sum256([]byte(token)), more)
}

// credentialsShown are the kinds of credentials: the Authorization headers of
// each.
var credentialsShown = map[string][]string{
	"none":             nil,
	"Basic":            {"Basic YTpi"},
	"an empty one":     {"Bearer "},
	"garbage":          {"Bearer phx_with spaces"},
	"a project token":  {"Bearer phc_00000000"},
	"two headers":      {"Bearer " + tokenA, "Bearer " + ticketA},
	"a personal key":   {"Bearer " + tokenA},
	"an OAuth token":   {"Bearer " + oauthC},
	"a token":          {"Bearer " + ticketA},
	"a removed token":  {"Bearer " + ticketB},
	"an unknown token": {"Bearer fake-ticket-of-nobody"},
}

// What every route answers, to every credential, in every way to authenticate.
func TestEveryRouteAndCredential(t *testing.T) {
	routes := [...]struct{ method, path string }{
		{"POST", "/mcp"}, {"GET", "/mcp"}, {"DELETE", "/mcp"}, {"OPTIONS", "/mcp"},
		{"GET", "/sse"}, {"POST", "/sse"}, {"POST", "/message?sessionId=x"}, {"GET", "/message"},
		{"POST", "/mcp/"}, {"GET", "/mcp/"}, {"GET", "/sse/"}, {"POST", "/sse/"}, {"POST", "/message/?sessionId=x"}, {"GET", "/message/"},
		{"GET", "/nowhere"}, {"GET", "/mcp/x"}, {"GET", "/.well-known/oauth-authorization-server"}, {"GET", "/%68ealthz"},
		{"GET", "/healthz"}, {"POST", "/healthz"},
		{"GET", "/.well-known/oauth-protected-resource"}, {"GET", "/.well-known/oauth-protected-resource/mcp"},
		{"HEAD", "/.well-known/oauth-protected-resource/sse"}, {"POST", "/.well-known/oauth-protected-resource"},
	}
	type statuses [len(routes)]int
	var (
		admitted = statuses{200, 405, 405, 405, 200, 405, 404, 405, 200, 405, 200, 405, 404, 405, 404, 404, 404, 200, 200, 200}
		refused  = statuses{401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 200, 200}
	)
	// closing adds what the descriptions answer: they are in one way only.
	closing := func(s statuses, described int) statuses {
		copy(s[len(routes)-4:], []int{described, described, described, 405})
		return s
	}
	everyone := slices.Collect(maps.Keys(credentialsShown))
	for mode, m := range map[string]struct {
		auth func(*tickets) guard.Authenticator
		// lets are the credentials that are taken.
		lets      []string
		described int
	}{
		"passthrough": {func(*tickets) guard.Authenticator { return passthrough }, []string{"a personal key", "an OAuth token", "a token", "a removed token", "an unknown token"}, 200},
		"token":       {func(k *tickets) guard.Authenticator { return guard.Tokens(k.file.Accept) }, []string{"a token"}, 404},
		"none":        {func(*tickets) guard.Authenticator { return guard.NoAuth }, everyone, 404},
	} {
		t.Run(mode, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := issue(t, ticket("ada", ticketA, ""), ticket("bob", ticketB, ""))
				d := newDesk()
				o := Options{MCP: product(t, posthog.Options{Base: d, Key: tokenA}, silent()), Guard: guard.Options{Auth: m.auth(k)}}
				if mode == "passthrough" {
					o.Resource = Resource{AuthorizationServer: "https://us.posthog.com"}
				}
				h, _ := openPiped(t, o)
				k.replace(ticket("ada", ticketA, ""))
				for name, headers := range credentialsShown {
					want := closing(refused, m.described)
					if slices.Contains(m.lets, name) {
						want = closing(admitted, m.described)
					}
					for i, route := range routes {
						got := h.knock(route.method, route.path, headers)
						if got.StatusCode != want[i] {
							t.Errorf("%s: %s %s: %d, want %d", name, route.method, route.path, got.StatusCode, want[i])
						}
						challenge := got.Header.Get("WWW-Authenticate")
						if (challenge != "") != (got.StatusCode == http.StatusUnauthorized) || strings.Contains(challenge, "resource_metadata") != (challenge != "" && mode == "passthrough") {
							t.Errorf("%s: %s %s: WWW-Authenticate: %s", name, route.method, route.path, challenge)
						}
					}
				}
				if n := d.seen.Load(); n != 0 {
					t.Errorf("PostHog saw %d requests", n)
				}
			})
		})
	}
}

// knock asks for a route, and leaves when it has the status.
func (h *house) knock(method, path string, authorization []string) *http.Response {
	h.t.Helper()
	ctx, cancel := context.WithCancel(h.t.Context())
	defer cancel()
	body := ""
	if method == http.MethodPost {
		body = `{"jsonrpc":"2.0","id":1,"method":"ping"}`
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://"+h.addr+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	r.Header["Authorization"] = authorization
	resp, err := h.client.Transport.RoundTrip(r)
	if err != nil {
		h.t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp
}

// Behind named tokens it is the server's own key that goes to PostHog, and what
// is open for one caller is closed to all others, and to its own once removed.
func TestTokensOnAStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := issue(t, ticket("ada", ticketA, ""), ticket("bob", ticketB, ""))
		d := newDesk()
		h, _ := openPiped(t, Options{
			MCP:   product(t, posthog.Options{Base: d, Key: tokenB}, silent()),
			Guard: guard.Options{Auth: guard.Tokens(k.file.Accept)},
		})
		stream := h.listen(ticketB)
		if err := stream.say(call(1, "x")); err != nil {
			t.Fatal(err)
		}
		belongs(t, stream.hear(), nil, 1, owners[tokenB], "x")
		before := d.seen.Load()
		post := request{method: "POST", path: stream.post, body: call(2, "x")}
		for _, step := range []struct {
			token   string
			removed bool
			want    int
		}{
			{ticketA, false, http.StatusForbidden},
			{ticketB, true, http.StatusUnauthorized},
			{ticketA, true, http.StatusForbidden},
		} {
			if step.removed {
				k.replace(ticket("ada", ticketA, ""))
			}
			post.token = step.token
			if got := h.must(post); got.status != step.want {
				t.Errorf("removed %v: %d, want %d: %s", step.removed, got.status, step.want, got.body)
			}
		}
		if n := d.seen.Load() - before; n != 0 {
			t.Errorf("PostHog saw %d requests", n)
		}
	})
}

// The limits of a token and the caller's own settings both hold, on either
// transport.
func TestLimitsOfATokenOverHTTP(t *testing.T) {
	k := issue(t, ticket("ada", ticketA, `,"toolsets":["subscriptions"],"project":7`))
	d := newDesk()
	h := open(t, Options{MCP: product(t, overBase(d), silent()), Guard: guard.Options{Auth: guard.Tokens(k.file.Accept)}})
	want := []string{"subscriptions-list", "subscriptions-retrieve", "subscriptions-summary-quota-retrieve"}
	got := h.must(request{method: "POST", path: "/mcp?read_only=true", token: ticketA, body: listTools})
	if diff := cmp.Diff(want, toolNames(t, got.body)); diff != "" {
		t.Errorf("on /mcp (-want +got):\n%s", diff)
	}
	e, err := h.listenOn("/sse?read_only=true", ticketA)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.say(listTools); err != nil {
		t.Fatal(err)
	}
	_, data, err := e.next()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, toolNames(t, data)); diff != "" {
		t.Errorf("on a stream (-want +got):\n%s", diff)
	}
	elsewhere := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"subscriptions-list","arguments":{"project_id":8}}}`
	if got := h.must(request{method: "POST", path: "/mcp", token: ticketA, body: elsewhere}); !strings.Contains(got.body, "project 7 alone") {
		t.Errorf("in another project: %s", got.body)
	}
	if n := d.seen.Load(); n != 0 {
		t.Errorf("PostHog saw %d requests", n)
	}
}
