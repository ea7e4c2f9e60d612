package sandbox_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"posthog-mcp/internal/sandbox"
)

// program is one that registers at a sandbox and logs people in.
type program struct {
	t *testing.T
	*sandbox.Sandbox
	id string
}

const (
	redirect = "http://127.0.0.1:4711/done"
	verifier = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJK"
)

// send makes a request, and returns the status, what a browser would go to, and the
// JSON of the answer.
func (p program) send(method, path string, form url.Values) (int, url.Values, map[string]any) {
	p.t.Helper()
	r, _ := http.NewRequest(method, "http://sandbox"+path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.do(r)
}

func (p program) do(r *http.Request) (int, url.Values, map[string]any) {
	p.t.Helper()
	res, err := p.RoundTripper().RoundTrip(r)
	if err != nil {
		p.t.Fatal(err)
	}
	var body map[string]any
	text, _ := io.ReadAll(res.Body)
	_ = json.Unmarshal(text, &body)
	to, _ := url.Parse(res.Header.Get("Location"))
	return res.StatusCode, to.Query(), body
}

func (p program) register(body string) (int, map[string]any) {
	p.t.Helper()
	r, _ := http.NewRequest(http.MethodPost, "http://sandbox/oauth/register/", strings.NewReader(body))
	status, _, answer := p.do(r)
	return status, answer
}

func newProgram(t *testing.T, grants string) program {
	t.Helper()
	p := program{t: t, Sandbox: sandbox.New()}
	status, made := p.register(`{"redirect_uris":["http://127.0.0.1/done"],"client_name":"A program","grant_types":[` + grants + `]}`)
	if status != 201 {
		t.Fatalf("%d %v", status, made)
	}
	p.id = made["client_id"].(string)
	return p
}

// ask is the query of the page, with changes in pairs.
func (p program) ask(changes ...string) url.Values {
	form := url.Values{
		"client_id": {p.id}, "redirect_uri": {redirect}, "response_type": {"code"}, "state": {"s"}, "scope": {"user:read dashboard:read nothing:read"},
		"code_challenge": {oauth2.S256ChallengeFromVerifier(verifier)}, "code_challenge_method": {"S256"},
		"answer": {"allow"}, "allowed": {"user:read", "dashboard:read"}, "person": {"501"},
	}
	for i := 0; i < len(changes); i += 2 {
		form.Set(changes[i], changes[i+1])
	}
	return form
}

// token makes a token's request, with changes in pairs.
func (p program) token(fields ...string) (int, map[string]any) {
	p.t.Helper()
	form := url.Values{"client_id": {p.id}, "redirect_uri": {redirect}, "code_verifier": {verifier}, "grant_type": {"authorization_code"}}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	status, _, body := p.send("POST", "/oauth/token/", form)
	return status, body
}

func TestRegistrationRules(t *testing.T) {
	for body, want := range map[string]string{
		`{"redirect_uris":["http://127.0.0.1/x"]}`:                                          "",
		`{"redirect_uris":["http://[::1]:80/x","http://localhost/x","https://x.example/"]}`: "",
		`{"redirect_uris":["cursor://x/y"],"client_name":"An MCP server for PostHog"}`:      "",
		`{}`:                   "invalid_redirect_uri",
		`{"redirect_uris":[]}`: "invalid_redirect_uri",
		`{"redirect_uris":["http://10.0.0.1/x"]}`:                                             "invalid_redirect_uri",
		`{"redirect_uris":["https://a b"]}`:                                                   "invalid_redirect_uri",
		`{"redirect_uris":["https://x/"],"client_name":"PostHog tool"}`:                       "invalid_client_metadata",
		`{"redirect_uris":["https://x/"],"client_name":"An OFFICIAL tool"}`:                   "invalid_client_metadata",
		`{"redirect_uris":["https://x/"],"client_name":"` + strings.Repeat("a", 256) + `"}`:   "invalid_client_metadata",
		`{"redirect_uris":["https://x/"],"grant_types":["password"]}`:                         "invalid_client_metadata",
		`{"redirect_uris":["https://x/"],"response_types":["token"]}`:                         "invalid_client_metadata",
		`{"redirect_uris":["https://x/"],"token_endpoint_auth_method":"client_secret_basic"}`: "invalid_client_metadata",
		`no JSON`: "invalid_client_metadata",
	} {
		status, answer := program{t: t, Sandbox: sandbox.New()}.register(body)
		got, _ := answer["error"].(string)
		if got != want || (want == "") != (status == 201) {
			t.Errorf("%s: %d %v", body, status, answer)
		}
	}
	p := newProgram(t, "")
	for range 59 {
		p.register(`{"redirect_uris":["https://x/"]}`)
	}
	if status, _ := p.register(`{"redirect_uris":["https://x/"]}`); status != 429 {
		t.Errorf("the 61st in a minute: %d", status)
	}
	p.Advance(2 * time.Minute)
	if status, _ := p.register(`{"redirect_uris":["https://x/"]}`); status != 201 {
		t.Errorf("later: %d", status)
	}
}

func TestAuthorize(t *testing.T) {
	p := newProgram(t, `"authorization_code"`)
	for _, c := range []struct {
		changes []string
		status  int
		want    string // the error that the program gets
	}{
		{[]string{"client_id", "x"}, 400, ""},
		{[]string{"redirect_uri", "http://127.0.0.1:1/other"}, 400, ""},
		{[]string{"redirect_uri", "http://evil.example/done"}, 400, ""},
		{[]string{"redirect_uri", "http://localhost:4711/done"}, 400, ""},
		{[]string{"response_type", "token"}, 302, "unsupported_response_type"},
		{[]string{"code_challenge", ""}, 302, "invalid_request"},
		{[]string{"code_challenge_method", "plain"}, 302, "invalid_request"},
		{[]string{"prompt", "none"}, 302, "consent_required"},
		{[]string{"answer", "deny"}, 302, "access_denied"},
		{[]string{"required_access_level", "project"}, 200, ""}, // the page again: a project is needed
		{nil, 302, ""},
	} {
		status, to, _ := p.send("POST", "/oauth/authorize/", p.ask(c.changes...))
		if status != c.status || to.Get("error") != c.want || status == 302 && to.Get("state") != "s" {
			t.Errorf("%v: %d %v", c.changes, status, to)
		}
	}
}

// code lets a person agree.
func (p program) code(changes ...string) string {
	p.t.Helper()
	_, to, _ := p.send("POST", "/oauth/authorize/", p.ask(changes...))
	return to.Get("code")
}

func TestCodes(t *testing.T) {
	p := newProgram(t, `"authorization_code","refresh_token"`)
	for name, fields := range map[string][]string{
		"unknown":              {"code", "x"},
		"another verifier":     {"code", p.code(), "code_verifier", "x"},
		"another redirect":     {"code", p.code(), "redirect_uri", redirect + "x"},
		"an unknown refresh":   {"grant_type", "refresh_token", "refresh_token", "phr_x"},
		"a refresh of nothing": {"grant_type", "refresh_token"},
	} {
		if status, answer := p.token(fields...); status != 400 || answer["error"] != "invalid_grant" {
			t.Errorf("%s: %d %v", name, status, answer)
		}
	}
	late := p.code()
	p.Advance(6 * time.Minute)
	if status, _ := p.token("code", late); status != 400 {
		t.Errorf("after its time: %d", status)
	}
	code := p.code()
	status, first := p.token("code", code)
	if status != 200 || first["expires_in"] != 604800.0 || first["scope"] != "user:read dashboard:read" || first["token_type"] != "Bearer" {
		t.Fatalf("%d %v", status, first)
	}
	if got := p.status(first); got != 200 {
		t.Errorf("the token: %d", got)
	}
	if status, answer := p.token("code", code); status != 400 || answer["error"] != "invalid_grant" {
		t.Errorf("a second time: %d %v", status, answer)
	}
	if got := p.status(first); got != 401 {
		t.Errorf("the token of a code that came twice: %d", got)
	}
	if status, answer := p.token("client_id", "x"); status != 401 || answer["error"] != "invalid_client" {
		t.Errorf("another program: %d %v", status, answer)
	}
	if status, answer := p.token("grant_type", "password"); status != 400 || answer["error"] != "unsupported_grant_type" {
		t.Errorf("another grant: %d %v", status, answer)
	}
}

// status is that of a call with a token.
func (p program) status(token map[string]any) int {
	p.t.Helper()
	r, _ := http.NewRequest(http.MethodGet, "http://sandbox/api/users/@me/", nil)
	r.Header.Set("Authorization", "Bearer "+token["access_token"].(string))
	status, _, _ := p.do(r)
	return status
}

// Tokens last 7 days; a refresh replaces the access token and keeps the other.
func TestTokensOfALogin(t *testing.T) {
	p := newProgram(t, `"authorization_code","refresh_token"`)
	_, first := p.token("code", p.code())
	p.Advance(7*24*time.Hour + time.Second)
	if got := p.status(first); got != 401 {
		t.Errorf("after 7 days: %d", got)
	}
	refresh := []string{"grant_type", "refresh_token", "refresh_token", first["refresh_token"].(string)}
	_, second := p.token(refresh...)
	if p.status(second) != 200 || second["refresh_token"] != first["refresh_token"] {
		t.Errorf("refreshed: %v", second)
	}
	p.Switch(func(s *sandbox.Switches) { s.Fault = sandbox.Fault{Status: 503, Times: 1} })
	if status, answer := p.token(refresh...); status != 503 || answer["error"] != "temporarily_unavailable" {
		t.Errorf("%d %v", status, answer)
	}
	if status, _, _ := p.send("POST", "/oauth/revoke/", url.Values{"token": {first["refresh_token"].(string)}}); status != 200 {
		t.Errorf("revoked: %d", status)
	}
	status, answer := p.token(refresh...)
	if diff := cmp.Diff([]any{401, 400, "invalid_grant"}, []any{p.status(second), status, answer["error"]}); diff != "" {
		t.Errorf("revoked: %s", diff)
	}
	if _, alone := newProgram(t, "").token("code", "x"); alone["refresh_token"] != nil {
		t.Error("a refresh token without the grant")
	}
}

// Other web pages cannot agree for a person.
func TestConsentOfAnotherPage(t *testing.T) {
	p := newProgram(t, "")
	r, _ := http.NewRequest(http.MethodPost, "http://sandbox/oauth/authorize/", strings.NewReader(p.ask().Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if status, _, _ := p.do(r); status != 403 {
		t.Errorf("%d", status)
	}
}
