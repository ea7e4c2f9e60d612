package guard_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/transport/guard"
)

func TestPassthrough(t *testing.T) {
	const (
		asks    = `Bearer realm="posthog-mcp"`
		refuses = asks + `, error="invalid_token", error_description=`
		reason  = `"a 'personal' key begins with phx_ ? use one"`
	)
	h := wrap(t, options(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, callerOf(r)+r.Header.Get("Authorization"))
	}))
	for _, c := range []struct {
		headers   []string
		caller    string // empty: refused
		challenge string
	}{
		{[]string{"Bearer " + goodToken}, goodToken, ""},
		{[]string{"bearer " + goodToken}, goodToken, ""},
		{[]string{"BEARER   " + goodToken}, goodToken, ""},
		{nil, "", asks},
		{[]string{""}, "", asks},
		{[]string{"Basic eDp5"}, "", asks},
		{[]string{"Token " + goodToken}, "", asks},
		{[]string{goodToken}, "", asks},
		{[]string{"Bearer\t" + goodToken}, "", asks},
		{[]string{"Bearer"}, "", refuses + `"the bearer token is empty"`},
		{[]string{"Bearer "}, "", refuses + `"the bearer token is empty"`},
		{[]string{"Bearer phc_fake"}, "", refuses + reason},
		{[]string{"Bearer Bearer " + goodToken}, "", refuses + reason},
		{[]string{"Bearer " + goodToken, "Bearer " + goodToken}, "", refuses + `"more than one Authorization header: send one"`},
		{[]string{"Bearer " + goodToken, ""}, "", refuses + `"more than one Authorization header: send one"`},
	} {
		r := httptest.NewRequest(http.MethodGet, "/mcp?access_token="+goodToken, nil)
		r.Host = "localhost"
		r.Header["Authorization"] = c.headers
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		type result struct {
			Status    int
			Caller    string
			Challenge string
		}
		want := result{http.StatusOK, c.caller, c.challenge}
		got := result{w.Code, w.Body.String(), w.Header().Get("WWW-Authenticate")}
		if c.caller == "" {
			want.Status = http.StatusUnauthorized
			got.Caller = ""
			if f := decode(t, w.Body.Bytes()); f.Message == "" || strings.Contains(f.Message, goodToken) {
				t.Errorf("%q: message %q", c.headers, f.Message)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q (-want +got):\n%s", c.headers, d)
		}
		if d := cmp.Diff(c.headers, r.Header["Authorization"]); d != "" {
			t.Errorf("the server's own header was changed (-want +got):\n%s", d)
		}
	}
}

// What a client reads that brings no token, by what tokens the server takes and
// whether it knows where they come from.
func TestAskingForAToken(t *testing.T) {
	const found = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp"
	for _, c := range []struct {
		auth                         func(guard.Accept) guard.Authenticator
		metadata, message, challenge string
	}{
		{guard.Passthrough, "", "no token: send your PostHog personal API key or OAuth token in the header Authorization: Bearer TOKEN", `Bearer realm="posthog-mcp"`},
		{guard.Passthrough, found, "no token: send your PostHog personal API key or OAuth token in the header Authorization: Bearer TOKEN", `Bearer realm="posthog-mcp", resource_metadata="` + found + `"`},
		{guard.Tokens, "", "no token: send the token that you were given for this server in the header Authorization: Bearer TOKEN", `Bearer realm="posthog-mcp"`},
	} {
		o := options()
		o.Auth = c.auth(accept)
		o.Metadata = func(*http.Request) string { return c.metadata }
		r := httptest.NewRequest(http.MethodGet, "/mcp", nil)
		r.Host = "localhost"
		w := httptest.NewRecorder()
		wrap(t, o, http.HandlerFunc(reach)).ServeHTTP(w, r)
		got := []string{decode(t, w.Body.Bytes()).Message, w.Header().Get("WWW-Authenticate")}
		if d := cmp.Diff([]string{c.message, c.challenge}, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
}

func TestChallenge(t *testing.T) {
	for want, c := range map[string]guard.Challenge{
		`Bearer realm="posthog-mcp"`: {},
		`Bearer realm="posthog-mcp", error="insufficient_scope", error_description="a", scope="user:read", resource_metadata="https://x"`: {
			Error: "insufficient_scope", Description: "a", Scope: "user:read", Metadata: "https://x",
		},
		`Bearer realm="posthog-mcp", scope="a', b='c??"`: {Scope: "a\", b=\\c\r\n"},
	} {
		if d := cmp.Diff(want, c.String()); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
}

func TestLongReasonsAreCut(t *testing.T) {
	o := options()
	o.Auth = guard.Passthrough(func(context.Context, string) (context.Context, error) {
		return nil, errors.New(strings.Repeat("long ", 1000))
	})
	r := httptest.NewRequest(http.MethodGet, "/mcp", nil)
	r.Host = "localhost"
	r.Header.Set("Authorization", "Bearer x")
	w := httptest.NewRecorder()
	wrap(t, o, http.HandlerFunc(reach)).ServeHTTP(w, r)
	if got := w.Header().Get("WWW-Authenticate"); w.Code != http.StatusUnauthorized || len(got) > 400 {
		t.Errorf("status %d, challenge of %d bytes", w.Code, len(got))
	}
}

func TestNoAuthHidesTheTokenTheServerDoesNotUse(t *testing.T) {
	h := wrap(t, guard.Options{Auth: guard.NoAuth}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "token: "+r.Header.Get("Authorization"))
	}))
	r := httptest.NewRequest(http.MethodGet, "/mcp", nil)
	r.Host = "localhost"
	r.Header.Set("Authorization", "Bearer "+goodToken)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if got := w.Body.String(); got != "token: " {
		t.Errorf("the handler sees %q", got)
	}
}

// A token takes every way into the guard that there is; none leads out.
func TestTokensNeverShow(t *testing.T) {
	const canary = "phx_canary_never_to_be_seen"
	var log logBuffer
	o := options()
	o.Logger = log.logger()
	h := wrap(t, o, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/panic-text":
			panic("handler of " + callerOf(r))
		case "/panic-error":
			panic(fmt.Errorf("handler of %s", callerOf(r)))
		case "/panic-late":
			w.WriteHeader(http.StatusOK)
			panic(map[string]string{"key": callerOf(r)})
		}
	}))
	for _, path := range []string{"/mcp", "/healthz", "/panic-text", "/panic-error", "/panic-late"} {
		for _, values := range [][]string{
			{"Bearer " + canary}, {canary}, {"Basic " + canary}, {"Bearer phc_" + canary},
			{"Bearer " + canary + " " + canary}, {"Bearer " + canary, "Bearer " + canary}, {"Bearer \"" + canary},
		} {
			for _, header := range []string{"Authorization", "Cookie", "X-Api-Key"} {
				for _, host := range []string{"localhost", "evil.com"} {
					r := httptest.NewRequest(http.MethodPost, path+"?token="+canary, strings.NewReader(canary))
					r.Host = host
					r.Header.Set("Content-Type", "application/json")
					r.Header[header] = values
					w := httptest.NewRecorder()
					func() {
						// The late panic aborts the connection; net/http expects that.
						defer func() {
							if p := recover(); p != nil && p != http.ErrAbortHandler {
								t.Errorf("panicked with %v", p)
							}
						}()
						h.ServeHTTP(w, r)
					}()
					if out := fmt.Sprint(w.Body, w.Header()); strings.Contains(out, canary) {
						t.Errorf("%s, %s %q: the token shows in %s", path, header, values, out)
					}
				}
			}
		}
	}
	out := log.String()
	if strings.Contains(out, canary) {
		t.Error("the token shows in the log")
	}
	for _, line := range []string{`"panic in an HTTP handler"`, `"request refused"`} {
		if !strings.Contains(out, line) {
			t.Errorf("nothing was looked at: the log has no line %s", line)
		}
	}
}

func TestCallersAreNeverMixedUp(t *testing.T) {
	s := serve(t, wrap(t, options(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(w, "%s %s", callerOf(r), body)
	})))
	var wg sync.WaitGroup
	for caller := range 8 {
		wg.Go(func() {
			token := fmt.Sprintf("phx_fake_caller_%d", caller)
			for call := range 50 {
				body := fmt.Sprintf("%d/%d", caller, call)
				r := request(t, http.MethodPost, s.URL+"/mcp", body)
				r.Header.Set("Authorization", "Bearer "+token)
				answer, err := s.Client().Do(r)
				if err != nil {
					t.Error(err)
					return
				}
				got, _ := io.ReadAll(answer.Body)
				_ = answer.Body.Close()
				if want := token + " " + body; string(got) != want {
					t.Errorf("got %q, want %q", got, want)
				}
			}
		})
	}
	wg.Wait()
}
