package page

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"posthog-mcp/tools"
	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/recipient"
	"posthog-mcp/transport/guard"
)

var (
	compiled         = sync.OnceValues(tools.NewCatalogue)
	compiledToAgree  = sync.OnceValues(tools.NewConfirmedCatalogue)
	readingLookups   = engine.Rules{Selection: engine.Selection{ReadOnly: true, Toolsets: []string{tools.LookupTools}}}
	aProjectOfTheirs = "987654"
)

func catalogue(t testing.TB, made func() (*engine.Catalogue, error)) *engine.Catalogue {
	t.Helper()
	c, err := made()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// limited has every rule that an operator can set.
func limited(t testing.TB) engine.Rules {
	t.Helper()
	allowed, err := recipient.New(recipient.Rules{
		EmailDomains: []string{"mail.example"}, SlackChannels: []string{"C0SECRET0"}, WebhookHosts: []string{"hook.example"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return engine.Rules{Recipients: allowed, DenyAccountChanges: true, Selection: engine.Selection{Exclude: []string{"users-destroy"}}}
}

// configs has all kinds of servers.
func configs(t testing.TB) map[string]Config {
	t.Helper()
	all, toAgree := catalogue(t, compiled), catalogue(t, compiledToAgree)
	cloud := "https://us.posthog.com"
	return map[string]Config{
		"sandbox":     {Catalogue: all, Toolbox: &engine.Toolbox{}, Access: None, KeyVariable: "THE_KEY"},
		"passthrough": {Catalogue: all, Toolbox: &engine.Toolbox{Host: cloud, Project: aProjectOfTheirs}, Access: Passthrough, KeyVariable: "THE_KEY"},
		"token": {
			Catalogue: toAgree, Toolbox: &engine.Toolbox{Host: cloud, Confirm: engine.ConfirmSends, Rules: limited(t)}, Access: Token,
			KeyVariable: "THE_KEY", PublicURL: "https://" + strings.Repeat("long.", 12) + "example.com", Draining: func() bool { return true },
		},
		"lookups": {Catalogue: all, Toolbox: &engine.Toolbox{Host: cloud, Rules: readingLookups}, Access: Passthrough, KeyVariable: "THE_KEY"},
		"nothing": {
			Catalogue: all, Access: Passthrough, KeyVariable: "THE_KEY",
			Toolbox: &engine.Toolbox{Host: cloud, Rules: engine.Rules{Selection: engine.Selection{ReadOnly: true, Tools: []string{"users-destroy"}}}},
		},
	}
}

const host = "mcp.example.com:8080"

// get asks as a browser does, behind a guard.
func get(t testing.TB, c Config) *httptest.ResponseRecorder {
	t.Helper()
	around, err := guard.New(guard.Options{Auth: guard.NoAuth, AllowedHosts: []string{host}, Paths: map[string]guard.Access{"/": guard.Open}})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+host+"/", http.NoBody)
	w := httptest.NewRecorder()
	around(New(c)).ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("the page answers %d: %s", w.Code, w.Body)
	}
	return w
}

func parse(t testing.TB, w *httptest.ResponseRecorder) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(w.Body.String()))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// largest is the most bytes of the page as sent.
const largest = 70_000

func TestSize(t *testing.T) {
	for name, c := range configs(t) {
		w := get(t, c)
		if w.Body.Len() > largest {
			t.Errorf("%s: %d bytes, more than %d", name, w.Body.Len(), largest)
		}
		if length := w.Header().Get("Content-Length"); length != strconv.Itoa(w.Body.Len()) {
			t.Errorf("%s: Content-Length %s of %d bytes", name, length, w.Body.Len())
		}
		t.Logf("%s: %d bytes", name, w.Body.Len())
	}
}

// The page needs no credentials; everything else does.
func TestBehindTheGuard(t *testing.T) {
	around, err := guard.New(guard.Options{
		Auth: guard.Passthrough(nil), AllowedHosts: []string{host}, Paths: map[string]guard.Access{"/": guard.Open},
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", New(configs(t)["passthrough"]))
	for _, c := range []struct {
		method, url string
		header      http.Header
		want        int
	}{
		{"GET", "http://" + host + "/", nil, 200},
		{"HEAD", "http://localhost:8080/", nil, 200},
		{"GET", "http://" + host + "/?x=1", nil, 200},
		{"GET", "http://" + host + "/mcp", nil, 401},
		{"GET", "http://" + host + "//", nil, 401},
		{"GET", "http://" + host + "/%2e", nil, 401},
		{"POST", "http://" + host + "/", http.Header{"Content-Type": {"application/json"}}, 405},
		{"GET", "http://rebound.example/", nil, 403},
		{"GET", "http://" + host + "/", http.Header{"Origin": {"https://other.example"}}, 403},
	} {
		r := httptest.NewRequestWithContext(t.Context(), c.method, c.url, http.NoBody)
		for name, values := range c.header {
			r.Header[name] = values
		}
		w := httptest.NewRecorder()
		around(mux).ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%s %s %v: %d, want %d", c.method, c.url, c.header, w.Code, c.want)
		}
	}
}

// A stranger sees the limits for everyone, but no name in the rules.
func TestStranger(t *testing.T) {
	for name, c := range configs(t) {
		page := get(t, c).Body.String()
		for _, private := range []string{aProjectOfTheirs, "mail.example", "C0SECRET0", "hook.example"} {
			if strings.Contains(page, private) {
				t.Errorf("%s: the page has %s", name, private)
			}
		}
	}
}

// The page shows the state at the time of the request.
func TestMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, draining := configs(t)["passthrough"], false
		c.Draining = func() bool { return draining }
		h := New(c)
		read := func() string {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
			doc := parse(t, w)
			state := one(t, doc, func(n *html.Node) bool { return hasClass(n, "state") })
			return text(state) + "; " + facts(t, doc)["Running for"] + "; " + facts(t, doc)["State"]
		}
		got := []string{read()}
		time.Sleep(90 * time.Minute)
		draining = true
		got = append(got, read())
		want := []string{
			"Ready; less than a minute; Ready",
			"Shutting down; 1 hour; Shutting down: calls in flight are finished, new ones refused",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// Nobody gets the page that was rendered for another name of the server.
func TestTogether(t *testing.T) {
	h := New(configs(t)["passthrough"])
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			name := "host-" + strconv.Itoa(i%4) + ".example"
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+name+"/", http.NoBody)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if n := strings.Count(w.Body.String(), name); n < 10 {
				t.Errorf("the page of %s names it %d times", name, n)
			}
		})
	}
	all.Wait()
}
