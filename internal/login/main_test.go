package login_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/zalando/go-keyring"

	"posthog-mcp/internal/login"
	"posthog-mcp/internal/sandbox"
)

// TestMain keeps the tests away from the keyring of whoever runs them.
func TestMain(m *testing.M) {
	keyring.MockInit()
	os.Exit(m.Run())
}

var someScopes = []string{"subscription:read", "subscription:write", "user:read"}

// a world is a sandbox on loopback, and a client of it.
type world struct {
	*sandbox.Sandbox
	*login.Client
	t *testing.T
}

func newWorld(t *testing.T, around ...func(http.Handler) http.Handler) *world {
	t.Helper()
	box := sandbox.New()
	var handler http.Handler = box
	for _, layer := range around {
		handler = layer(handler)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	host, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return &world{box, &login.Client{Host: host, Profile: "default", Folder: t.TempDir()}, t}
}

// A person agrees at PostHog. The zero value is the first one, who allows everything.
type person struct {
	id      string
	project string
	decline []string
	denies  bool
}

// open does what a browser does with the address, and returns where it ends.
func (p person) open(t *testing.T, address string) string {
	t.Helper()
	page, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	_ = page.Body.Close()
	if page.StatusCode != http.StatusOK {
		t.Fatalf("the page of PostHog: %d", page.StatusCode)
	}
	u, _ := url.Parse(address)
	form := u.Query()
	for _, scope := range strings.Fields(form.Get("scope")) {
		if !slices.Contains(p.decline, scope) {
			form.Add("allowed", scope)
		}
	}
	form.Set("person", p.id)
	if p.id == "" {
		form.Set("person", "501")
	}
	form.Set("project", p.project)
	form.Set("answer", "allow")
	if p.denies {
		form.Set("answer", "deny")
	}
	u.RawQuery = ""
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := stay.PostForm(u.String(), form)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.Header.Get("Location")
}

// visit returns the status and the text of a page.
func visit(t *testing.T, address string) (int, string) {
	t.Helper()
	res, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(body)
}

// login lets the person log in, and returns the page where their browser ends.
func (w *world) login(p person, r login.Request) (made *login.Login, page string, err error) {
	w.t.Helper()
	ctx, stop := context.WithCancelCause(w.t.Context())
	defer stop(nil)
	if r.Scopes == nil {
		r.Scopes = someScopes
	}
	pages := make(chan string, 1)
	if r.Show == nil {
		r.Show = func(address string) {
			go func() {
				ends := p.open(w.t, address)
				if ends == "" {
					stop(errors.New("PostHog did not lead back"))
					return
				}
				_, text := visit(w.t, ends)
				pages <- text
			}()
		}
	}
	made, err = w.Login(ctx, r)
	select {
	case page = <-pages:
	default:
	}
	return made, page, err
}

// must is a login that succeeds.
func (w *world) must(p person, r login.Request) *login.Login {
	w.t.Helper()
	made, _, err := w.login(p, r)
	if err != nil {
		w.t.Fatal(err)
	}
	return made
}
