package sandbox_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSteering(t *testing.T) {
	json := "application/json"
	check(t, []fact{
		{name: "outbox", before: []string{"POST " + subs + "1103/test-delivery/"}, call: "GET /_sandbox/outbox", status: 200,
			want: `{"messages":[{"kind":"slack","to":"C0GROWTH001","subject":"PostHog report - Signup funnel to #growth","text":"","subscription":1103,"trigger":"manual","at":"2026-06-15T12:00:00Z"}]}`},
		{name: "no key needed", key: "-", call: "GET /_sandbox/outbox", status: 200, want: `{"messages":[]}`},
		{name: "requests", before: []string{"GET " + me + "?x=y"}, call: "GET /_sandbox/requests", status: 200,
			want: `{"requests":[{"method":"GET","path":"/api/users/@me/","query":"x=y","status":200}]}`},
		{name: "clock", call: "GET /_sandbox/clock", status: 200, want: `{"now":"2026-06-15T12:00:00Z"}`},
		{name: "clock forward", call: `POST /_sandbox/clock {"advance":"36h"}`, status: 200, want: `{"now":"2026-06-17T00:00:00Z"}`},
		{name: "clock to", call: `POST /_sandbox/clock {"to":"2027-01-04T09:00:00+01:00"}`, status: 200, want: `{"now":"2027-01-04T08:00:00Z"}`},
		{name: "clock back", call: `POST /_sandbox/clock {"advance":"-1h"}`, status: 400, want: "time does not run backwards; reset the sandbox\n"},
		{name: "clock nonsense", call: `POST /_sandbox/clock {"advance":"soon"}`, status: 400, want: "advance: time: invalid duration \"soon\"\n"},
		{name: "unknown switch", call: `PATCH /_sandbox/switches {"gravity":false}`, status: 400, want: "json: unknown field \"gravity\"\n"},
		{name: "switch with no such value", call: `PATCH /_sandbox/switches {"plan":"gold"}`, status: 400, want: "plan: \"gold\" is not one of free, paid, enterprise\n"},
		{name: "switched", before: []string{`PATCH /_sandbox/switches {"payment_gate":true}`}, call: "GET " + subs, status: 402,
			want: envelope("server_error", "payment_required", "Subscriptions is part of the premium PostHog offering. To use it, subscribe to PostHog Cloud with a generous free tier.", "")},
		{name: "fault switched", before: []string{`PATCH /_sandbox/switches {"fault":{"status":500}}`}, call: "GET " + subs, status: 500, want: crashed},
		{name: "reset", before: []string{`PATCH /_sandbox/switches {"fault":{"status":500}}`, "POST /_sandbox/reset"}, call: "GET " + subs + "summary_quota/", status: 200,
			want: `{"active_count":4,"limit":20,"at_limit":false}`},
		{name: "foreign page", header: map[string]string{"Sec-Fetch-Site": "cross-site"}, contentType: json, call: "POST /_sandbox/reset {}", status: 403,
			want: "cross-origin request detected from Sec-Fetch-Site header\n"},
		{name: "nothing there", call: "GET /_sandbox/nothing", status: 404, want: "404 page not found\n"},
	})
}

func TestState(t *testing.T) {
	s := serve(t)
	s.call(locked)
	s.call(create(set{"target_type": "webhook", "target_value": "https://hooks.example.com/secret-path"}))
	raw := s.call("GET /_sandbox/state").body
	if strings.Contains(raw, "secret-path") {
		t.Error("the state shows a webhook's path")
	}
	var state struct {
		Projects []struct {
			ID                      int64
			Live, Disabled, Deleted int
		}
		Shares []struct {
			Recording        string
			PasswordRequired bool `json:"password_required"`
		}
	}
	if err := json.Unmarshal([]byte(raw), &state); err != nil {
		t.Fatal(err)
	}
	want := state
	want.Projects = []struct {
		ID                      int64
		Live, Disabled, Deleted int
	}{{31001, 26, 5, 2}, {31002, 2, 0, 0}, {47200, 1, 0, 0}}
	want.Shares = []struct {
		Recording        string
		PasswordRequired bool `json:"password_required"`
	}{{"rec-1", true}}
	if diff := cmp.Diff(want, state); diff != "" {
		t.Error(diff)
	}
}

// TestPageKeepsToItself looks at what the page may load and run.
func TestPageKeepsToItself(t *testing.T) {
	s := serve(t)
	for path, want := range map[string]string{
		"/_sandbox/": "text/html; charset=utf-8", "/_sandbox/page.css": "text/css; charset=utf-8", "/_sandbox/page.js": "text/javascript; charset=utf-8",
	} {
		got := s.call("GET " + path)
		if got.status != 200 || got.header.Get("Content-Type") != want || !strings.HasPrefix(got.header.Get("Content-Security-Policy"), "default-src 'self'") {
			t.Errorf("%s: %d %v", path, got.status, got.header)
		}
		for _, foreign := range []string{"http://", "https://", "innerHTML", "eval("} {
			if strings.Contains(got.body, foreign) {
				t.Errorf("%s has %s in it", path, foreign)
			}
		}
	}
}
