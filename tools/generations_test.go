package tools_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"posthog-mcp/internal/sandbox"
)

var generations = []sandbox.Generation{sandbox.Page, sandbox.Today}

// of is a world with PostHog's rules of that time.
func of(g sandbox.Generation) *world {
	w := newWorld(sandbox.WithGeneration(g))
	w.box.Learned = new(sync.Map)
	return w
}

const (
	inTeams  = "https://prod-1.westeurope.logic.azure.com/workflows/CANARY/triggers/manual/paths/invoke"
	teamHost = "prod-1.westeurope.logic.azure.com"
	newRow   = `"frequency":"weekly","start_date":"2027-01-04T09:00:00Z","insight":2001`
	ada      = `,"target_type":"email","target_value":"ada@x.example"`
	later    = "The first message leaves at once, whatever start_date says."
	differs  = "Newer PostHog sends to all recipients at once, older ones to nobody."
	sales    = "sales@hedgebox.example"
)

// What a preview says of a change, and what each generation of PostHog makes of it.
// This is the table of docs/agents.md, row by row.
func TestGenerations(t *testing.T) {
	for _, c := range []struct {
		name, tool, arguments string
		// atOnce, perhaps and says are what the preview has, in both generations.
		atOnce, perhaps, says string
		// page and today are who gets a message, or how PostHog refuses.
		page, today string
		// calls are how many requests the change takes in each generation.
		calls string
	}{
		{"interval is left out", "create", newRow + ada, "ada@x.example", "", later, "ada@x.example", "ada@x.example", "2 2"},
		{"created quietly", "create", newRow + ada + `,"send_test_now":false`, "", "ada@x.example", "Newer PostHog stays silent, older ones send to every recipient at once.", "ada@x.example", "", "2 2"},
		{"created paused", "create", newRow + ada + `,"enabled":false`, "", "", "", "", "", "2 2"},
		{"new recipients", "update", `"id":1134,"target_value":"` + sales + `,ada@x.example"`, "ada@x.example", "", "", "ada@x.example", "ada@x.example", "2 2"},
		{"new recipients, quietly", "update", `"id":1134,"target_value":"` + sales + `,ada@x.example","send_test_now":false`, "", "ada@x.example",
			"Newer PostHog stays silent, older ones send to each recipient who is new at once.", "ada@x.example", "", "2 2"},
		{"new recipients, and a message to all", "update", `"id":1134,"target_value":"` + sales + `,ada@x.example","send_test_now":true`, "ada@x.example", sales,
			"Newer PostHog may send to all recipients at once, older ones send to the new ones.", "ada@x.example", "ada@x.example", "2 2"},
		{"a message to all", "update", `"id":1134,"send_test_now":true,"title":"x"`, "", sales, differs, "", sales, "2 2"},
		{"other insights", "update", `"id":1134,"dashboard_export_insights":[2003]`, "", sales, differs, "", sales, "2 2"},
		{"the same insights", "update", `"id":1134,"dashboard_export_insights":[2001,2002]`, "", "", "", "", "", "2 2"},
		{"another integration", "update", `"id":1103,"integration_id":702`, "", "C0GROWTH001|#growth", differs, "", "", "3 3"}, // the other workspace is broken
		{"another title", "update", `"id":1134,"title":"x"`, "", "", "", "", "", "1 1"},
		{"another schedule", "update", `"id":1134,"frequency":"daily","byweekday":null`, "", "", "", "", "", "1 1"},
		{"a position outside monthly", "update", `"id":1134,"byweekday":["monday","friday"],"bysetpos":1`, "", "", "Newer PostHog versions read bysetpos only when the frequency is monthly", "", "", "1 1"},
		{"email with a key", "user", `"email":"x@y.example"`, "", "x@y.example", "PostHog refuses email and password from a key", "x@y.example", "You can only change your email", "2 2"},
		{"re-enabled", "update", `"id":1113,"enabled":true`, "", "elena.petrova@hedgebox.example", differs, "", "elena.petrova@hedgebox.example", "2 2"},
		{"re-enabled quietly", "update", `"id":1113,"enabled":true,"send_test_now":false`, "", "elena.petrova@hedgebox.example",
			"Newer PostHog stays silent; a version without send_test_now may send to all recipients at once.", "", "", "2 2"},
		{"a message while paused", "update", `"id":1113,"send_test_now":true,"title":"x"`, "", "", "send_test_now does nothing while the subscription is paused or deleted.", "", "", "2 2"},
		{"Teams", "create", newRow + `,"target_type":"teams","target_value":"` + inTeams + `"`, "Teams, " + teamHost, "", "Older PostHog does not know teams and refuses it.",
			`"teams" is not a valid choice. This PostHog is too old for Teams: use email or slack.`, "Teams, " + teamHost, "1 2"},
		{"a webhook", "create", newRow + `,"target_type":"webhook","target_value":"https://hooks.x.example/CANARY"`, "", "", "No version of PostHog delivers webhooks",
			"", `"webhook" is not a valid choice. No version of PostHog delivers webhooks`, "2 1"},
		{"an AI prompt", "create", strings.Replace(newRow, `"insight":2001`, `"prompt":"Which plans grow?"`, 1) + ada, "ada@x.example", "",
			"PostHog refuses an AI report unless it is a newer Cloud", "An AI report needs a newer PostHog Cloud", "ada@x.example", "1 2"},
		{"another kind", "update", `"id":1104,"insight":null,"dashboard":101,"dashboard_export_insights":[2001]`, "", "ANY", "Newer PostHog refuses this, since a subscription cannot change from insight to another kind.",
			"", "cannot also set dashboard or prompt", "2 2"},
		{"a change of Slack without integration", "update", `"id":1120,"deleted":true`, "", "", "Newer PostHog refuses every change of this, even deleting", "",
			"A Slack integration is required", "1 2"},
		{"a Teams URL that may be the saved one", "update", `"id":1136,"target_value":"` + strings.Replace(inTeams, "prod-1", "prod-25", 1) + `"`, "", "Teams, prod-25.westeurope.logic.azure.com",
			"A message leaves at once if this is another Teams channel than the saved one.", "none", "Teams, prod-25.westeurope.logic.azure.com", "2"},
		{"a number of no integration", "create", newRow + ada + `,"integration_id":999999`, "ada@x.example", "", "PostHog fails with 500 where no integration has that number.",
			"Leave integration_id out: it is for Slack alone", "Leave integration_id out", "1 1"},
		{"due at ten past", "create", strings.Replace(newRow, "09:00:00", "09:10:00", 1) + ada, "ada@x.example", "", "PostHog delivers at :00 and :30: 09:10 means 09:30.", "ada@x.example", "ada@x.example", "2 2"},
		{"due later today", "create", `"frequency":"daily","start_date":"2026-11-24T14:10:00Z","insight":2001` + ada, "ada@x.example", "",
			"Two messages today: one at once, whatever start_date says, and one at 14:30 UTC.", "ada@x.example", "ada@x.example", "2 2"},
		{"eight insights", "create", `"frequency":"weekly","start_date":"2027-01-04T09:00:00Z","dashboard":101,"dashboard_export_insights":[2001,2002,2003,2004,2018,2010,2017]` + ada,
			"ada@x.example", "", "PostHog may refuse 7 insights: how many it takes depends on its version and the plan.", "Cannot select more than 6 insights.", "ada@x.example", "1 2"},
	} {
		tool := map[string]string{"create": "subscriptions-create", "update": "subscriptions-partial-update", "user": "users-partial-update"}[c.tool]
		var calls []string
		for _, g := range generations {
			if g == sandbox.Page && c.page == "none" {
				continue // it has no such subscription
			}
			w := of(g)
			preview, _ := w.call(t.Context(), tool, "{"+c.arguments+`,"dry_run":true}`)
			sure, perhaps := strings.Join(texts(preview, "at_once"), " "), strings.Join(texts(preview, "perhaps_at_once"), " ")
			if sure != c.atOnce || perhaps != c.perhaps && c.perhaps != "ANY" || !strings.Contains(string(preview.Object), c.says) {
				t.Errorf("%s, %s: the preview has %s", c.name, g, preview.Object)
			}
			before := len(w.Outbox())
			result, asked := w.call(t.Context(), tool, "{"+c.arguments+"}")
			calls = append(calls, fmt.Sprint(len(asked)))
			want := map[sandbox.Generation]string{sandbox.Page: c.page, sandbox.Today: c.today}[g]
			got := strings.Join(namesOf(w.Outbox()[before:]), " ")
			if result.IsError {
				got = gjson.GetBytes(result.Object, "detail").String() + " " + gjson.GetBytes(result.Object, "hint").String()
			}
			if got != want && (!result.IsError || want == "" || !strings.Contains(got, want)) || strings.Contains(result.Text, "CANARY") {
				t.Errorf("%s, %s: want %q, got %q: %s", c.name, g, want, got, result.Object)
			}
		}
		if diff := cmp.Diff(c.calls, strings.Join(calls, " ")); diff != "" {
			t.Errorf("%s: requests of page and today: %s", c.name, diff)
		}
	}
}

// namesOf are the recipients as a preview has them.
func namesOf(messages []sandbox.Message) (names []string) {
	for _, m := range messages {
		names = append(names, map[string]string{"teams": "Teams, "}[m.Kind]+m.To)
	}
	return names
}
