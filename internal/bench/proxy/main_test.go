package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"posthog-mcp/internal/bench/forward"
)

func TestTheUpstreamIsAskedWithTheServersKey(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s for %s of %s", r.Method, r.RequestURI, r.Header.Get("Authorization"), r.Host)
	}))
	defer upstream.Close()
	t.Setenv("POSTHOG_HOST", upstream.URL)
	t.Setenv("POSTHOG_PERSONAL_API_KEY", "phx_fake_server")
	handler, err := newProxy(forward.FromEnv())
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(handler)
	defer proxy.Close()
	for range 2 { // the second has a used buffer
		req, err := http.NewRequest(http.MethodGet, proxy.URL+"/api/projects/@current/subscriptions/?limit=5", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer phx_fake_caller")
		resp, err := proxy.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		want := "GET /api/projects/@current/subscriptions/?limit=5 for Bearer phx_fake_server of " + upstream.Listener.Addr().String()
		if err != nil || string(body) != want {
			t.Errorf("%q, %v, want %q", body, err, want)
		}
	}
}
