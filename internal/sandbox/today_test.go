package sandbox_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/sandbox"
)

// Every fact in this file is from PostHog's source of autumn 2026. It is also true of
// older servers, unless its rules name the generation.

const settings = "notification_settings"

func newest(r *sandbox.Switches) { r.Generation = sandbox.Today }

func TestAutumnSubscriptions(t *testing.T) {
	days := []any{"monday"}
	gone := `{"title":"x"}`
	check(t, []fact{
		{name: "a position of 0", call: create(set{"bysetpos": 0, "byweekday": days}), status: 500, want: crashed},
		{name: "a position beyond a year", call: create(set{"bysetpos": -367, "byweekday": days}), status: 500, want: crashed},
		{name: "an email with an integration that is none", call: create(set{"integration_id": 999999}), status: 500, want: crashed},
		{name: "an id with a full stop", call: "GET " + subs + "1101.0/", status: 404, want: envelope("invalid_request", "not_found", "Endpoint not found.", "")},
		{name: "a dashboard for an insight", rules: newest, call: "PATCH " + subs + `1104/ {"dashboard":101}`, status: 400,
			want: invalid("insight", "Insight subscriptions cannot also set dashboard or prompt.")},
		{name: "a dashboard in an insight's place", rules: newest, call: "PATCH " + subs + `1104/ {"insight":null,"dashboard":101,"dashboard_export_insights":[2001]}`, status: 400,
			want: invalid("insight", "Insight subscriptions cannot also set dashboard or prompt.")},
		{name: "Slack whose integration is gone", rules: newest, call: "PATCH " + subs + "1120/ " + gone, status: 400,
			want: invalid("integration_id", "A Slack integration is required for Slack subscriptions.")},
		{name: "Slack whose integration is gone, deleted", rules: newest, call: "PATCH " + subs + `1120/ {"deleted":true}`, status: 400,
			want: invalid("integration_id", "A Slack integration is required for Slack subscriptions.")},
		{name: "the end of the calendar", call: create(set{"start_date": "9999-12-31T23:00:00-05:00"}), status: 400,
			want: rejected("overflow", "start_date", "Datetime value out of range.")},
		{name: "an offset of a whole day", call: create(set{"start_date": "2030-02-01T08:30:00+24:00"}), status: 400,
			want: invalid("start_date", "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].")},
	})
	s := serve(t)
	if got := s.object(200, "PATCH "+subs+`1104/ {"insight":null,"dashboard":101,"dashboard_export_insights":[2001]}`)["dashboard"]; got != 101.0 {
		t.Errorf("at the page's time the kind could change: %v", got)
	}
	if got := s.object(200, "PATCH "+subs+"1120/ "+gone)["title"]; got != "x" {
		t.Errorf("at the page's time nobody looked at the integration: %v", got)
	}
}

func TestAutumnAddresses(t *testing.T) {
	for address, status := range map[string]int{"a@localhost": 200, "a@[127.0.0.1]": 200, "é@example.com": 400, "a@example": 400, "a b@example.com": 400, `\"a b\"@example.com`: 200} {
		if got := serve(t).call(patchMe(`{"email":"` + address + `"}`)); got.status != status {
			t.Errorf("%s: %d %s", address, got.status, got.body)
		}
	}
}

func TestAutumnUsers(t *testing.T) {
	governed := func(key string) func(*sandbox.Switches) {
		return func(r *sandbox.Switches) { r.GovernedNotification = key }
	}
	setting := func(body string) string { return patchMe(`{"notification_settings":` + body + `}`) }
	check(t, []fact{
		{name: "a short password", call: patchMe(`{"password":"123","current_password":"correct-horse-battery-staple"}`), status: 400,
			want: invalid("password", "This password is too short. It must contain at least 8 characters.")},
		{name: "a boolean for the map of organisations", call: setting(`{"organization_member_join_email_disabled":true}`), status: 400,
			want: invalid(settings, "organization_member_join_email_disabled must be a dictionary mapping IDs to boolean values")},
		{name: "a boolean for the map of pipelines", call: setting(`{"pipeline_notifications_disabled":true}`), status: 400,
			want: invalid(settings, "pipeline_notifications_disabled must be a dictionary mapping IDs to boolean values")},
		{name: "text in a map of booleans", call: setting(`{"project_weekly_digest_disabled":{"1":"yes"}}`), status: 400,
			want: invalid(settings, "Notification setting values must be boolean, got <class 'str'> instead")},
		{name: "a pipeline of no kind", call: setting(`{"pipeline_notifications_disabled":{"webhook:1":true}}`), status: 400,
			want: invalid(settings, "Invalid pipeline id: 'webhook:1'")},
		{name: "too many pipelines", call: setting(`{"pipeline_notifications_disabled":` + pipelines(1001) + `}`), status: 400,
			want: invalid(settings, "pipeline_notifications_disabled cannot have more than 1000 entries")},
		{name: "an unknown realtime type", call: setting(`{"realtime_notifications_disabled":{"pigeon":{"1":true}}}`), status: 400,
			want: invalid(settings, "Unknown notification type pigeon")},
		{name: "a threshold that is text", call: setting(`{"data_pipeline_error_threshold":"0.5"}`), status: 400,
			want: invalid(settings, "data_pipeline_error_threshold must be a number, got <class 'str'> instead")},
		{name: "what the organisation has set", rules: governed("plugin_disabled"), call: setting(`{"plugin_disabled":false}`), status: 400,
			want: rejected("permission_denied", settings, "plugin_disabled is set by your organization and cannot be changed here")},
	})
	for _, key := range []string{"error_tracking_weekly_digest", "web_analytics_weekly_digest", "project_api_key_exposed", "materialized_view_sync_failed"} {
		serve(t).object(200, setting(`{"`+key+`":false}`))
	}
	s := serve(t, sandbox.WithSwitches(governed("plugin_disabled")))
	s.object(200, setting(`{"plugin_disabled":true}`)) // as it was
}

func pipelines(n int) string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf(`"hog_function:%d":true`, i)
	}
	return "{" + strings.Join(ids, ",") + "}"
}

// TestAutumnMapsMerge patches each map twice; both keys must stay.
func TestAutumnMapsMerge(t *testing.T) {
	s := serve(t)
	for _, body := range []string{
		`{"realtime_notifications_disabled":{"alert_firing":{"123":true}},"project_weekly_digest_disabled":{"123":true},"pipeline_notifications_disabled":{"batch_export:a":true}}`,
		`{"realtime_notifications_disabled":{"alert_firing":{"456":false},"issue_assigned":{"1":true}},"project_weekly_digest_disabled":{"456":true},"pipeline_notifications_disabled":{"plugin_config:b":true}}`,
	} {
		s.object(200, patchMe(`{"notification_settings":`+body+`}`))
	}
	got := s.object(200, "GET "+me)["notification_settings"].(map[string]any)
	want := map[string]any{
		"realtime_notifications_disabled": map[string]any{"alert_firing": map[string]any{"123": true, "456": false}, "issue_assigned": map[string]any{"1": true}},
		"project_weekly_digest_disabled":  map[string]any{"123": true, "456": true}, "pipeline_notifications_disabled": map[string]any{"batch_export:a": true, "plugin_config:b": true},
	}
	for name := range want {
		if diff := cmp.Diff(want[name], got[name]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// An email of which only the case changes takes effect at once.
func TestAutumnEmailCase(t *testing.T) {
	s := serve(t)
	after := s.object(200, patchMe(`{"email":"Maya.Lindqvist@Hedgebox.example"}`))
	if diff := cmp.Diff([]any{"Maya.Lindqvist@Hedgebox.example", nil, 0}, []any{after["email"], after["pending_email"], len(s.Outbox())}); diff != "" {
		t.Error(diff)
	}
}
