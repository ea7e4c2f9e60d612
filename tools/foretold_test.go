package tools_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/tools/recipient"
	"posthog-mcp/transport/limit"
)

// What cannot be done is said with the way out, and PostHog then refuses it.
func TestWouldFail(t *testing.T) {
	const sharing = `"recording_id":"` + sandbox.RecordingCheckout + `"`
	for _, c := range []struct{ tool, arguments, says string }{
		{"users-partial-update", `{"email":"x@y.example"}`, "PostHog refuses email and password from a key"},
		{"users-partial-update", `{"password":"correct-horse-2","current_password":"x"}`, "the person changes them in PostHog"},
		{"users-partial-update", `{"is_staff":true}`, "only staff"},
		{"users-destroy", `{"uuid":"@me"}`, "a person does it in PostHog's account settings"},
		{"users-credentials-review-complete-create", `{}`, "a person does it in PostHog's account settings"},
		{"subscriptions-destroy", `{"id":1134}`, "use subscriptions-partial-update with deleted: true"},
		{"subscriptions-test-delivery-create", `{"id":1113}`, "subscriptions-partial-update switches it on"},
		{"subscriptions-create", `{"frequency":"weekly","start_date":"2027-01-04T09:00:00Z","target_type":"email","target_value":"a@x.example","dashboard":109,"dashboard_export_insights":[2001]}`, "which is not on the dashboard. Dashboard 109 has the insights 2027"},
		{"subscriptions-create", `{"frequency":"weekly","start_date":"2027-01-04T09:00:00Z","target_type":"email","target_value":"a@x.example","insight":999999}`, "The project has no insight 999999."},
		{"subscriptions-partial-update", `{"id":1111,"enabled":true}`, "No version of PostHog delivers webhooks"},
		{"subscriptions-partial-update", `{"id":1110,"enabled":true,"count":null,"until_date":"2024-12-01T00:00:00Z"}`, "the schedule has no delivery left"},
		{"subscriptions-partial-update", `{"id":1136,"target_type":"email"}`, "leaving Teams needs a new target_value"},
		{"session-recordings-sharing-passwords-create", `{` + sharing + `}`, "session-recordings-sharing-partial-update switches that on"},
		{"session-recordings-sharing-passwords-destroy", `{` + sharing + `,"password_id":9}`, "the recording has no password 9"},
	} {
		w := of(sandbox.Today)
		preview, _ := w.call(t.Context(), c.tool, with(c.arguments, `"dry_run":true`))
		if !strings.Contains(gjson.GetBytes(preview.Object, "would_fail").String(), c.says) {
			t.Errorf("%s %s: %s", c.tool, c.arguments, preview.Object)
		}
		if result, _ := w.call(t.Context(), c.tool, c.arguments); !result.IsError {
			t.Errorf("%s %s is made: %s", c.tool, c.arguments, result.Object)
		}
	}
}

// A saved target that no Slack channel has is told wherever something would be sent there.
func TestNoChannel(t *testing.T) {
	for _, g := range []sandbox.Generation{sandbox.Page, sandbox.Today} {
		for arguments, told := range map[string]bool{
			`{"id":1101,"target_type":"slack","integration_id":701}`:                              true,
			`{"id":1101,"target_type":"slack","integration_id":701,"target_value":"C0GROWTH001"}`: false,
			`{"id":1101,"title":"Growth"}`:                                                        false,
		} {
			preview, _ := of(g).call(t.Context(), "subscriptions-partial-update", with(arguments, `"dry_run":true`))
			if got := strings.Contains(gjson.GetBytes(preview.Object, "warnings").Raw, "is no Slack channel's id"); got != told {
				t.Errorf("%s, %s: told %v: %s", g, arguments, got, preview.Object)
			}
		}
	}
}

// A dashboard without insights cannot be sent.
func TestEmptyDashboard(t *testing.T) {
	w := newWire(t)
	w.answers(200, nil, `{"id":7,"name":"Notes","tiles":[{"id":1,"text":{"body":"x"}}],"results":[]}`)
	preview := w.call("subscriptions-create", `{"frequency":"weekly","start_date":"2037-01-04T09:00:00Z","target_type":"email","target_value":"a@x.example","dashboard":7,"dry_run":true}`)
	if got := gjson.GetBytes(preview.Object, "would_fail.0").String(); !strings.HasPrefix(got, "PostHog refuses this: Dashboard 7 has no insights, so that there is nothing to send") {
		t.Errorf("%s", preview.Object)
	}
}

// Teams has a rule of its own, and is closed by any other.
func TestRulesOfTeams(t *testing.T) {
	create := `{` + newRow + `,"target_type":"teams","target_value":"` + inTeams + `"}`
	mails := allow(t, recipient.Rules{EmailDomains: []string{"hedgebox.example"}})
	ours := allow(t, recipient.Rules{TeamsHosts: []string{"*.logic.azure.com"}})
	others := allow(t, recipient.Rules{TeamsHosts: []string{"x.webhook.office.com"}})
	for _, c := range []struct {
		rules           *recipient.Allow
		tool, arguments string
		denied          string
	}{
		{mails, "subscriptions-create", create, "--allow-teams-hosts is not set"},
		{mails, "subscriptions-test-delivery-create", `{"id":1136}`, "--allow-teams-hosts is not set"},
		{mails, "subscriptions-partial-update", `{"id":1136,"send_test_now":true}`, "--allow-teams-hosts is not set"},
		{mails, "subscriptions-partial-update", `{"id":1136,"enabled":false}`, ""},
		{ours, "subscriptions-create", create, ""},
		{ours, "subscriptions-test-delivery-create", `{"id":1136}`, ""},
		{ours, "subscriptions-partial-update", `{"id":1136,"send_test_now":true}`, ""},
		{ours, "subscriptions-partial-update", `{"id":1134,"title":"x"}`, "--allow-email-domains is not set"},
		{others, "subscriptions-create", create, teamHost},
		{others, "subscriptions-test-delivery-create", `{"id":1136}`, "logic.azure.com"},
	} {
		w := of(sandbox.Today)
		w.box.Rules.Recipients = c.rules
		result, _ := w.call(t.Context(), c.tool, c.arguments)
		if result.IsError != (c.denied != "") || !strings.Contains(result.Text, c.denied) || strings.Contains(result.Text+string(result.Object), "CANARY") {
			t.Errorf("%s %s: %s%s", c.tool, c.arguments, result.Text, result.Object)
		}
	}
}

// A new subscription's double is named before and after: the same report to one of the
// same recipients.
func TestDoubles(t *testing.T) {
	const daily = `"frequency":"daily","start_date":"2027-01-04T09:00:00Z"`
	for _, c := range []struct{ arguments, says string }{
		{`{` + daily + `,"dashboard":101,"dashboard_export_insights":[2001],"target_type":"email","target_value":"new@x.example,Sales@hedgebox.example"}`,
			`The same is sent already by subscription 1134 \"Growth weekly for sales\" (active) to Sales@hedgebox.example.`},
		{`{` + daily + `,"insight":2002,"target_type":"slack","integration_id":701,"target_value":"C0GROWTH001"}`,
			`1103 \"Signup funnel to #growth\" (active) to C0GROWTH001.`},
		{`{` + daily + `,"dashboard":101,"dashboard_export_insights":[2001],"target_type":"email","target_value":"new@x.example"}`, ""},
		{`{` + daily + `,"insight":2003,"target_type":"email","target_value":"sales@hedgebox.example","fields":["title"]}`, ""},
	} {
		for _, g := range generations {
			w := of(g)
			preview, _ := w.call(t.Context(), "subscriptions-create", with(c.arguments, `"dry_run":true`))
			made, _ := w.call(t.Context(), "subscriptions-create", c.arguments)
			for _, got := range []string{gjson.GetBytes(preview.Object, "warnings").Raw, gjson.GetBytes(made.Object, "notice").Raw} {
				if c.says != "" && !strings.Contains(got, c.says) || c.says == "" && strings.Contains(got, "sent already") || made.IsError {
					t.Errorf("%s, %s: %s %s", g, c.arguments, got, made.Object)
				}
			}
		}
	}
}

// A refusal teaches how many insights this PostHog takes.
func TestInsightCap(t *testing.T) {
	const call = `{"frequency":"daily","start_date":"2027-01-04T09:00:00Z","target_type":"email","target_value":"a@x.example","dashboard":101,` +
		`"dashboard_export_insights":[2001,2002,2003,2004,2018,2010,2017]}`
	w := of(sandbox.Page)
	before, _ := w.call(t.Context(), "subscriptions-create", with(call, `"dry_run":true`))
	refused, asked := w.call(t.Context(), "subscriptions-create", call)
	after, _ := w.call(t.Context(), "subscriptions-create", with(call, `"dry_run":true`))
	if gjson.GetBytes(before.Object, "would_fail").Exists() || !refused.IsError || len(asked) != 1 ||
		!strings.Contains(gjson.GetBytes(after.Object, "would_fail").String(), "PostHog refuses more than 6 insights here.") {
		t.Errorf("%s\n%s %q\n%s", before.Object, refused.Object, asked, after.Object)
	}
}

// Sharing that is switched on again has another link on newer servers.
func TestSharedAgain(t *testing.T) {
	const share = `{"recording_id":"` + sandbox.RecordingCheckout + `","password_required":true,"enabled":`
	for _, g := range generations {
		w := of(g)
		first, _ := w.call(t.Context(), "session-recordings-sharing-partial-update", share+`true}`)
		if fresh, _ := w.call(t.Context(), "session-recordings-sharing-partial-update", share+`true,"dry_run":true}`); strings.Contains(string(fresh.Object), "new link") {
			t.Errorf("%s: it is on: %s", g, fresh.Object)
		}
		w.call(t.Context(), "session-recordings-sharing-partial-update", share+`false}`)
		preview, _ := w.call(t.Context(), "session-recordings-sharing-partial-update", share+`true,"dry_run":true}`)
		again, _ := w.call(t.Context(), "session-recordings-sharing-partial-update", share+`true}`)
		same := gjson.GetBytes(first.Object, "link").String() == gjson.GetBytes(again.Object, "link").String()
		if !strings.Contains(string(preview.Object), "Newer PostHog makes a new link") || same != (g == sandbox.Page) {
			t.Errorf("%s: the same link %v: %s", g, same, preview.Object)
		}
	}
}

// The clocks' changes have dates where the project's zone is the one of the start.
func TestClockChanges(t *testing.T) {
	for offset, want := range map[string]string{
		"+01:00": "The schedule is kept in UTC: from 28 March 2027 it arrives at 10:00 in Stockholm, from 31 October 2027 at 09:00.",
		"-08:00": "The schedule is kept in UTC, at 17:00 all year: where clocks change for summer, deliveries come an hour off.",
	} {
		w := of(sandbox.Today)
		preview, _ := w.call(t.Context(), "subscriptions-create", `{"insight":2001,"target_type":"email","target_value":"a@x.example","frequency":"daily","start_date":"2027-01-04T09:00:00`+offset+`","dry_run":true}`)
		if got := gjson.GetBytes(preview.Object, "after.warnings.0").String(); got != want {
			t.Errorf("%s: %q", offset, got)
		}
	}
}

// The result has the dates too, where the project was read for the duplicate guard.
func TestClockChangesOfResults(t *testing.T) {
	w := of(sandbox.Today)
	w.box.Project, w.box.Once = "", limit.NewOnce(time.Hour, time.Minute, nil)
	made, asked := w.call(t.Context(), "subscriptions-create", `{"insight":2001,"target_type":"email","target_value":"a@x.example","frequency":"daily","start_date":"2027-01-04T09:00:00+01:00"}`)
	if got := gjson.GetBytes(made.Object, "warnings").Raw; !strings.Contains(got, "from 28 March 2027 it arrives at 10:00 in Stockholm") || len(asked) != 3 {
		t.Errorf("%q %s", asked, made.Object)
	}
}

// At ten past, newer servers deliver when the preview says.
func TestHalfHours(t *testing.T) {
	w := of(sandbox.Today)
	arguments := `{"insight":2001,"target_type":"email","target_value":"a@x.example","frequency":"daily","start_date":"2026-11-25T09:10:00Z","enabled":true}`
	preview, _ := w.call(t.Context(), "subscriptions-create", with(arguments, `"dry_run":true`))
	w.call(t.Context(), "subscriptions-create", arguments)
	w.mail = nil
	w.Advance(24 * time.Hour)
	if got := texts(preview, "after.next")[0]; len(w.mail) != 1 || got != w.mail[0].At.Format(time.RFC3339) || got != "2026-11-25T09:30:00Z" {
		t.Errorf("previewed for %s, sent %v", got, w.mail)
	}
}
