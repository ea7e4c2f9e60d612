package sandbox_test

import (
	"testing"
	"time"

	"posthog-mcp/internal/sandbox"
)

func throttled(wait string) string {
	return envelope("throttled_error", "throttled", "Request was throttled. Expected available in "+wait+".", "")
}

// TestRates repeats a call up to its rate, checks the next one, and then moves the clock
// until the call is allowed again.
func TestRates(t *testing.T) {
	limited := func(r *sandbox.Switches) { r.RateLimits = true }
	quota := "GET " + subs + "summary_quota/"
	for _, f := range []struct {
		name    string
		rules   func(*sandbox.Switches)
		key     string
		call    string
		allowed int
		ok      int
		wait    string
		seconds string
	}{
		{"burst", limited, "", quota, 480, 200, "60 seconds", "60"},
		{"test deliveries per project", nil, "", "POST " + subs + "1101/test-delivery/", 10, 202, "60 seconds", "60"},
		{"test deliveries of tokens", nil, sandbox.OAuthLive, "POST " + subs + "1101/test-delivery/", 10, 202, "60 seconds", "60"},
		{"insights", limited, "", "GET " + main + "insights/?basic=true&limit=1", 240, 200, "60 seconds", "60"},
		{"disabled ones count too", nil, "", "POST " + subs + "1113/test-delivery/", 10, 409, "60 seconds", "60"},
		{"refused ones count too", nil, "", "POST " + subs + "1/test-delivery/", 10, 404, "60 seconds", "60"},
		{"current_password", nil, "", patchMe(`{"current_password":"x"}`), 5, 200, "60 seconds", "60"},
	} {
		t.Run(f.name, func(t *testing.T) {
			s := serve(t)
			if f.rules != nil {
				s.Switch(f.rules)
			}
			for i := range f.allowed {
				if got := s.do(fact{key: f.key, call: f.call}); got.status != f.ok {
					t.Fatalf("call %d: %d %s", i+1, got.status, got.body)
				}
			}
			got := s.do(fact{key: f.key, call: f.call})
			if got.status != 429 || got.body != throttled(f.wait) || got.header.Get("Retry-After") != f.seconds {
				t.Errorf("%d %s %q", got.status, got.body, got.header.Get("Retry-After"))
			}
			s.Advance(59*time.Second + time.Millisecond)
			if got := s.do(fact{key: f.key, call: f.call}); got.body != throttled("1 second") {
				t.Errorf("a second before: %s", got.body)
			}
			s.Advance(time.Second)
			if got := s.do(fact{key: f.key, call: f.call}); got.status != f.ok {
				t.Errorf("afterwards: %d", got.status)
			}
		})
	}
}

func TestSustainedRate(t *testing.T) {
	t.Parallel()
	s := serve(t, sandbox.WithSwitches(func(r *sandbox.Switches) { r.RateLimits = true }))
	for range 10 {
		for range 480 {
			if got, _, err := inProcess(t.Context(), t, s.Sandbox, "GET", subs+"summary_quota/", ""); got != 200 {
				t.Fatal(got, err)
			}
		}
		s.Advance(time.Minute)
	}
	if got := s.call("GET " + subs + "summary_quota/"); got.body != throttled("3000 seconds") {
		t.Error(got.body)
	}
}

// TestWhoSharesARate tests which calls share a rate.
func TestWhoSharesARate(t *testing.T) {
	s := serve(t, sandbox.WithSwitches(func(r *sandbox.Switches) { r.RateLimits = true }))
	for i := range 480 {
		if got := s.call("GET " + []string{subs + "summary_quota/", share, subs + "1101/"}[i%3]).status; got != 200 {
			t.Fatal(got)
		}
	}
	for i := range 10 {
		f := fact{key: []string{sandbox.KeyAll, sandbox.OAuthLive, sandbox.KeyStaff}[i%3], call: "POST " + subs + []string{"1101", "1104"}[i%2] + "/test-delivery/"}
		if got := s.do(f).status; got != 202 {
			t.Fatal(got)
		}
	}
	for _, f := range []struct {
		name, key, call string
		status          int
	}{
		{"the same key, another endpoint", "", "GET " + main + "dashboards/", 429},
		{"another key of the same person", sandbox.KeyReadOnly, "GET " + subs + "summary_quota/", 200},
		{"a rate of its own", "", "GET " + main + "insights/?basic=true&limit=1", 200},
		{"users have no burst", "", "GET " + me + "github_login/", 200},
		{"test deliveries, another key", sandbox.KeySubscriptionsOnly, "POST " + subs + "1103/test-delivery/", 429},
		{"test deliveries, another project", "", "POST projects/31002/subscriptions/1131/test-delivery/", 202},
	} {
		if got := s.do(fact{key: f.key, call: f.call}); got.status != f.status {
			t.Errorf("%s: %d %s", f.name, got.status, got.body)
		}
	}
}

func TestWhoIsNotThrottled(t *testing.T) {
	s := serve(t, sandbox.WithSwitches(func(r *sandbox.Switches) { r.RateLimits = true }))
	for range 500 {
		if got := s.do(fact{key: sandbox.OAuthLive, call: "GET " + subs + "summary_quota/"}).status; got != 200 {
			t.Fatalf("token: %d", got)
		}
		if got := s.call("GET " + me + "hedgehog_config/").status; got != 200 {
			t.Fatalf("hedgehog: %d", got)
		}
	}
}
