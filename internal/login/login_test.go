package login_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zalando/go-keyring"

	"posthog-mcp/internal/login"
)

func TestLogin(t *testing.T) {
	for name, c := range map[string]struct {
		person  person
		request login.Request
		scopes  string
		who     string
		project string
		err     string
		page    string
	}{
		"all is allowed":           {scopes: "subscription:read subscription:write user:read", who: "Maya (maya.lindqvist@hedgebox.example)", page: "You can close this page."},
		"some scopes are declined": {person: person{decline: []string{"subscription:write", "user:read"}}, scopes: "subscription:read", page: "You can close this page."},
		"another person":           {person: person{id: "502"}, scopes: "subscription:read subscription:write user:read", who: "Tomasz (tomasz.nowak@hedgebox.example)"},
		"a project that was asked for": {request: login.Request{Project: "31002"}, person: person{project: "31002"},
			scopes: "subscription:read subscription:write user:read", who: "Maya (maya.lindqvist@hedgebox.example)", project: "31002"},
		"the person's own project": {person: person{project: "31002"}, scopes: "subscription:read subscription:write user:read", who: "Maya (maya.lindqvist@hedgebox.example)", project: "31002"},
		"nothing is allowed":       {person: person{decline: someScopes}, err: "PostHog granted no scope, so no tool would work; log in again and allow some", page: "granted no scope"},
		"declined":                 {person: person{denies: true}, err: "access was declined at PostHog, so nobody is logged in", page: "access was declined"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			made, page, err := w.login(c.person, c.request)
			if c.err != "" {
				if err == nil || err.Error() != c.err {
					t.Fatalf("error %v", err)
				}
				if _, err := w.Load(); err == nil {
					t.Error("something is kept all the same")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			_ = page
			kept, err := w.Load()
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range []*login.Login{made, kept} {
				if diff := cmp.Diff([]any{c.scopes, c.who, c.project, true}, []any{strings.Join(l.Scopes, " "), l.Who, l.Project, l.InKeyring}); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// asked are the members of the body of a request to a path.
func (w *world) asked(path string) (bodies []string) {
	for _, r := range w.Requests() {
		if r.Path == path {
			bodies = append(bodies, string(r.Body))
		}
	}
	return bodies
}

// A registration is used again, and made anew once the host has forgotten it.
func TestRegistration(t *testing.T) {
	w := newWorld(t)
	w.must(person{}, login.Request{})
	w.must(person{}, login.Request{})
	made := w.asked("/oauth/register/")
	if len(made) != 1 {
		t.Fatalf("registered %d times", len(made))
	}
	var sent map[string]any
	if err := json.Unmarshal([]byte(made[0]), &sent); err != nil {
		t.Fatal(err)
	}
	delete(sent, "client_name")
	if diff := cmp.Diff(map[string]any{
		"redirect_uris": []any{"http://127.0.0.1/callback"}, "grant_types": []any{"authorization_code", "refresh_token"},
		"response_types": []any{"code"}, "token_endpoint_auth_method": "none",
	}, sent); diff != "" {
		t.Error(diff)
	}
	w.Reset()
	w.must(person{}, login.Request{})
	if made := w.asked("/oauth/register/"); len(made) != 1 {
		t.Errorf("registered %d times after the host forgot", len(made))
	}
}

// Two people log in at the same time, in one profile and in another: each gets an
// answer of their own, and what is kept is whole.
func TestLoginsAtTheSameTime(t *testing.T) {
	w := newWorld(t)
	// The file: the keyring's mock is not safe for several processes at once.
	keyring.MockInitWithError(errors.New("no keyring"))
	t.Cleanup(keyring.MockInit)
	other := *w
	other.Client = &login.Client{Host: w.Host, Folder: w.Folder, Profile: "other"}
	var all sync.WaitGroup
	for _, one := range []*world{w, w, &other, &other} {
		all.Go(func() {
			if _, page, err := one.login(person{}, login.Request{}); err != nil {
				t.Errorf("%v: %s", err, page)
			}
		})
	}
	all.Wait()
	for _, one := range []*world{w, &other} {
		if _, err := one.NewSource().Key(t.Context(), ""); err != nil {
			t.Error(err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(w.Folder, "*-new")); len(left) > 0 {
		t.Error(left)
	}
	before := len(w.asked("/oauth/register/"))
	w.must(person{}, login.Request{})
	if made := w.asked("/oauth/register/"); len(made) != before {
		t.Errorf("registered again: %d, then %d", before, len(made))
	}
}

// A machine without IPv4 has the answer at [::1].
func TestLoginOverIPv6(t *testing.T) {
	w := newWorld(t)
	w.Listen = func(ctx context.Context, network, address string) (net.Listener, error) {
		if address == "127.0.0.1:0" {
			return nil, syscall.EADDRNOTAVAIL
		}
		return (&net.ListenConfig{}).Listen(ctx, network, address)
	}
	w.must(person{}, login.Request{})
	if made := w.asked("/oauth/register/"); len(made) != 1 || !strings.Contains(made[0], `["http://[::1]/callback"]`) {
		t.Error(made)
	}
}

func TestPage(t *testing.T) {
	w := newWorld(t)
	done := make(chan string, 1)
	request := login.Request{Scopes: someScopes, Show: func(address string) {
		go func() {
			ends := person{}.open(t, address)
			status, text := visit(t, ends)
			if status != http.StatusOK {
				text = "status"
			}
			done <- text
		}()
	}}
	if _, err := w.Login(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	if text := <-done; !strings.Contains(text, "You can close this page.") || strings.Contains(text, "code") {
		t.Error(text)
	}
}
