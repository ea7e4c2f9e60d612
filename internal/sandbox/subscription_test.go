package sandbox_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/sandbox"
)

// daily returns the smallest valid body with changes. The value "absent" removes a
// field.
func body(changes map[string]any) string {
	m := map[string]any{
		"insight": 2001, "target_type": "email", "target_value": "ana@hedgebox.example", "frequency": "daily",
		"start_date": "2026-07-01T09:00:00Z",
	}
	maps.Copy(m, changes)
	for k, v := range m {
		if v == absent {
			delete(m, k)
		}
	}
	out, _ := json.Marshal(m)
	return string(out)
}

const absent = "\x00absent"

type set = map[string]any

func create(changes set) string { return "POST " + subs + " " + body(changes) }

func TestCreateFieldErrors(t *testing.T) {
	const isoFormat = "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
	long := strings.Repeat("é", 101)
	for _, f := range []struct {
		name   string
		change set
		want   string
	}{
		{"first required field", set{"target_type": absent, "frequency": absent}, rejected("required", "target_type", "This field is required.")},
		{"target_value", set{"target_value": absent}, rejected("required", "target_value", "This field is required.")},
		{"frequency", set{"frequency": absent, "start_date": absent}, rejected("required", "frequency", "This field is required.")},
		{"start_date", set{"start_date": absent}, rejected("required", "start_date", "This field is required.")},
		{"serializer order, not body order", set{"start_date": "x", "insight": "x"}, rejected("incorrect_type", "insight", "Incorrect type. Expected pk value, received str.")},
		{"choice", set{"target_type": "fax"}, rejected("invalid_choice", "target_type", `"fax" is not a valid choice.`)},
		{"choice of another type", set{"frequency": true}, rejected("invalid_choice", "frequency", `"True" is not a valid choice.`)},
		{"blank choice", set{"frequency": ""}, rejected("invalid_choice", "frequency", `"" is not a valid choice.`)},
		{"weekday", set{"byweekday": []any{"monday", "funday"}}, rejected("invalid_choice", "byweekday__1", `"funday" is not a valid choice.`)},
		{"weekday null", set{"byweekday": []any{nil}}, rejected("null", "byweekday__0", "This field may not be null.")},
		{"weekdays no list", set{"byweekday": "monday"}, rejected("not_a_list", "byweekday", `Expected a list of items but got type "str".`)},
		{"integer", set{"interval": "two"}, invalid("interval", "A valid integer is required.")},
		{"integer with a fraction", set{"count": 2.5}, invalid("count", "A valid integer is required.")},
		{"integer of a boolean", set{"count": true}, invalid("count", "A valid integer is required.")},
		{"largest", set{"count": 2147483648}, rejected("max_value", "count", "Ensure this value is less than or equal to 2147483647.")},
		{"beyond 64 bits", set{"count": json.Number("99999999999999999999")}, rejected("max_value", "count", "Ensure this value is less than or equal to 2147483647.")},
		{"smallest", set{"count": -2147483649}, rejected("min_value", "count", "Ensure this value is greater than or equal to -2147483648.")},
		{"interval 0", set{"interval": 0}, rejected("min_value", "interval", "Ensure this value is greater than or equal to 1.")},
		{"datetime", set{"start_date": "next monday"}, invalid("start_date", isoFormat)},
		{"datetime number", set{"until_date": 5}, invalid("until_date", isoFormat)},
		{"no such day", set{"start_date": "2026-02-30T09:00:00Z"}, invalid("start_date", isoFormat)},
		{"datetime beyond the calendar", set{"start_date": "9999-12-31T23:00:00-05:00"}, rejected("overflow", "start_date", "Datetime value out of range.")},
		{"length in characters", set{"title": long}, rejected("max_length", "title", "Ensure this field has no more than 100 characters.")},
		{"guide", set{"summary_prompt_guide": strings.Repeat("x", 501)}, rejected("max_length", "summary_prompt_guide", "Ensure this field has no more than 500 characters.")},
		{"blank after trimming", set{"target_value": "  "}, rejected("blank", "target_value", "This field may not be blank.")},
		{"null", set{"target_value": nil}, rejected("null", "target_value", "This field may not be null.")},
		{"null of a flag", set{"enabled": nil}, rejected("null", "enabled", "This field may not be null.")},
		{"flag", set{"enabled": "maybe"}, invalid("enabled", "Must be a valid boolean.")},
		{"flag of a list", set{"deleted": []any{}}, invalid("deleted", "Must be a valid boolean.")},
		{"text of a list", set{"title": []any{"a"}}, invalid("title", "Not a valid string.")},
		{"null character", set{"title": "a\x00b"}, rejected("null_characters_not_allowed", "title", "Null characters are not allowed.")},
		{"unknown key", set{"insight": 999}, rejected("does_not_exist", "insight", `Invalid pk "999" - object does not exist.`)},
		{"unknown dashboard", set{"dashboard": json.Number("99999999999999999999")}, rejected("does_not_exist", "dashboard", `Invalid pk "99999999999999999999" - object does not exist.`)},
		{"key of another type", set{"insight": []any{1}}, rejected("incorrect_type", "insight", "Incorrect type. Expected pk value, received list.")},
		{"key of a boolean", set{"insight": true}, rejected("incorrect_type", "insight", "Incorrect type. Expected pk value, received bool.")},
	} {
		check(t, []fact{{name: f.name, call: create(f.change), status: 400, want: f.want}})
	}
}

func TestCreateRules(t *testing.T) {
	const ended = "Subscription schedule has reached its end date. Extend until_date or remove count."
	dashboard := func(insights ...any) set {
		if insights == nil {
			insights = []any{}
		}
		return set{"insight": absent, "dashboard": 101, "dashboard_export_insights": insights}
	}
	with := func(base, more set) set { base = maps.Clone(base); maps.Copy(base, more); return base }
	slack := func(id any) set {
		return set{"target_type": "slack", "target_value": "C0GROWTH001|#growth", "integration_id": id}
	}
	hook := func(url string) set { return set{"target_type": "webhook", "target_value": url} }
	url := func(reason string) string { return invalid("target_value", "Invalid webhook URL: "+reason) }
	for _, f := range []struct {
		name   string
		change set
		want   string
	}{
		{"dashboard of another project", set{"insight": absent, "dashboard": 110, "dashboard_export_insights": []any{2031}}, invalid("dashboard", "This dashboard does not belong to your team.")},
		{"insight of another project", set{"insight": 2031}, invalid("insight", "This insight does not belong to your team.")},
		{"neither", set{"insight": absent}, invalid("insight", "Insight is required for insight subscriptions.")},
		{"both", set{"dashboard": 101, "dashboard_export_insights": []any{2001}}, invalid("", "Dashboard subscriptions cannot also set insight or prompt.")},
		{"selection without a dashboard", set{"dashboard_export_insights": []any{2001}}, invalid("dashboard_export_insights", "Cannot set insights selection without a dashboard.")},
		{"dashboard that says nothing of a selection", set{"insight": absent, "dashboard": 101}, invalid("dashboard_export_insights", "Select at least one insight for this subscription.")},
		{"dashboard without a selection", dashboard(), invalid("dashboard_export_insights", "Select at least one insight for this subscription.")},
		{"seven insights", dashboard(2001, 2002, 2003, 2004, 2018, 2010, 2017), invalid("dashboard_export_insights", "Cannot select more than 6 insights.")},
		{"insight that is gone", dashboard(2001, 9), invalid("dashboard_export_insights", "Some insights do not belong to your team or do no longer exist.")},
		{"insight of another team", dashboard(2031), invalid("dashboard_export_insights", "Some insights do not belong to your team or do no longer exist.")},
		{"not tiles of it", dashboard(2001, 2005, 2006), invalid("dashboard_export_insights", "2 invalid insight(s) selected.")},
		{"deleted tile", dashboard(2009), invalid("dashboard_export_insights", "1 invalid insight(s) selected.")},
		{"ended by date", set{"until_date": "2026-06-30T00:00:00Z"}, invalid("start_date", ended)},
		{"ended by count", set{"start_date": "2026-01-01T00:00:00Z", "count": 3}, invalid("start_date", ended)},
		{"count 0", set{"count": 0}, invalid("start_date", ended)},
		{"a seventh Monday of a month", set{"frequency": "monthly", "byweekday": []any{"monday"}, "bysetpos": 7}, invalid("start_date", ended)},
		{"Slack without integration", slack(nil), invalid("integration_id", "A Slack integration is required for Slack subscriptions.")},
		{"Slack elsewhere", slack(704), invalid("integration_id", "This integration does not exist or does not belong to your team.")},
		{"not Slack", slack(703), invalid("integration_id", "Slack subscriptions require a Slack integration.")},
		{"scheme", hook("ftp://x.example/a"), url("URL must start with http:// or https://")},
		{"no host", hook("https:///a"), url("Missing host")},
		{"unreadable", hook("https://[x"), url("Invalid URL")},
		{"authority", hook("https://a@b.example/"), url("Invalid URL: ambiguous authority")},
		{"metadata", hook("http://169.254.169.254/"), url("Local/metadata host")},
		{"loopback", hook("http://localhost:8000/"), url("Local/Loopback host not allowed")},
		{"local", hook("http://printer.local/"), url("Internal domain pattern blocked: .local")},
		{"private", hook("http://10.0.0.8/"), url("Private IP address not allowed")},
		{"metadata by name", hook("http://metadata.google.internal/"), url("Local/metadata host")},
		{"internal", hook("http://crm.internal/"), url("Internal domain pattern blocked: .internal")},
		{"private IPv6", hook("http://[fd00::8]/"), url("Private IP address not allowed")},
		{"unresolved", hook("https://hooks.invalid/x"), url("Could not resolve host")},
		{"resolves to a private address", hook("https://192.168.1.9.nip.io/x"), url("Disallowed target IP: 192.168.1.9")},
		{"field errors come first", with(slack(nil), set{"interval": -1}), rejected("min_value", "interval", "Ensure this value is greater than or equal to 1.")},
		{"the team before what is subscribed to", set{"insight": 2031, "dashboard": 101}, invalid("insight", "This insight does not belong to your team.")},
		{"the dashboard's team before the insight's", set{"insight": 2031, "dashboard": 110}, invalid("dashboard", "This dashboard does not belong to your team.")},
		{"what is subscribed to before the selection", set{"insight": absent, "dashboard_export_insights": []any{9}}, invalid("insight", "Insight is required for insight subscriptions.")},
		{"the selection before the schedule", with(dashboard(9), set{"count": 0}), invalid("dashboard_export_insights", "Some insights do not belong to your team or do no longer exist.")},
		{"the webhook before the AI summary's rules", with(hook("ftp://x.example"), set{"summary_prompt_guide": "short"}), url("URL must start with http:// or https://")},
		{"the schedule before Slack", with(slack(nil), set{"count": -1}), invalid("start_date", ended)},
	} {
		check(t, []fact{{name: f.name, call: create(f.change), status: 400, want: f.want}})
	}
}

func TestSummaryRules(t *testing.T) {
	summary := set{"summary_enabled": true}
	sixMore := make([]string, 6)
	for i := range sixMore {
		sixMore[i] = create(summary)
	}
	full := envelope("server_error", "quota_limit_exceeded",
		"Your plan allows up to 10 active AI summaries. Disable an existing summary or upgrade your plan to add more.", "")
	free := func(r *sandbox.Switches) { r.Plan = "free" }
	check(t, []fact{
		{name: "guide is off", rules: func(r *sandbox.Switches) { r.PromptGuide = false }, call: create(set{"summary_prompt_guide": "short"}), status: 403,
			want: denied("Setting AI summary context is not enabled for this organization.")},
		{name: "no consent", rules: func(r *sandbox.Switches) { r.AIConsent = false }, call: create(summary), status: 403,
			want: denied("AI data processing must be approved by your organization before enabling AI summaries")},
		{name: "guide before consent", rules: func(r *sandbox.Switches) { r.PromptGuide, r.AIConsent = false, false },
			call: create(set{"summary_prompt_guide": "short", "summary_enabled": true}), status: 403,
			want: denied("Setting AI summary context is not enabled for this organization.")},
		{name: "consent before the cap", rules: free, before: append(sixMore, `PATCH /_sandbox/switches {"ai_consent":false}`), call: create(summary), status: 403,
			want: denied("AI data processing must be approved by your organization before enabling AI summaries")},
		{name: "an inactive summary is not counted", rules: free, before: append(sixMore[:5:5], "PATCH "+subs+`1101/ {"summary_enabled":false}`, create(summary)),
			call: "GET " + subs + "summary_quota/", status: 200, want: `{"active_count":9,"limit":10,"at_limit":false}`},
		{name: "cap on create", rules: free, before: sixMore, call: create(summary), status: 402, want: full},
		{name: "cap on PATCH", rules: free, before: sixMore, call: "PATCH " + subs + `1104/ {"summary_enabled":true}`, status: 402, want: full},
		{name: "cap in the quota", rules: free, before: sixMore, call: "GET " + subs + "summary_quota/", status: 200, want: `{"active_count":10,"limit":10,"at_limit":true}`},
		{name: "cap of another project of the organisation", rules: free, before: sixMore, call: `PATCH projects/31002/subscriptions/1131/ {"summary_enabled":true}`, status: 402, want: full},
		{name: "every project of the organisation counts", before: []string{`PATCH projects/31002/subscriptions/1131/ {"summary_enabled":true}`},
			call: "GET " + subs + "summary_quota/", status: 200, want: `{"active_count":5,"limit":20,"at_limit":false}`},
		{name: "restoring an active summary", rules: free,
			before: append([]string{"PATCH " + subs + `1101/ {"deleted":true}`, create(summary)}, sixMore...),
			call:   "PATCH " + subs + `1101/ {"deleted":false}`, status: 402, want: full},
		{name: "enterprise", rules: func(r *sandbox.Switches) { r.Plan = "enterprise" }, call: "GET " + subs + "summary_quota", status: 200,
			want: `{"active_count":4,"limit":100,"at_limit":false}`},
		{name: "newer limit on create", rules: func(r *sandbox.Switches) { r.SubscriptionLimit = 5 }, call: create(nil), status: 400,
			want: invalid("subscription", "Your team has reached the limit of 5 subscriptions on your plan.")},
		{name: "newer limit on restoring", rules: func(r *sandbox.Switches) { r.SubscriptionLimit = 5 }, call: "PATCH " + subs + `1115/ {"deleted":false}`, status: 400,
			want: invalid("subscription", "Your team has reached the limit of 5 subscriptions on your plan.")},
	})
}

func TestCreatedObject(t *testing.T) {
	s := serve(t)
	got := s.call(create(set{"byweekday": []any{"monday"}, "bysetpos": 1, "frequency": "monthly", "title": "", "invite_message": "hi", "start_date": "2022-01-01T00:00:00"}))
	want := `{"id":90001,"dashboard":null,"insight":2001,"insight_short_id":"Zsz5YDxi","resource_name":"Weekly active accounts",` +
		`"dashboard_export_insights":[],"target_type":"email","target_value":"ana@hedgebox.example","frequency":"monthly","interval":1,` +
		`"byweekday":["monday"],"bysetpos":1,"count":null,"start_date":"2022-01-01T00:00:00Z","until_date":null,"created_at":"2026-06-15T12:00:00Z",` +
		`"created_by":{"id":501,"uuid":"0190c000-0000-7000-8000-000000000501","distinct_id":"sandbox-501","first_name":"Maya","last_name":"Lindqvist",` +
		`"email":"maya.lindqvist@hedgebox.example","is_email_verified":true,"hedgehog_config":{"accessories":["glasses"],"color":"blue","use_as_profile":true},` +
		`"role_at_organization":"product"},"deleted":false,"enabled":true,"title":"","summary":"sent every month on the first Monday",` +
		`"next_delivery_date":"2026-07-06T00:00:00Z","integration_id":null,"invite_message":null,"summary_enabled":false,"summary_prompt_guide":""}`
	if diff := cmp.Diff(answer{status: 201, body: want}, answer{status: got.status, body: got.body}, cmp.AllowUnexported(answer{})); diff != "" {
		t.Error(diff)
	}
	if name := s.object(200, "GET "+subs+"1125/")["resource_name"]; name != "None" {
		t.Errorf(`a nameless insight is %q, want "None"`, name)
	}
}

func TestOldestServersTakeEither(t *testing.T) {
	s := serve(t, sandbox.WithSwitches(func(r *sandbox.Switches) { r.EitherResource = true }))
	if got := s.object(201, create(set{"insight": absent}))["resource_name"]; got != nil {
		t.Errorf("neither: %v", got)
	}
	both := s.object(201, create(set{"dashboard": 101, "dashboard_export_insights": []any{2002, 2001, 2002}}))
	if diff := cmp.Diff([]any{101.0, 2001.0, []any{2002.0, 2001.0}}, []any{both["dashboard"], both["insight"], both["dashboard_export_insights"]}); diff != "" {
		t.Error(diff)
	}
}
