package login_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zalando/go-keyring"

	"posthog-mcp/internal/login"
	"posthog-mcp/tools/engine"
)

// TestCallback makes requests of the loopback address while a login waits there; then
// the person's own browser comes.
func TestCallback(t *testing.T) {
	w := newWorld(t)
	type request struct {
		name, method, path, host string
		header                   map[string]string
		status                   int
	}
	request0 := login.Request{Scopes: someScopes}
	errs := make(chan error, 1)
	addresses := make(chan string, 1)
	request0.Show = func(address string) { addresses <- address }
	go func() {
		_, err := w.Login(t.Context(), request0)
		errs <- err
	}()
	address := <-addresses
	ends, err := url.Parse(person{}.open(t, address))
	if err != nil {
		t.Fatal(err)
	}
	code, state := ends.Query().Get("code"), ends.Query().Get("state")
	right := "/callback?" + ends.RawQuery
	for _, r := range []request{
		{name: "no state", path: "/callback?code=" + code, status: 400},
		{name: "a wrong state", path: "/callback?code=" + code + "&state=x" + state[1:], status: 400},
		{name: "a shorter state", path: "/callback?code=" + code + "&state=" + state[1:], status: 400},
		{name: "two states", path: right + "&state=x", status: 400},
		{name: "two codes", path: right + "&code=x", status: 400},
		{name: "no code", path: "/callback?state=" + state, status: 400},
		{name: "an error without the state", path: "/callback?error=access_denied", status: 400},
		{name: "another issuer", path: right + "&iss=https%3A%2F%2Fposthog.example.com", status: 400},
		{name: "another path", path: "/?" + ends.RawQuery, status: 404},
		{name: "below the path", path: "/callback/x?" + ends.RawQuery, status: 404},
		{name: "another method", method: "POST", path: right, status: 404},
		{name: "another name of this machine", path: right, host: "localhost:" + ends.Port(), status: 421},
		{name: "a name of the attacker", path: right, host: "evil.example.com:" + ends.Port(), status: 421},
		{name: "a script of another page", path: right, header: map[string]string{"Sec-Fetch-Mode": "no-cors"}, status: 403},
	} {
		sent, _ := http.NewRequest(r.method, "http://"+ends.Host+r.path, nil)
		if r.host != "" {
			sent.Host = r.host
		}
		for name, value := range r.header {
			sent.Header.Set(name, value)
		}
		res, err := http.DefaultClient.Do(sent)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != r.status || res.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %d, want %d", r.name, res.StatusCode, r.status)
		}
	}
	select {
	case err := <-errs:
		t.Fatalf("the login ended: %v", err)
	default:
	}
	if status, page := visit(t, ends.String()); status != 200 || strings.Contains(page, code) {
		t.Errorf("the right one: %d %s", status, page)
	}
	if err := <-errs; err != nil {
		t.Error(err)
	}
}

// TestSecondAnswer has a login that waits for PostHog's token get a second answer.
func TestSecondAnswer(t *testing.T) {
	arrived, proceed := make(chan bool), make(chan bool)
	w := newWorld(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == tokenPath {
				arrived <- true
				<-proceed
			}
			next.ServeHTTP(w, r)
		})
	})
	made, _, err := w.login(person{}, login.Request{Show: func(address string) {
		go func() {
			ends := person{}.open(t, address)
			go func() {
				if res, err := http.Get(ends); err == nil {
					res.Body.Close()
				}
			}()
			<-arrived
			if status, page := visit(t, ends); status != 400 || !strings.Contains(page, "has its answer already") {
				t.Errorf("%d %s", status, page)
			}
			proceed <- true
		}()
	}})
	if err != nil || made == nil {
		t.Error(err)
	}
}

// TestMetadata has hosts say wrong things about their login: nothing else is asked of
// them, and no browser is opened.
func TestMetadata(t *testing.T) {
	const key = "make a personal API key at HOST/settings/user-api-keys and set POSTHOG_PERSONAL_API_KEY"
	for name, c := range map[string]struct {
		status int
		change map[string]any // of right metadata
		body   string         // in place of it
		want   string
	}{
		"an older version":                 {status: 404, want: "HOST has no login for programs, as older versions of PostHog; " + key},
		"a page of an older version":       {body: "<!doctype html>", want: "HOST has no login for programs, as older versions of PostHog; " + key},
		"no registration":                  {change: map[string]any{"registration_endpoint": ""}, want: "HOST has no login for programs, as older versions of PostHog; " + key},
		"a fault":                          {status: 500, want: "HOST answered 500 when asked for its login; try again in a minute, or check the host"},
		"a redirect":                       {status: 302, want: "HOST answered 302 when asked for its login; try again in a minute, or check the host"},
		"another issuer":                   {change: map[string]any{"issuer": "https://eu.posthog.com"}, want: "HOST says that its login belongs to another host, which is refused"},
		"the token at another host":        {change: map[string]any{"token_endpoint": "https://evil.example.com/oauth/token/"}, want: "HOST names an address of its login that is not its own, which is refused"},
		"the page at another host":         {change: map[string]any{"authorization_endpoint": "https://evil.example.com/"}, want: "HOST names an address of its login that is not its own, which is refused"},
		"a page that is a program":         {change: map[string]any{"authorization_endpoint": "javascript:alert(1)"}, want: "HOST names an address of its login that is not its own, which is refused"},
		"revocation at another port":       {change: map[string]any{"revocation_endpoint": "http://127.0.0.1:1/"}, want: "HOST names an address of its login that is not its own, which is refused"},
		"a user in an address":             {change: map[string]any{"token_endpoint": "http://u@127.0.0.1/"}, want: "HOST names an address of its login that is not its own, which is refused"},
		"an address that moves the cursor": {change: map[string]any{"authorization_endpoint": "HOST/\u009b2J"}, want: "HOST names an address of its login that is not its own, which is refused"},
		"an address that turns around":     {change: map[string]any{"authorization_endpoint": "HOST/\u202e/"}, want: "HOST names an address of its login that is not its own, which is refused"},
		"an address with a query":          {change: map[string]any{"authorization_endpoint": "HOST/?scope=x"}, want: "HOST names an address of its login that is not its own, which is refused"},
		"a longer port":                    {change: map[string]any{"token_endpoint": "HOST1/"}, want: "HOST names an address of its login that is not its own, which is refused"},
		"a weaker challenge":               {change: map[string]any{"code_challenge_methods_supported": []string{"plain"}}, want: "HOST does not take PKCE with S256, without which a login is not safe"},
		"an answer without an end":         {body: strings.Repeat(" ", 1<<20+1), want: "reach HOST: the answer or the connection is faulty"},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			var server *httptest.Server
			server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked++
				metadata := map[string]any{"issuer": server.URL, "code_challenge_methods_supported": []string{"S256"}}
				for _, endpoint := range []string{"authorization", "token", "registration", "revocation"} {
					metadata[endpoint+"_endpoint"] = server.URL + "/oauth/" + endpoint + "/"
				}
				for name, value := range c.change {
					if text, ok := value.(string); ok {
						value = strings.Replace(text, "HOST", server.URL, 1)
					}
					metadata[name] = value
				}
				if c.status != 0 {
					w.Header().Set("Location", "/elsewhere")
					w.WriteHeader(c.status)
					return
				}
				if c.body != "" {
					_, _ = w.Write([]byte(c.body))
					return
				}
				_ = json.NewEncoder(w).Encode(metadata)
			}))
			defer server.Close()
			host, _ := url.Parse(server.URL)
			client := &login.Client{Host: host, Profile: "default", Folder: t.TempDir()}
			_, err := client.Login(t.Context(), login.Request{Show: func(string) { t.Error("a browser is opened") }})
			if err == nil || err.Error() != strings.ReplaceAll(c.want, "HOST", server.URL) || asked != 1 {
				t.Errorf("asked %d times: %v", asked, err)
			}
		})
	}
}

// TestTokenAnswers has the token endpoint answer what no login can be made of. No
// error repeats any of it.
func TestTokenAnswers(t *testing.T) {
	for body, want := range map[string]string{
		`{"error":"invalid_grant","error_description":"phr_CANARY"}`:     "exchange the code: PostHog answered 400 (invalid_grant)",
		`{"error":"phr_CANARY"}`:                                         "exchange the code: PostHog answered 400",
		`<html>phr_CANARY`:                                               "exchange the code: PostHog answered 400",
		`200{"access_token":"","scope":"phr_CANARY"}`:                    "exchange the code: PostHog's answer holds no token",
		`200phr_CANARY`:                                                  "exchange the code: PostHog's answer holds no token",
		`200{"access_token":"pha_CANARY\r\nX: y","token_type":"Bearer"}`: "PostHog's token is of a form that this program does not know",
		`200{"access_token":"pha_CANARY000","token_type":"mac"}`:         "PostHog's token is of a form that this program does not know",
		`200{"access_token":"pha_CANARY000","token_type":"Bearer","scope":"` + strings.Repeat("CANARY ", 1<<14) + `"}`: "PostHog's answer is longer than a login",
		`200{"access_token":"pha_CANARY000","token_type":"Bearer","scope":""}`:                                         "PostHog granted no scope, so no tool would work; log in again and allow some",
		`302phr_CANARY`: "exchange the code: PostHog answered 302",
	} {
		t.Run(want, func(t *testing.T) {
			w := newWorld(t, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.URL.Path != tokenPath {
						next.ServeHTTP(w, r)
						return
					}
					w.Header().Set("Content-Type", "application/json")
					w.Header().Set("Location", "/api/users/@me/?code=CANARY")
					status, text := http.StatusBadRequest, body
					if rest, ok := strings.CutPrefix(body, "200"); ok {
						status, text = 200, rest
					} else if strings.HasPrefix(body, "302") {
						status = 302
					}
					w.WriteHeader(status)
					_, _ = w.Write([]byte(text))
				})
			})
			_, page, err := w.login(person{}, login.Request{})
			if err == nil || err.Error() != want || strings.Contains(page, "CANARY") {
				t.Errorf("%v\n%s", err, page)
			}
			for _, r := range w.Requests() {
				if strings.Contains(r.Query, "CANARY") {
					t.Error("a redirect was followed")
				}
			}
		})
	}
}

// TestFile is a machine without a keyring: the login is in a file of one's own, and
// nobody else's is taken for it.
func TestFile(t *testing.T) {
	keyring.MockInitWithError(errors.New("no keyring"))
	t.Cleanup(keyring.MockInit)
	w := newWorld(t)
	if made := w.must(person{}, login.Request{}); made.InKeyring {
		t.Error("said to be in the keyring")
	}
	info, err := os.Stat(w.File())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info.Mode(), err)
	}
	other := filepath.Join(t.TempDir(), "other")
	text, _ := os.ReadFile(w.File())
	_ = os.WriteFile(other, text, 0o600)
	for name, c := range map[string]struct {
		spoil func() error
		want  string
	}{
		"a link":            {func() error { return errors.Join(os.Remove(w.File()), os.Symlink(other, w.File())) }, "is a link, which is refused: remove it"},
		"open to others":    {func() error { return os.Chmod(w.File(), 0o644) }, "other users of this machine may use"},
		"open to the group": {func() error { return os.Chmod(w.File(), 0o640) }, "other users of this machine may use"},
		"damaged":           {func() error { return os.WriteFile(w.File(), []byte(`{"host":"x"}`), 0o600) }, "is damaged"},
		"of another host": {func() error {
			return os.WriteFile(w.File(), []byte(strings.Replace(string(text), "127.0.0.1", "127.0.0.2", 1)), 0o600)
		}, "is damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			_ = os.Remove(w.File())
			if err := errors.Join(os.WriteFile(w.File(), text, 0o600), c.spoil()); err != nil {
				t.Fatal(err)
			}
			_, err := w.NewSource().Key(context.Background(), "")
			_, loaded := w.Load()
			if err == nil || !strings.Contains(err.Error(), c.want) || loaded == nil || strings.Contains(err.Error(), "pha_") {
				t.Errorf("%v; %v", err, loaded)
			}
			if failure, ok := errors.AsType[*engine.Failure](err); !ok || failure.Kind != engine.LoggedOut || errors.Is(loaded, login.ErrNone) {
				t.Errorf("%v; %v", err, loaded)
			}
			// A logout tells that PostHog does not know, and is one here.
			if err := w.Logout(t.Context()); err == nil || !strings.Contains(err.Error(), "the login is forgotten here, but PostHog may not know: ") {
				t.Error(err)
			}
			if _, err := os.Lstat(w.File()); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("kept: %v", err)
			}
		})
	}
	// A login replaces a link, and leaves alone what it leads to.
	_ = os.Remove(w.File())
	if err := os.Symlink(other, w.File()); err != nil {
		t.Fatal(err)
	}
	w.must(person{}, login.Request{})
	kept, _ := os.ReadFile(other)
	if info, err := os.Lstat(w.File()); err != nil || !info.Mode().IsRegular() || string(kept) != string(text) {
		t.Errorf("%v, %v", info, err)
	}
}

func TestLogout(t *testing.T) {
	w := newWorld(t)
	if err := w.Logout(t.Context()); !errors.Is(err, login.ErrNone) {
		t.Errorf("without a login: %v", err)
	}
	w.must(person{}, login.Request{})
	source := w.NewSource()
	key, err := source.Key(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Logout(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Load(); !errors.Is(err, login.ErrNone) {
		t.Errorf("kept: %v", err)
	}
	r, _ := http.NewRequest(http.MethodGet, w.Host.String()+me, nil)
	r.Header.Set("Authorization", "Bearer "+key.Reveal())
	res, err := http.DefaultClient.Do(r)
	if err != nil || res.StatusCode != http.StatusUnauthorized {
		t.Errorf("PostHog still takes the token: %v, %v", res, err)
	}
	if files, _ := filepath.Glob(filepath.Join(w.Folder, "*.json")); len(files) > 0 {
		t.Error(files)
	}
	if _, err := keyring.Get("posthog-mcp", "default@"+w.Host.String()); !errors.Is(err, keyring.ErrNotFound) {
		t.Errorf("in the keyring: %v", err)
	}
}

// A login is forgotten here even if PostHog is away.
func TestLogoutWithoutPostHog(t *testing.T) {
	w := newWorld(t)
	w.must(person{}, login.Request{})
	w.Base = onWay{func(*http.Request, http.RoundTripper) (*http.Response, error) { return nil, errors.New("CANARY") }, nil}
	if err := w.Logout(t.Context()); err == nil || strings.Contains(err.Error(), "CANARY") {
		t.Error(err)
	}
	if _, err := w.Load(); !errors.Is(err, login.ErrNone) {
		t.Errorf("kept: %v", err)
	}
}

// What is not forgotten is not said to be.
func TestLogoutThatCannotForget(t *testing.T) {
	for name, c := range map[string]struct {
		block string // a folder in the place of a file
		want  string
	}{
		"no locks":                 {".lock", "lock the login: "},
		"a file that remains here": {".login-default.json", "forget the login: "},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.must(person{}, login.Request{})
			w.block(c.block)
			if err := w.Logout(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "is forgotten") {
				t.Error(err)
			}
		})
	}
}

// block puts a folder that is not empty in the place of a file of the host.
func (w *world) block(end string) {
	w.t.Helper()
	path := filepath.Join(w.Folder, strings.ReplaceAll(w.Host.Host, ":", "_")+end)
	if err := errors.Join(os.RemoveAll(path), os.MkdirAll(filepath.Join(path, "x"), 0o700)); err != nil {
		w.t.Fatal(err)
	}
}

// Without a refresh token there is one token to revoke. What PostHog does with an empty
// one, nobody knows.
func TestLogoutWithoutRefreshToken(t *testing.T) {
	w := newWorld(t)
	w.Base = onWay{editToken(func(body map[string]any) { delete(body, "refresh_token") }), http.DefaultTransport}
	w.must(person{}, login.Request{})
	if err := w.Logout(t.Context()); err != nil {
		t.Fatal(err)
	}
	revoked := w.asked("/oauth/revoke/")
	if len(revoked) != 1 || !strings.Contains(revoked[0], "&token=pha_") {
		t.Error(revoked)
	}
}

func TestProfiles(t *testing.T) {
	for name, ok := range map[string]bool{"default": true, "work-2": true, "": false, "../x": false, "a/b": false, "a b": false, strings.Repeat("a", 33): false} {
		if (login.CheckProfile(name) == nil) != ok {
			t.Errorf("%q", name)
		}
	}
	w := newWorld(t)
	w.must(person{}, login.Request{})
	w.Profile = "other"
	w.must(person{id: "502"}, login.Request{})
	var who []string
	for _, w.Profile = range []string{"default", "other"} {
		kept, err := w.Load()
		if err != nil {
			t.Fatal(err)
		}
		who = append(who, kept.Who)
	}
	if diff := cmp.Diff([]string{"Maya (maya.lindqvist@hedgebox.example)", "Tomasz (tomasz.nowak@hedgebox.example)"}, who); diff != "" {
		t.Error(diff)
	}
}
