package sandbox_test

import (
	"encoding/json"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

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
		{name: "clock to yesterday", call: `POST /_sandbox/clock {"to":"2026-06-14T12:00:00Z"}`, status: 400, want: "time does not run backwards; reset the sandbox\n"},
		{name: "clock beyond its end", call: `POST /_sandbox/clock {"to":"9999-12-31T23:59:59Z"}`, status: 400, want: "the sandbox's time ends with the year 2199\n"},
		{name: "clock nonsense", call: `POST /_sandbox/clock {"advance":"soon"}`, status: 400, want: "advance: time: invalid duration \"soon\"\n"},
		{name: "switches", call: "GET /_sandbox/switches", status: 200, want: switches(`"plan":"paid"`)},
		{name: "one switch", call: `PATCH /_sandbox/switches {"plan":"free"}`, status: 200, want: switches(`"plan":"free"`)},
		{name: "unknown switch", call: `PATCH /_sandbox/switches {"gravity":false}`, status: 400, want: "json: unknown field \"gravity\"\n"},
		{name: "switch with no such value", call: `PATCH /_sandbox/switches {"plan":"gold"}`, status: 400, want: "plan: \"gold\" is not one of free, paid, enterprise\n"},
		{name: "switched", before: []string{`PATCH /_sandbox/switches {"payment_gate":true}`}, call: "GET " + subs, status: 402,
			want: envelope("server_error", "payment_required", "Subscriptions is part of the premium PostHog offering. To use it, subscribe to PostHog Cloud with a generous free tier.", "")},
		{name: "fault switched", before: []string{`PATCH /_sandbox/switches {"fault":{"status":500}}`}, call: "GET " + subs, status: 500, want: crashed},
		{name: "reset", before: []string{`PATCH /_sandbox/switches {"fault":{"status":500}}`, "POST /_sandbox/reset"}, call: "GET " + subs + "summary_quota/", status: 200,
			want: `{"active_count":4,"limit":20,"at_limit":false}`},
		{name: "foreign page", header: map[string]string{"Sec-Fetch-Site": "cross-site"}, contentType: json, call: "POST /_sandbox/reset {}", status: 403,
			want: "cross-origin request detected from Sec-Fetch-Site header\n"},
		{name: "foreign page of an older browser", header: map[string]string{"Origin": "https://elsewhere.example"}, contentType: json, call: `PATCH /_sandbox/switches {"plan":"free"}`, status: 403,
			want: "cross-origin request detected, and/or browser is out of date: Sec-Fetch-Site is missing, and Origin does not match Host\n"},
		{name: "nothing there", call: "GET /_sandbox/nothing", status: 404, want: "404 page not found\n"},
	})
}

// switches are the switches at the start, with the plan.
func switches(plan string) string {
	return `{"payment_gate":false,"self_hosted":false,` + plan + `,"subscription_limit":0,"team_cap":false,"ai_consent":true,"prompt_guide":true,` +
		`"public_sharing":true,"share_passwords":true,"access_control_name":false,"personal_keys_forbidden":false,` +
		`"access_level":"editor","credentials_by_token":true,"mail_configured":true,"rate_limits":false,"test_delivery_limit":true,` +
		`"delivery_running":false,"scheduler_down":false,"either_resource":false,"dashboard_search":"exact","integrations":"new",` +
		`"environment_deliveries":false,"fault":{"delay_ms":0,"status":0,"retry_after":0,"html":false,"reset":false,"times":0},"generation":"page",` +
		`"insight_cap":0,"ai_prompts":true,"ai_credits_spent":false,"files_write":true,"unviewable":0,"hidden_table":""}`
}

// TestSwitchesAtOnce checks that of two concurrent changes none is lost.
func TestSwitchesAtOnce(t *testing.T) {
	s := serve(t)
	names := []string{"payment_gate", "self_hosted", "team_cap", "rate_limits", "scheduler_down", "either_resource", "delivery_running"}
	var wg sync.WaitGroup
	for _, name := range names {
		wg.Go(func() { s.call(`PATCH /_sandbox/switches {"` + name + `":true}`) })
	}
	wg.Wait()
	s.call(`PATCH /_sandbox/switches {"public_sharing":false,"plan":"gold"}`)
	got := s.object(200, "GET /_sandbox/switches")
	if got["public_sharing"] != true {
		t.Error("a refused change was made by half")
	}
	for _, name := range names {
		if got[name] != true {
			t.Errorf("%s was lost", name)
		}
	}
}

func TestTimeEnds(t *testing.T) {
	s := serve(t)
	end := time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
	for range 3 {
		if got := s.Advance(math.MaxInt64); !got.Equal(end) {
			t.Errorf("now %v", got)
		}
	}
	if got := s.call("GET /_sandbox/outbox"); got.status != 200 || !strings.Contains(got.body, `"trigger":"scheduled"`) {
		t.Errorf("%d %.200s", got.status, got.body)
	}
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
		Projects []struct{ ID int64 }
		Shares   []struct {
			Recording        string
			PasswordRequired bool `json:"password_required"`
		}
	}
	if err := json.Unmarshal([]byte(raw), &state); err != nil {
		t.Fatal(err)
	}
	want := state
	want.Projects = []struct{ ID int64 }{{31001}, {31002}, {47200}}
	want.Shares = []struct {
		Recording        string
		PasswordRequired bool `json:"password_required"`
	}{{"rec-1", true}}
	if diff := cmp.Diff(want, state); diff != "" {
		t.Error(diff)
	}
}

// TestPageKeepsToItself checks what the page may load and run.
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
