package sandbox_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/sandbox"
)

func TestUpdateRules(t *testing.T) {
	enable := ` {"enabled":true}`
	check(t, []fact{
		{name: "unknown", call: "PATCH " + subs + "1/ {}", status: 404, want: notFound},
		{name: "of another project", call: "PATCH " + subs + "1131/ {}", status: 404, want: notFound},
		{name: "no number", call: "PATCH " + subs + "abc/ {}", status: 404, want: notFound},
		{name: "no insights", call: "PATCH " + subs + `1101/ {"dashboard_export_insights":[]}`, status: 400,
			want: invalid("dashboard_export_insights", "Select at least one insight for this subscription.")},
		{name: "Slack without integration", before: []string{"PATCH " + subs + `1120/ {"title":"x"}`}, call: "PATCH " + subs + "1120/" + enable, status: 400,
			want: invalid("enabled", "Cannot re-enable Slack subscription: no integration configured. Reconnect Slack first.")},
		{name: "webhook", call: "PATCH " + subs + "1111/" + enable, status: 400,
			want: invalid("enabled", "Cannot re-enable webhook subscription: this delivery channel is not currently supported.")},
		{name: "ended", before: []string{"PATCH " + subs + `1110/ {"enabled":false}`}, call: "PATCH " + subs + "1110/" + enable, status: 400,
			want: invalid("enabled", "Subscription schedule has reached its end date. Extend until_date or remove count before re-enabling.")},
		{name: "edited into its end", call: "PATCH " + subs + `1104/ {"until_date":"2025-01-01T00:00:00Z"}`, status: 400,
			want: invalid("", "Subscription schedule has reached its end date. Extend until_date or remove count.")},
		{name: "Slack loses its integration", call: "PATCH " + subs + `1103/ {"integration_id":null}`, status: 400,
			want: invalid("integration_id", "A Slack integration is required for Slack subscriptions.")},
		{name: "deleted, and edited into its end", call: "PATCH " + subs + `1104/ {"deleted":true,"count":0}`, status: 400,
			want: invalid("", "Subscription schedule has reached its end date. Extend until_date or remove count.")},
		{name: "enabled, and edited into its end", call: "PATCH " + subs + `1113/ {"enabled":true,"count":1}`, status: 400,
			want: invalid("enabled", "Subscription schedule has reached its end date. Extend until_date or remove count before re-enabling.")},
		{name: "enabled with an integration that is not Slack", call: "PATCH " + subs + `1120/ {"enabled":true,"integration_id":703}`, status: 400,
			want: invalid("integration_id", "Slack subscriptions require a Slack integration.")},
		{name: "insight to dashboard", call: "PATCH " + subs + `1104/ {"dashboard":101}`, status: 400,
			want: invalid("", "Dashboard subscriptions cannot also set insight or prompt.")},
		{name: "DELETE", call: "DELETE " + subs + "1101/", status: 405, want: ""},
		{name: "DELETE of nothing", call: "DELETE " + subs + "1/", status: 405, want: ""},
	})
}

func TestTestDelivery(t *testing.T) {
	check(t, []fact{
		{name: "accepted", call: "POST " + subs + "1101/test-delivery/", status: 202, want: ""},
		{name: "unknown", call: "POST " + subs + "1/test-delivery/", status: 404, want: notFound},
		{name: "deleted", call: "POST " + subs + "1115/test-delivery/", status: 404, want: ""},
		{name: "disabled", call: "POST " + subs + "1113/test-delivery", status: 409,
			want: `{"detail":"Subscription is disabled. Re-enable it before sending a test delivery."}`},
		{name: "running", rules: func(r *sandbox.Switches) { r.DeliveryRunning = true }, call: "POST " + subs + "1101/test-delivery", status: 409,
			want: `{"detail":"Delivery already in progress"}`},
		{name: "deleted before disabled", before: []string{"PATCH " + subs + `1113/ {"deleted":true}`}, call: "POST " + subs + "1113/test-delivery/", status: 404, want: ""},
		{name: "disabled before running", rules: func(r *sandbox.Switches) { r.DeliveryRunning = true }, call: "POST " + subs + "1113/test-delivery/", status: 409,
			want: `{"detail":"Subscription is disabled. Re-enable it before sending a test delivery."}`},
		{name: "running before the scheduler", rules: func(r *sandbox.Switches) { r.DeliveryRunning, r.SchedulerDown = true, true }, call: "POST " + subs + "1101/test-delivery/", status: 409,
			want: `{"detail":"Delivery already in progress"}`},
		{name: "no scheduler", rules: func(r *sandbox.Switches) { r.SchedulerDown = true }, call: "POST " + subs + "1101/test-delivery", status: 500,
			want: `{"detail":"Failed to schedule delivery"}`},
		{name: "underscore", call: "POST " + subs + "1101/test_delivery/", status: 404, want: envelope("invalid_request", "not_found", "Endpoint not found.", "")},
	})
}

// TestEmptyAnswersHaveNoType tests the answers that are only a status.
func TestEmptyAnswersHaveNoType(t *testing.T) {
	for call, want := range map[string]int{
		"DELETE " + subs + "1101/": 405, "POST " + subs + "1101/test-delivery/": 202, "POST " + subs + "1115/test-delivery/": 404,
	} {
		got := serve(t).call(call)
		if kind, typed := got.header["Content-Type"]; got.status != want || got.body != "" || typed {
			t.Errorf("%s: %d %q %v", call, got.status, got.body, kind)
		}
	}
}

// TestUpdates tests the row after a valid PATCH.
func TestUpdates(t *testing.T) {
	for _, f := range []struct {
		name string
		// before are calls that set the stage.
		before []string
		id     string
		body   string
		want   set
	}{
		{"nothing", nil, "1101", `{}`, set{"title": "Growth weekly"}},
		{"a selection replaces the old one", nil, "1101", `{"dashboard_export_insights":[2002,2001]}`, set{"dashboard_export_insights": []any{2002.0, 2001.0}}},
		{"no selection keeps it", nil, "1102", `{"title":"x"}`, set{"dashboard_export_insights": []any{2005.0, 2006.0, 2007.0, 2008.0, 2001.0}}},
		{"title null", nil, "1101", `{"title":null}`, set{"title": nil}},
		{"deleted", nil, "1101", `{"deleted":true}`, set{"deleted": true, "enabled": true}},
		{"deleted again", []string{"PATCH " + subs + `1101/ {"deleted":true}`}, "1101", `{"deleted":true}`, set{"deleted": true}},
		{"an ended one can be deleted", nil, "1110", `{"deleted":true}`, set{"deleted": true, "next_delivery_date": nil}},
		{"restored", nil, "1115", `{"deleted":false}`, set{"deleted": false, "next_delivery_date": "2026-06-18T10:00:00Z"}},
		{"a disabled one may be edited into its end", nil, "1113", `{"count":1}`, set{"count": 1.0, "next_delivery_date": nil}},
		{"enabled with a new end", []string{"PATCH " + subs + `1110/ {"enabled":false}`}, "1110", `{"enabled":true,"count":null}`,
			set{"enabled": true, "count": nil, "next_delivery_date": "2026-06-16T07:00:00Z"}},
		{"Slack enabled with a new integration", nil, "1120", `{"enabled":true,"integration_id":701}`, set{"enabled": true, "integration_id": 701.0}},
		{"a position without weekdays means nothing", nil, "1104", `{"bysetpos":0}`, set{"bysetpos": 0.0, "summary": "sent every day"}},
		{"an email needs no integration, and takes any", nil, "1104", `{"integration_id":703}`, set{"integration_id": 703.0}},
		{"a context is cleared even where none may be set", []string{`PATCH /_sandbox/switches {"prompt_guide":false}`}, "1101", `{"summary_prompt_guide":""}`,
			set{"summary_prompt_guide": ""}},
		{"a summary is switched off without consent", []string{`PATCH /_sandbox/switches {"ai_consent":false}`}, "1101", `{"summary_enabled":false}`,
			set{"summary_enabled": false}},
		{"a webhook to a public address", nil, "1111", `{"target_value":"https://8.8.8.8/hook"}`, set{"target_value": "https://8.8.8.8/hook"}},
		{"a message is not shown", nil, "1101", `{"invite_message":"hello"}`, set{"invite_message": nil}},
		{"what the server writes is ignored", nil, "1101", `{"id":5,"summary":"x","next_delivery_date":"2030-01-01T00:00:00Z","created_by":null}`,
			set{"id": 1101.0, "summary": "sent every week", "next_delivery_date": "2026-06-22T07:00:00Z"}},
	} {
		t.Run(f.name, func(t *testing.T) {
			s := serve(t)
			for _, line := range f.before {
				s.object(200, line)
			}
			after, got := s.object(200, "PATCH "+subs+f.id+"/ "+f.body), set{}
			for name := range f.want {
				got[name] = after[name]
			}
			if diff := cmp.Diff(f.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(after, s.object(200, "GET "+subs+f.id+"/")); diff != "" {
				t.Errorf("what PATCH answers is not what GET does:\n%s", diff)
			}
		})
	}
}

func TestATestDeliveryMovesNothing(t *testing.T) {
	s := serve(t)
	before := s.call("GET " + subs + "1101/").body
	s.call("POST " + subs + "1101/test-delivery/")
	if diff := cmp.Diff(before, s.call("GET "+subs+"1101/").body); diff != "" {
		t.Error(diff)
	}
}
