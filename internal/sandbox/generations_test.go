package sandbox_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/sandbox"
)

// An assertion is a call, and PostHog's answer in each generation. Sources are PostHog's
// tests and source: S0 to S2 are ee/api/subscription.py and its tests of the page's time
// and after it, S5 is that of autumn 2026.
type assertion struct {
	source, name string
	rules        func(*sandbox.Switches)
	before       []string
	key          string
	call         string
	// page and today have the status, and then one of: the error as "attr: detail", the
	// member of the answer after a path of names, the recipients of the messages.
	page, today string
}

// gist returns the answer in the words of the wanted one.
func (s *server) gist(f fact, want string) string {
	s.t.Helper()
	before := len(s.Outbox())
	a := s.do(f)
	var m map[string]any
	_ = json.Unmarshal([]byte(a.body), &m)
	_, rest, _ := strings.Cut(want, " ")
	name, _, asks := strings.Cut(rest, "=")
	switch detail, refused := m["detail"]; {
	case a.status >= 400 && refused && m["attr"] != nil:
		return fmt.Sprint(a.status, " ", m["attr"], ": ", detail)
	case a.status >= 400 && refused:
		return fmt.Sprint(a.status, " ", detail)
	case strings.HasPrefix(rest, "mails"):
		var to []string
		for _, message := range s.Outbox()[before:] {
			to = append(to, message.To)
		}
		return strings.TrimSpace(fmt.Sprint(a.status, " mails ", strings.Join(to, " ")))
	case asks:
		value := any(m)
		for step := range strings.SplitSeq(name, ".") {
			switch v := value.(type) {
			case map[string]any:
				value = v[step]
			case []any:
				value = v[0].(map[string]any)[step]
			}
		}
		text, _ := json.Marshal(value)
		return fmt.Sprint(a.status, " ", name, "=", string(text))
	}
	return fmt.Sprint(a.status)
}

func assert(t *testing.T, all []assertion) {
	t.Helper()
	for _, a := range all {
		for generation, want := range map[sandbox.Generation]string{sandbox.Page: a.page, sandbox.Today: a.today} {
			if want == "" {
				continue
			}
			t.Run(a.name+", "+string(generation), func(t *testing.T) {
				s := serve(t, sandbox.WithGeneration(generation))
				if a.rules != nil {
					s.Switch(a.rules)
				}
				for _, line := range a.before {
					if got := s.call(line); got.status >= 400 {
						t.Fatalf("before: %s: %d %s", line, got.status, got.body)
					}
				}
				if got := s.gist(fact{key: a.key, call: a.call}, want); got != want {
					t.Errorf("%s (%s)\n got %s\nwant %s", a.call, a.source, got, want)
				}
			})
		}
	}
}

const (
	teamsURL  = "https://prod-25.westeurope.logic.azure.com/workflows/0123456789abcdef/triggers/manual/paths/invoke?sig=not-a-real-secret"
	teamsHost = "prod-25.westeurope.logic.azure.com"
	foreign   = "400 target_value: This does not look like a Microsoft Teams webhook URL. Create one with the Workflows app in the channel you want reports in, " +
		"then paste the URL it gives you. Microsoft's setup guide: https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook"
	nothing = "400 A subscription must have an insight, a dashboard, or a prompt."
	slack   = "400 integration_id: A Slack integration is required for Slack subscriptions."
	maya    = "maya.lindqvist@hedgebox.example"
	growth  = "growth@hedgebox.example"
)

func patch(id int, body string) string { return fmt.Sprintf("PATCH %s%d/ %s", subs, id, body) }
func get(id int) string                { return fmt.Sprintf("GET %s%d/", subs, id) }

// made is a valid creation in both generations, with changes.
func made(changes set) string {
	all := set{"interval": 1, "target_value": growth}
	for name, value := range changes {
		all[name] = value
	}
	return create(all)
}

func prompt(changes set) string {
	all := set{"insight": absent, "prompt": "What changed?"}
	for name, value := range changes {
		all[name] = value
	}
	return made(all)
}

func TestContentOfBothGenerations(t *testing.T) {
	board := set{"insight": absent, "dashboard": 101, "dashboard_export_insights": []any{2001, 2002}}
	only := func(change func(*sandbox.Switches)) func(*sandbox.Switches) { return change }
	assert(t, []assertion{
		{"S2 extra_kwargs", "no interval", nil, nil, "", create(nil), "201 interval=1", "400 interval: This field is required."},
		{"S2 extra_kwargs", "interval of 0", nil, nil, "", made(set{"interval": 0}), "400 interval: Ensure this value is greater than or equal to 1.", "400 interval: Ensure this value is greater than or equal to 1."},
		{"S2 SubscriptionTarget", "webhook", nil, nil, "", made(set{"target_type": "webhook", "target_value": "https://hooks.example.com/x"}), "201", `400 target_type: "webhook" is not a valid choice.`},
		{"S2 SubscriptionTarget", "a row of a webhook", nil, nil, "", get(1111), `200 target_type="webhook"`, `200 target_type="webhook"`},
		{"S2 SubscriptionTarget", "a change of that row", nil, nil, "", patch(1111, `{"title":"x"}`), `200 title="x"`, `200 title="x"`},
		{"S2 validate", "none", nil, nil, "", made(set{"insight": absent}), "400 insight: Insight is required for insight subscriptions.", nothing},
		{"S2 _validate_insight_content", "insight and dashboard", nil, nil, "", made(set{"dashboard": 101, "dashboard_export_insights": []any{2001}}),
			"400 Dashboard subscriptions cannot also set insight or prompt.", "400 insight: Insight subscriptions cannot also set dashboard or prompt."},
		{"S2 _validate_insight_content", "insight and prompt", nil, nil, "", made(set{"prompt": "x"}), "201", "400 insight: Insight subscriptions cannot also set dashboard or prompt."},
		{"S2 _validate_dashboard_content", "dashboard and prompt", nil, nil, "", made(set{"insight": absent, "dashboard": 101, "dashboard_export_insights": []any{2001}, "prompt": "x"}),
			"201", "400 dashboard: Dashboard subscriptions cannot also set insight or prompt."},
		{"S2 _validate_dashboard_content", "an insight for a dashboard", nil, nil, "", patch(1101, `{"insight":2001}`),
			"400 Dashboard subscriptions cannot also set insight or prompt.", "400 dashboard: Dashboard subscriptions cannot also set insight or prompt."},
		{"S2 _validate_ai_content", "an insight for a prompt", nil, nil, "", patch(1137, `{"insight":2001}`), "404 Not found.", "400 prompt: AI subscriptions cannot also set insight or dashboard."},
		{"S2 _validate_ai_content", "a prompt without words", nil, nil, "", patch(1137, `{"prompt":" "}`), "404 Not found.", "400 prompt: Prompt is required for AI subscriptions."},
		{"S5 validate", "no insight any more", nil, nil, "", patch(1104, `{"insight":null}`), "400 insight: Insight is required for insight subscriptions.", nothing},
		{"S2 _validate_dashboard_export_subscription", "insights of another team", nil, nil, "", made(set{"insight": absent, "dashboard": 101, "dashboard_export_insights": []any{2031}}),
			"400 dashboard_export_insights: Some insights do not belong to your team or do no longer exist.", "400 dashboard_export_insights: Some insights are not in your team, or no longer exist."},
		{"S5 DEFAULT_MAX_ASSET_COUNT", "seven insights", nil, nil, "", made(set{"insight": absent, "dashboard": 101, "dashboard_export_insights": []any{2001, 2002, 2003, 2004, 2018, 2010, 2017}}),
			"400 dashboard_export_insights: Cannot select more than 6 insights.", "201"},
		{"S4 DEFAULT_MAX_ASSET_COUNT", "a cap of two", only(func(r *sandbox.Switches) { r.InsightCap = 1 }), nil, "", made(board),
			"400 dashboard_export_insights: Cannot select more than 1 insights.", "400 dashboard_export_insights: Cannot select more than 1 insights."},
		{"S2 validate", "a guide without the flag", only(func(r *sandbox.Switches) { r.PromptGuide = false }), nil, "", made(set{"summary_prompt_guide": "x"}),
			"403 Setting AI summary context is not enabled for this organization.", "201"},
		{"S2 _validate_summary_credit_budget", "no AI credits", only(func(r *sandbox.Switches) { r.AICreditsSpent = true }), nil, "", made(set{"summary_enabled": true}),
			"201", "402 Your organization reached its AI credit usage limit. Increase the limits in Billing settings, or ask an org admin to do so."},
		{"S2 validate", "Slack whose integration is gone", nil, nil, "", patch(1120, `{"deleted":true}`), "200", slack},
		{"S2 permission_classes", "no feature", only(func(r *sandbox.Switches) { r.PaymentGate = true }), nil, "", "GET " + subs,
			"402 Subscriptions is part of the premium PostHog offering. To use it, subscribe to PostHog Cloud with a generous free tier.", "200"},
		{"test_free_org_can_create_up_to_limit_then_6th_is_blocked", "the free plan's limit", only(func(r *sandbox.Switches) { r.PaymentGate = true }), nil, "", made(nil),
			"", "400 subscription: Your plan is limited to 5 subscriptions."},
		{"test_free_org_at_limit_patch_is_not_blocked", "a change at the limit", only(func(r *sandbox.Switches) { r.PaymentGate = true }), nil, "", patch(1104, `{"title":"x"}`), "", "200"},
		{"test_free_org_restore_blocked_when_at_limit", "restoring at the limit", only(func(r *sandbox.Switches) { r.PaymentGate = true }), nil, "", patch(1115, `{"deleted":false}`),
			"", "400 subscription: Your plan is limited to 5 subscriptions."},
		{"S5 access control", "an insight without viewer access", only(func(r *sandbox.Switches) { r.Unviewable = 2001 }), nil, "", made(nil),
			"201", "400 insight: Viewer access to this insight is required. Ask an admin to grant you access."},
		{"S5 access control", "a dashboard without viewer access", only(func(r *sandbox.Switches) { r.Unviewable = 101 }), nil, "", made(board),
			"201", "400 dashboard: Viewer access to this dashboard is required. Ask an admin to grant you access."},
		{"S5 access control", "a selected insight without viewer access", only(func(r *sandbox.Switches) { r.Unviewable = 2002 }), nil, "", made(board),
			"201", "400 dashboard_export_insights: Viewer access to this insight is required. Ask an admin to grant you access."},
		{"S5 access control", "reading without viewer access", only(func(r *sandbox.Switches) { r.Unviewable = 2002 }), nil, "", get(1103), "200",
			"403 You do not have viewer access to this subscription. Ask an admin to grant you access."},
		{"S5 access control", "changing without viewer access", only(func(r *sandbox.Switches) { r.Unviewable = 101 }), nil, "", patch(1101, `{"title":"x"}`), "200",
			"403 You do not have viewer access to this subscription. Ask an admin to grant you access."},
		{"S5 access control", "a list leaves such rows out", only(func(r *sandbox.Switches) { r.Unviewable = 101 }), nil, "", "GET " + subs + "?dashboard=101", "200 count=3", "200 count=0"},
		{"S5 access control", "a table", only(func(r *sandbox.Switches) { r.HiddenTable = "stripe.invoices" }), nil, "", made(nil), "201",
			"400 Can't save this subscription: you don't have access to stripe.invoices."},
	})
}

func TestPrompts(t *testing.T) {
	assert(t, []assertion{
		{"S1 _ai_create_gate_reason", "created", nil, nil, "", prompt(nil), "400 insight: Insight is required for insight subscriptions.", `201 resource_type="ai_prompt"`},
		{"S5 resource_info", "its name", nil, nil, "", prompt(nil), "", `201 resource_name="What changed?"`},
		{"S5 resource_info", "its title is its name", nil, nil, "", prompt(set{"title": "Weekly"}), "", `201 resource_name="Weekly"`},
		{"S1 AI_PROMPT_MAX_LENGTH", "4001 characters", nil, nil, "", prompt(set{"prompt": strings.Repeat("é", 4001)}), "", "400 prompt: Prompt cannot exceed 4000 characters."},
		{"S1 _ai_create_gate_reason", "off Cloud", func(r *sandbox.Switches) { r.SelfHosted = true }, nil, "", prompt(nil), "", "400 AI subscriptions are only available in PostHog Cloud."},
		{"S1 _ai_create_gate_reason", "without approval", func(r *sandbox.Switches) { r.AIConsent = false }, nil, "", prompt(nil), "",
			"400 Your organization must approve AI data processing before creating AI subscriptions."},
		{"S2 _ai_create_gate_reason", "without the flag", func(r *sandbox.Switches) { r.AIPrompts = false }, nil, "", prompt(nil), "", "400 AI subscriptions are not enabled for your account."},
		{"S2 _validate_ai_content", "the gates are for creating", func(r *sandbox.Switches) { r.AIPrompts, r.AIConsent = false, false }, nil, "", patch(1137, `{"title":"x"}`), "", "200"},
		{"S2 dangerously_get_required_scopes", "created without query:read", nil, nil, sandbox.KeySubscriptionsOnly, prompt(nil), "", "403 API key missing required scope 'query:read'"},
		{"S2 dangerously_get_required_scopes", "changed without query:read", nil, nil, sandbox.KeySubscriptionsOnly, patch(1137, `{"title":"x"}`), "", "403 API key missing required scope 'query:read'"},
		{"S2 dangerously_get_required_scopes", "tested without query:read", nil, nil, sandbox.KeySubscriptionsOnly, "POST " + subs + "1137/test-delivery/", "", "403 API key missing required scope 'query:read'"},
		{"S2 dangerously_get_required_scopes", "read without query:read", nil, nil, sandbox.KeySubscriptionsOnly, get(1137), "", `200 resource_type="ai_prompt"`},
		{"S2 dangerously_get_required_scopes", "an insight without query:read", nil, nil, sandbox.KeySubscriptionsOnly, patch(1104, `{"title":"x"}`), "", "200"},
		{"S5 contexts", "four contexts", nil, nil, "", patch(1137, `{"contexts":[{"insight_id":2001},{"insight_id":2002},{"insight_id":2003},{"dashboard_id":101}]}`), "",
			"400 contexts: Ensure this field has no more than 3 elements."},
		{"S5 contexts", "a context", nil, nil, "", patch(1137, `{"contexts":[{"dashboard_id":101}]}`), "", `200 contexts=[{"dashboard_id":101,"dashboard_name":"Growth weekly"}]`},
		{"S5 delivery_config", "merges for a prompt", nil, nil, "", patch(1137, `{"delivery_config":{"include_feedback":false}}`), "", `200 delivery_config={"include_feedback":false,"include_images":true}`},
		{"S5 delivery_config", "a part that is no boolean", nil, nil, "", patch(1137, `{"delivery_config":{"include_feedback":5}}`), "", "400 delivery_config__include_feedback: Must be a valid boolean."},
		{"S5 delivery_config", "replaces otherwise", nil, []string{patch(1103, `{"delivery_config":{"post_all_insights_in_main_message":true}}`)}, "", patch(1103, `{"delivery_config":{}}`), "", "200 delivery_config={}"},
		{"S5 delivery_config", "a gallery by mail", nil, nil, "", patch(1104, `{"delivery_config":{"post_all_insights_in_main_message":true}}`), "200",
			"400 delivery_config: Only insights and dashboards in Slack can be posted in the main message."},
		{"S5 delivery_config", "a gallery without files:write", func(r *sandbox.Switches) { r.FilesWrite = false }, nil, "", patch(1103, `{"delivery_config":{"post_all_insights_in_main_message":true}}`), "",
			"400 delivery_config: Reconnect Slack with the files:write permission first."},
		{"S5 delivery_config", "parts of a dashboard", nil, nil, "", patch(1103, `{"delivery_config":{"include_images":true}}`), "", "400 delivery_config: Only AI subscriptions have options of their parts."},
		{"S5 deliveries", "the report", nil, []string{"POST " + subs + "1137/test-delivery/"}, "", "GET " + subs + "1137/deliveries/", "",
			`200 results.ai_report_prompt="Which accounts grew or shrank most this week, and why?"`},
		{"S5 delivered_status", "all queries failed", nil, nil, "", "GET " + subs + "1137/deliveries/?status=failed", "",
			`200 results.error={"message":"The query the AI generated failed to run (ResolutionError), so the report could not be computed.","type":"AIReportQueryFailure"}`},
		{"S5 deliveries", "none without a prompt", nil, nil, "", "GET " + subs + "1101/deliveries/", "200 results.ai_report=null", "200 results.ai_report=null"},
	})
}

func TestTeams(t *testing.T) {
	teams := set{"target_type": "teams", "target_value": teamsURL}
	assert(t, []assertion{
		{"S4 SubscriptionTarget", "created", nil, nil, "", made(teams), `400 target_type: "teams" is not a valid choice.`, `201 target_value="` + teamsHost + `"`},
		{"S5 recipient_label", "read", nil, nil, "", get(1136), "404 Not found.", `200 target_value="` + teamsHost + `"`},
		{"S5 TEAMS_WEBHOOK_URL_MASKED_ERROR", "the host sent back", nil, nil, "", patch(1136, `{"target_value":"`+teamsHost+`"}`), "",
			"400 target_value: The saved webhook URL is hidden, so it cannot be sent back. Leave the field alone to keep it, or paste the full URL to replace it."},
		{"S5 TEAMS_WEBHOOK_URL_ERROR", "a foreign URL", nil, nil, "", made(set{"target_type": "teams", "target_value": "https://hooks.example.com/x"}), "", foreign},
		{"test_accepts_microsoft_teams_webhook_url", "a lookalike", nil, nil, "", made(set{"target_type": "teams", "target_value": "https://evilpowerautomate.com/x"}), "", foreign},
		{"S5 TEAMS_WEBHOOK_URL_ERROR", "a mail address", nil, nil, "", patch(1104, `{"target_type":"teams"}`), "", foreign},
		{"S5 validate", "leaving Teams", nil, nil, "", patch(1136, `{"target_type":"email"}`), "", "400 target_value: Give a new target_value with the new target_type."},
		{"S5 validate", "leaving Teams with an address", nil, nil, "", patch(1136, `{"target_type":"email","target_value":"a@x.example"}`), "", `200 target_value="a@x.example"`},
		{"S5 validate", "another title", nil, nil, "", patch(1136, `{"title":"x"}`), "", "200 mails"},
		{"S5 recipient_label", "delivered", nil, nil, "", "POST " + subs + "1136/test-delivery/", "", "202 mails " + teamsHost},
		{"S5 recipient_label", "in the history", nil, nil, "", "GET " + subs + "1136/deliveries/", "", `200 results.target_value="` + teamsHost + `"`},
	})
	for url, status := range map[string]int{
		"https://acme.webhook.office.com/webhookb2/guid@guid/IncomingWebhook/hash/guid": 201, "https://europe.powerautomate.com/manual/paths/invoke": 201,
		"https://prod-01.flow.microsoft.com/manual/paths/invoke": 201, "https://acme.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/abc": 201,
		"http://prod-25.westeurope.logic.azure.com/workflows/abc/triggers/manual/paths/invoke": 400, "https://logic.azure.com.evil.example.com/workflows/abc": 400,
		"https://aaaflow-microsoft.com/y": 400, "https://europe.powerautomate.com/": 400,
	} {
		if got := serve(t, sandbox.WithGeneration(sandbox.Today)).call(made(set{"target_type": "teams", "target_value": url})); got.status != status {
			t.Errorf("%s: %d %s", url, got.status, got.body)
		}
	}
}

func TestWhoIsMailedInBothGenerations(t *testing.T) {
	down := func(r *sandbox.Switches) { r.SchedulerDown = true }
	eleven := slices.Repeat([]string{patch(1104, `{"send_test_now":true}`)}, 10)
	assert(t, []assertion{
		{"S3 create", "created", nil, nil, "", made(nil), "201 mails " + growth, "201 mails " + growth},
		{"S3 create", "created without a test", nil, nil, "", made(set{"send_test_now": false}), "201 mails " + growth, "201 mails"},
		{"test_patch_workflow_trigger_for_enabled_field", "title", nil, nil, "", patch(1101, `{"title":"x"}`), "200 mails", "200 mails"},
		{"test_patch_workflow_trigger_for_enabled_field", "enabled again", nil, nil, "", patch(1113, `{"enabled":true}`), "200 mails", "200 mails elena.petrova@hedgebox.example"},
		{"test_patch_workflow_trigger_for_enabled_field", "enabled while it is", nil, nil, "", patch(1104, `{"enabled":true}`), "200 mails", "200 mails"},
		{"test_patch_workflow_trigger_for_enabled_field", "disabled", nil, nil, "", patch(1104, `{"enabled":false}`), "200 mails", "200 mails"},
		{"S2 FIELDS_THAT_TRIGGER_REDELIVERY", "a recipient more", nil, nil, "", patch(1104, `{"target_value":"tomasz.nowak@hedgebox.example,a@x.example"}`), "200 mails a@x.example", "200 mails a@x.example"},
		{"S2 FIELDS_THAT_TRIGGER_REDELIVERY", "a recipient less", nil, nil, "", patch(1101, `{"target_value":"`+growth+`"}`), "200 mails", "200 mails"},
		{"S2 FIELDS_THAT_TRIGGER_REDELIVERY", "another insight", nil, nil, "", patch(1104, `{"insight":2001}`), "200 mails", "200 mails tomasz.nowak@hedgebox.example"},
		{"S2 FIELDS_THAT_TRIGGER_REDELIVERY", "the same insight", nil, nil, "", patch(1104, `{"insight":2009}`), "200 mails", "200 mails"},
		{"S2 update", "other export insights", nil, nil, "", patch(1101, `{"dashboard_export_insights":[2001]}`), "200 mails", "200 mails " + growth + " " + maya},
		{"S2 update", "the same export insights in another order", nil, nil, "", patch(1101, `{"dashboard_export_insights":[2010,2018,2004,2003,2002,2001]}`), "200 mails", "200 mails"},
		{"S5 update", "other parts of the report", nil, nil, "", patch(1137, `{"delivery_config":{"include_images":false}}`), "", "200 mails " + maya},
		{"S5 update", "another prompt", nil, nil, "", patch(1137, `{"prompt":"Why?"}`), "", "200 mails " + maya},
		{"S5 update", "a context", nil, nil, "", patch(1137, `{"contexts":[{"insight_id":2001}]}`), "", "200 mails " + maya},
		{"S2 update", "another schedule", nil, nil, "", patch(1104, `{"frequency":"weekly"}`), "200 mails", "200 mails"},
		{"S3 update", "asked for", nil, nil, "", patch(1104, `{"title":"x","send_test_now":true}`), "200 mails", "200 mails tomasz.nowak@hedgebox.example"},
		{"S3 update", "not wanted", nil, nil, "", patch(1104, `{"insight":2001,"send_test_now":false}`), "200 mails", "200 mails"},
		{"S3 update", "asked for, disabled", nil, nil, "", patch(1113, `{"title":"x","send_test_now":true}`), "200 mails", "200 mails"},
		{"S3 update", "deleted", nil, nil, "", patch(1104, `{"deleted":true,"send_test_now":true}`), "200 mails", "200 mails"},
		{"S3 throttle", "the eleventh test in a minute", nil, eleven, "", patch(1104, `{"send_test_now":true}`), "200", "429 Request was throttled. Expected available in 60 seconds."},
		{"S3 throttle", "shared with test deliveries", nil, eleven, "", "POST " + subs + "1101/test-delivery/", "202", "429 Request was throttled. Expected available in 60 seconds."},
		{"S3 throttle", "a change without a test", nil, eleven, "", patch(1104, `{"title":"x"}`), "200", "200"},
		{"S5 create", "no scheduler", down, nil, "", made(nil), "500 A server error occurred.", "201 mails"},
		{"S5 update", "no scheduler, changed", down, nil, "", patch(1104, `{"title":"x"}`), "500 A server error occurred.", "200 mails"},
	})
	s := serve(t)
	s.Switch(down)
	s.call(made(nil))
	if got := s.object(200, "GET "+subs+"90001/")["id"]; got != 90001.0 {
		t.Errorf("the row of a failed call is stored: %v", got)
	}
}

func TestSchedulesOfBothGenerations(t *testing.T) {
	days := set{"frequency": "daily", "byweekday": []any{"monday", "friday"}}
	with := func(more set) set {
		for name, value := range days {
			if more[name] == nil {
				more[name] = value
			}
		}
		return more
	}
	assert(t, []assertion{
		{"S5 summary", "days", nil, nil, "", made(with(set{})), `201 summary="sent every day"`, `201 summary="sent every day on Monday and Friday"`},
		{"S5 summary", "weekdays", nil, nil, "", get(1105), `200 summary="sent every day"`, `200 summary="sent every day on weekdays"`},
		{"S5 summary", "the last weekday", nil, nil, "", get(1107), `200 summary="sent every month on the last day"`, `200 summary="sent every month on the last weekday"`},
		{"S5 _build_rrule", "a position in a week", nil, nil, "", made(with(set{"frequency": "weekly", "bysetpos": 1, "start_date": "2026-06-15T09:00:00Z"})),
			`201 next_delivery_date="2026-06-22T09:00:00Z"`, `201 next_delivery_date="2026-06-19T09:00:00Z"`},
		{"S5 _compute_next_delivery_date", "every seventh day, on another day", nil, nil, "", made(with(set{"interval": 7, "start_date": "2026-06-16T09:00:00Z"})), "",
			"400 start_date: Subscription schedule has reached its end date. Extend until_date or remove count."},
		{"S5 _compute_next_delivery_date", "every seventh day", nil, nil, "", made(with(set{"interval": 7, "start_date": "2026-06-15T09:00:00Z"})), "", `201 next_delivery_date="2026-06-22T09:00:00Z"`},
	})
	for generation, want := range map[sandbox.Generation]string{sandbox.Page: "13:10", sandbox.Today: "13:30"} {
		s := serve(t, sandbox.WithGeneration(generation))
		s.object(201, made(set{"start_date": "2026-06-15T13:10:00Z", "target_value": "only@x.example"}))
		s.Advance(2 * 3600e9)
		last := s.Outbox()[len(s.Outbox())-1]
		if got := last.At.Format("15:04"); got != want || last.To != "only@x.example" {
			t.Errorf("%s: sent at %s to %s, want %s", generation, got, last.To, want)
		}
	}
}

func TestListsOfBothGenerations(t *testing.T) {
	assert(t, []assertion{
		{"S2 search_fields", "the prompt", nil, nil, "", "GET " + subs + "?search=shrank", "200 count=0", "200 count=1"},
		{"S1 resource_type", "prompts", nil, nil, "", "GET " + subs + "?resource_type=ai_prompt", "200 count=30", "200 count=1"},
		{"S1 resource_type", "nonsense", nil, nil, "", "GET " + subs + "?resource_type=x", "200 count=30", "200 count=32"},
		{"S4 target_type", "Teams", nil, nil, "", "GET " + subs + "?target_type=teams", "400 target_type: Must be one of: email, slack, webhook.", "200 count=1"},
		{"S4 target_type", "a webhook", nil, nil, "", "GET " + subs + "?target_type=webhook", "200 count=1", "400 target_type: Must be one of: email, slack, teams."},
		{"S5 insights", "of several insights", nil, nil, "", "GET " + subs + "?insights=2001,2002", "200 count=30", "200 count=3"},
		{"S5 dashboard_tiles", "insights on a dashboard", nil, nil, "", "GET " + subs + "?dashboard_tiles=101", "200 count=30", "200 count=5"},
		{"S5 dashboard_tiles", "another team's", nil, nil, "", "GET " + subs + "?dashboard_tiles=110", "200 count=30", "400 dashboard_tiles: This dashboard does not belong to your team."},
		{"S5 dashboard_tiles", "without access", func(r *sandbox.Switches) { r.Unviewable = 101 }, nil, "", "GET " + subs + "?dashboard_tiles=101", "200", "403 You do not have viewer access to this resource."},
		{"S5 ordering", "ends in the id", nil, nil, "", "GET " + subs + "?ordering=created_by__email&limit=1", "200", "200"},
		{"S5 routes", "one delivery below projects", nil, nil, "", "GET " + subs + "1101/deliveries/0190de00-0000-7000-8000-000000000001/", "200", "200 status=\"completed\""},
		{"S5 RecipientResult", "a reason for people", nil, []string{"POST " + subs + "1109/test-delivery/"}, "", "GET " + subs + "1109/deliveries/?status=failed", "200",
			`200 results.recipient_results.human_readable_error="PostHog is not a member of this Slack channel."`},
	})
}

func TestSharingOfBothGenerations(t *testing.T) {
	for generation, same := range map[sandbox.Generation]bool{sandbox.Page: true, sandbox.Today: false} {
		s := serve(t, sandbox.WithGeneration(generation))
		first := s.object(200, "PATCH "+share+` {"enabled":true}`)
		s.object(200, "PATCH "+share+` {"enabled":false}`)
		again := s.object(200, "PATCH "+share+` {"enabled":true}`)
		if got := again["access_token"] == first["access_token"]; got != same {
			t.Errorf("%s: switched on again, the link is the same: %v", generation, got)
		}
		if _, has := again["user_access_level"]; has == same {
			t.Errorf("%s: user_access_level: %v", generation, has)
		}
		old := s.do(fact{call: "POST /shared/" + first["access_token"].(string) + ` {"password":"x"}`, key: "-"})
		if (old.status == 404) == same {
			t.Errorf("%s: the old link answers %d", generation, old.status)
		}
	}
}

func TestMembers(t *testing.T) {
	members := "organizations/@current/members/"
	assert(t, []assertion{
		{"posthog/api/organization_member.py", "all", nil, nil, "", "GET " + members, "200 count=6", "200 count=6"},
		{"posthog/api/organization_member.py", "the newest first", nil, nil, "", "GET " + members + "?limit=1", "200 results.user.id=506", "200 results.user.id=506"},
		{"posthog/api/organization_member.py", "by name", nil, nil, "", "GET " + members + "?search=maya", "200 count=6", `200 results.search_match_type="exact"`},
		{"posthog/api/organization_member.py", "level", nil, nil, "", "GET " + members + "?search=priya", "", "200 results.level=15"},
		{"posthog/scopes.py", "without the scope", nil, nil, sandbox.KeySubscriptionsOnly, "GET " + members, "403 API key missing required scope 'organization_member:read'", "403 API key missing required scope 'organization_member:read'"},
	})
}

// TestNewerMembers tests that older servers have none of the newer members.
func TestNewerMembers(t *testing.T) {
	newer := []string{"resource_type", "prompt", "ai_prompt_config", "contexts", "ai_query_plan_status", "delivery_config"}
	for generation, want := range map[sandbox.Generation]int{sandbox.Page: 0, sandbox.Today: len(newer)} {
		m := serve(t, sandbox.WithGeneration(generation)).object(200, get(1101))
		got := slices.DeleteFunc(slices.Clone(newer), func(name string) bool { _, has := m[name]; return !has })
		if len(got) != want {
			t.Errorf("%s has %v", generation, got)
		}
	}
	s := serve(t)
	s.Switch(newest)
	if diff := cmp.Diff("ai_prompt", s.object(200, get(1137))["resource_type"]); diff != "" {
		t.Error(diff)
	}
}
