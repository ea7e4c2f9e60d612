package tools_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"
	"pgregory.net/rapid"

	"posthog-mcp/internal/sandbox"
)

// What a preview promises holds in each generation: nobody gets a message whom it does
// not name, everybody whom it is sure of gets one, what it calls impossible is refused,
// and what is refused it calls impossible, or names the generation or the condition.
func TestForetold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := promising(t)
		w.foretold(t, "subscriptions-create", object(drawn(t, creations), schedules(t)))
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			id := fmt.Sprintf(`"id":%d`, rapid.SampledFrom([]int{firstNew, 1101, 1104, 1110, 1111, 1113, 1120, 1134, 1136, 1137}).Draw(t, "id"))
			if rapid.IntRange(0, 5).Draw(t, "tests") == 0 {
				w.foretold(t, "subscriptions-test-delivery-create", object([]string{id}))
			}
			members, moves := drawn(t, changes), ""
			if rapid.IntRange(0, 3).Draw(t, "reschedules") == 0 {
				moves = schedules(t)
			} else if rapid.IntRange(0, 3).Draw(t, "ends") == 0 {
				moves = `"count":1`
			}
			if len(members)+len(moves) > 0 {
				w.foretold(t, "subscriptions-partial-update", object([]string{id}, members, moves))
			}
		}
	})
}

// The same of accounts, and of what is shared.
func TestForetoldOfOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := promising(t)
		for range rapid.IntRange(1, 4).Draw(t, "calls") {
			tool := rapid.SampledFrom([]string{"users-partial-update", "users-partial-update", "users-hedgehog-config-partial-update", "session-recordings-sharing-partial-update",
				"session-recordings-sharing-passwords-create", "session-recordings-sharing-passwords-destroy", "session-recordings-sharing-refresh-create"}).Draw(t, "tool")
			if members := drawn(t, others[tool]); len(members) > 0 {
				w.foretold(t, tool, object(members))
			}
		}
	})
}

// What PostHog says of a URL or a password is repeated without it.
func TestRefusalsRepeatNoSecret(t *testing.T) {
	w := newWire(t)
	for _, c := range []struct{ tool, arguments string }{
		{"subscriptions-create", `{` + newRow + `,"target_type":"teams","target_value":"` + inTeams + `"}`},
		{"subscriptions-partial-update", `{"id":1,"target_value":"` + inTeams + `"}`},
		{"users-partial-update", `{"password":"CANARY-1","current_password":"CANARY-2"}`},
	} {
		w.answers(400, nil, `{"type":"validation_error","code":"invalid_input","detail":"Not valid: `+inTeams+`, CANARY-1, CANARY-2","attr":"target_value"}`)
		result := w.call(c.tool, c.arguments)
		if secret := c.tool[:4] == "subs"; strings.Contains(result.Text, inTeams) && secret || strings.Contains(result.Text, "CANARY-1") && !secret || !strings.Contains(string(result.Object), "[redacted]") {
			t.Errorf("%s: %s", c.tool, result.Text)
		}
	}
}

// Members to draw from: one of each list, or the empty one for none.
var (
	addressees = []string{
		`"target_type":"email","target_value":"a@team.example"`, `"target_type":"email","target_value":"a@team.example,b@team.example"`,
		`"target_type":"slack","target_value":"C0GROWTH001|#growth","integration_id":701`, `"target_type":"slack","target_value":"C0GROWTH001|#growth","integration_id":799`,
		`"target_type":"teams","target_value":"` + inTeams + `"`, `"target_type":"teams","target_value":"https://evil.example/x"`,
		`"target_type":"webhook","target_value":"https://hooks.x.example/a"`, `"target_type":"email","target_value":"a@team.example","integration_id":701`,
		`"target_type":"email","target_value":"a@team.example","integration_id":999999`,
	}
	contents = []string{
		`"insight":2001`, `"insight":999999`, `"insight":2037`, `"dashboard":101`, `"dashboard":101,"dashboard_export_insights":[2001]`, `"dashboard":101,"dashboard_export_insights":[2040]`,
		`"dashboard":101,"dashboard_export_insights":[2001,2002,2003,2004,2018,2010,2017]`, `"dashboard":999999,"dashboard_export_insights":[2001]`,
		`"prompt":"Which plans grow?"`, `"prompt":"Which plans grow?","delivery_config":{"include_images":true}`, `"insight":2001,"dashboard_export_insights":[2001]`,
		`"prompt":"Which plans grow?","contexts":[{"type":"dashboard","id":"101"}],"ai_prompt_config":{"window":{"mode":"since_last_sent"}}`,
	}
	switched  = []string{"", "", "", `"enabled":true`, `"enabled":false`}
	now       = []string{"", "", `"send_test_now":true`, `"send_test_now":false`}
	creations = [][]string{addressees, contents, switched, now, {"", "", `"summary_enabled":true`}}
	changes   = [][]string{
		append([]string{"", "", "", "", "", `"target_type":"email"`, `"target_value":"b@team.example,c@team.example"`, `"target_value":"A@team.example,a@team.example,a@team.example"`, `"target_type":"slack"`, `"integration_id":null`, `"integration_id":701`,
			`"target_value":"` + inTeams + `"`, `"target_value":"C0GROWTH001|#growth"`}, addressees...),
		append([]string{"", "", "", "", "", `"insight":null`, `"dashboard":null`, `"dashboard_export_insights":[2003,2001]`, `"dashboard_export_insights":[]`, `"contexts":[]`,
			`"delivery_config":{"post_all_insights_in_main_message":true}`, `"delivery_config":{}`, `"ai_prompt_config":{"window":{"mode":"since_last_sent"}}`}, contents...),
		switched, now, {"", "", "", `"deleted":true`, `"deleted":false`}, {"", `"title":"x"`, `"invite_message":"hi"`}, {"", "", `"summary_enabled":true`, `"summary_enabled":false`},
	}
	ofRecording = []string{`"recording_id":"` + sandbox.RecordingCheckout + `"`}
	others      = map[string][][]string{
		"users-partial-update": {
			{"", "", "", `"email":"x@y.example"`, `"email":"maya.lindqvist@hedgebox.example"`, `"email":"Maya.Lindqvist@hedgebox.example"`, `"password":"correct-horse-2"`,
				`"password":"correct-horse-2","current_password":"correct-horse-battery-staple"`},
			{"", "", "", `"set_current_team":31002`, `"set_current_team":47200`, `"set_current_organization":"0190a000-0000-7000-8000-0000000000a1"`, `"set_current_organization":"nobody"`},
			{"", "", "", `"is_staff":true`, `"is_staff":false`, `"passkeys_enabled_for_2fa":true`, `"passkeys_enabled_for_2fa":false`},
			{"", `"first_name":"M"`, `"toolbar_mode":"disabled"`, `"toolbar_mode":null`, `"theme_mode":""`, `"shortcut_position":null`, `"role_at_organization":"data"`, `"events_column_config":{"active":["x"]}`},
			{"", "", `"notification_settings":{"plugin_disabled":false}`, `"notification_settings":{"plugin_disabled":"no"}`, `"notification_settings":{"weather":true}`,
				`"notification_settings":{"project_weekly_digest_disabled":{"31001":true}}`, `"notification_settings":{"project_weekly_digest_disabled":{"31001":1}}`,
				`"notification_settings":{"project_weekly_digest_disabled":true}`, `"notification_settings":{"data_pipeline_error_threshold":0.5}`, `"notification_settings":{"data_pipeline_error_threshold":2}`,
				`"notification_settings":{"data_pipeline_error_threshold":"0.5"}`, `"notification_settings":{"realtime_notifications_disabled":{"comment_mention":{"31001":true}}}`,
				`"notification_settings":{"realtime_notifications_disabled":{"weather":{"31001":true}}}`, `"notification_settings":{"realtime_notifications_disabled":{"comment_mention":true}}`,
				`"notification_settings":{"pipeline_notifications_disabled":{"hog_function:1":true}}`, `"notification_settings":{"pipeline_notifications_disabled":{"1":true}}`},
		},
		"users-hedgehog-config-partial-update": {{`"hedgehog_config":{"color":"red"}`, `"hedgehog_config":{}`}},
		"session-recordings-sharing-partial-update": {ofRecording, {"", `"enabled":true`, `"enabled":false`}, {"", `"password_required":true`, `"password_required":false`},
			{"", "", `"settings":{"noHeader":true}`, `"settings":{"noHeader":"yes"}`, `"settings":{"theme":"dark"}`, `"settings":{"theme":"blue"}`, `"settings":{"weather":"fine"}`, `"settings":["noHeader"]`, `"settings":null`}},
		"session-recordings-sharing-passwords-create":  {ofRecording, {"", `"raw_password":"long-enough"`}, {"", `"note":"x"`}},
		"session-recordings-sharing-passwords-destroy": {ofRecording, {`"password_id":90001`, `"password_id":90002`, `"password_id":9`}},
		"session-recordings-sharing-refresh-create":    {ofRecording},
	}
)

func drawn(t *rapid.T, lists [][]string) (members []string) {
	for i, list := range lists {
		if member := rapid.SampledFrom(list).Draw(t, fmt.Sprint("member ", i)); member != "" {
			members = append(members, member)
		}
	}
	return members
}

// object has the members, some of which are lists of them.
func object(lists ...any) string {
	var all []string
	for _, l := range lists {
		switch l := l.(type) {
		case []string:
			all = append(all, l...)
		case string:
			if l != "" {
				all = append(all, l)
			}
		}
	}
	return "{" + strings.Join(all, ",") + "}"
}

// promising is a world of one of the generations, with what nobody can tell beforehand.
func promising(t *rapid.T) *world {
	w := of(rapid.SampledFrom(generations).Draw(t, "generation"))
	w.Switch(func(s *sandbox.Switches) {
		rapid.SampledFrom([]func(){
			func() {}, func() {}, func() {}, func() {}, func() {}, func() { s.AIConsent = false }, func() { s.AIPrompts = false }, func() { s.SelfHosted = true }, func() { s.AICreditsSpent = true },
			func() { s.SubscriptionLimit = 5 }, func() { s.Unviewable = 2001 }, func() { s.Unviewable = 101 }, func() { s.HiddenTable = "orders" }, func() { s.FilesWrite = false },
			func() { s.InsightCap = 25 }, func() { s.InsightCap = 2 }, func() { s.PublicSharing = false }, func() { s.SharePasswords = false }, func() { s.DeliveryRunning = true },
			func() { s.GovernedNotification = "plugin_disabled" }, func() { s.MailConfigured = false }, func() { s.Plan = "free" }, func() { s.PromptGuide = false },
		}).Draw(t, "switch")()
		s.TestDeliveryLimit = false
	})
	return w
}

// untold are refusals that no look at PostHog foretells: limits of the plan, the
// caller's rights to single objects, settings of the organization, what happens meanwhile.
var untold = regexp.MustCompile(`limit of|limited to|Viewer access|viewer access|have access to|AI data processing|AI credit|AI context|AI summary context|already in progress|set by your organization|` +
	`Public sharing is disabled|requires the (Access Control|Advanced Permissions) feature|Cannot select more than`)

// The sentences with which a preview says that a generation refuses a call, or all do
// under a condition.
var (
	refusing    = map[sandbox.Generation]string{sandbox.Page: "Older PostHog", sandbox.Today: "Newer PostHog"}
	conditional = regexp.MustCompile(`PostHog (may refuse|refuses|fails with).* (unless|unknown|depends|without the scope|where)`)
	certain     = regexp.MustCompile(`^(Older|Newer) PostHog .*refuses`)
)

func (w *world) foretold(t *rapid.T, tool, arguments string) {
	t.Helper()
	var g sandbox.Generation
	w.Switch(func(s *sandbox.Switches) { g = s.Generation })
	preview, _ := w.call(t.Context(), tool, with(arguments, `"dry_run":true`))
	before := len(w.Outbox())
	result, _ := w.call(context.Background(), tool, arguments)
	sent := namesOf(w.Outbox()[before:])
	if preview.IsError {
		if !result.IsError {
			t.Fatalf("%s %s: no preview: %s", tool, arguments, preview.Object)
		}
		return
	}
	sure, perhaps := texts(preview, "at_once"), texts(preview, "perhaps_at_once")
	for _, name := range sent {
		if !slices.ContainsFunc(slices.Concat(sure, perhaps), func(n string) bool { n, _, _ = strings.Cut(n, "|"); return n == name }) {
			t.Fatalf("%s, %s: %s got a message that nobody foretold: %s", g, arguments, name, preview.Object)
		}
	}
	impossible := strings.Join(texts(preview, "would_fail"), " ")
	excused := strings.Contains(impossible, "delivers webhooks") || strings.Contains(impossible, "Nobody gets this") || g == sandbox.Page && strings.Contains(impossible, "except in older versions")
	warnings := texts(preview, "warnings")
	doubted := slices.ContainsFunc(warnings, func(s string) bool {
		return conditional.MatchString(s) || strings.HasPrefix(s, refusing[g]) && strings.Contains(s, "refuses")
	})
	condemned := slices.ContainsFunc(warnings, func(s string) bool {
		return certain.MatchString(s) && strings.HasPrefix(s, refusing[g]) && !conditional.MatchString(s)
	})
	switch {
	case result.IsError && impossible == "" && !doubted && !untold.MatchString(result.Text):
		t.Fatalf("%s, %s %s: %s, which nobody foretold: %s", g, tool, arguments, result.Object, preview.Object)
	case !result.IsError && (impossible != "" && !excused || condemned):
		t.Fatalf("%s, %s %s is made, but was called impossible: %s", g, tool, arguments, preview.Object)
	case !result.IsError && impossible == "" && len(sent) < len(sure) && !strings.Contains(string(preview.Object), "nothing may be delivered"):
		t.Fatalf("%s, %s %s: sent to %q: %s", g, tool, arguments, sent, preview.Object)
	case !result.IsError && strings.Contains(gjson.GetBytes(result.Object, "warnings").Raw, "refuses"):
		t.Fatalf("%s, %s %s is made, and its result speaks of refusals: %s", g, tool, arguments, result.Object)
	}
}
