package tools_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"
	"pgregory.net/rapid"

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
		{"new recipients", "update", `"id":1134,"target_value":"` + sales + `,ada@x.example"`, "ada@x.example", "", "", "ada@x.example", "ada@x.example", "1 1"},
		{"new recipients, quietly", "update", `"id":1134,"target_value":"` + sales + `,ada@x.example","send_test_now":false`, "", "ada@x.example",
			"Newer PostHog stays silent, older ones send to each recipient who is new at once.", "ada@x.example", "", "1 1"},
		{"new recipients, and a message to all", "update", `"id":1134,"target_value":"` + sales + `,ada@x.example","send_test_now":true`, "ada@x.example", sales,
			"Newer PostHog may send to all recipients at once, older ones send to the new ones.", "ada@x.example", "ada@x.example", "1 1"},
		{"a message to all", "update", `"id":1134,"send_test_now":true,"title":"x"`, "", sales, differs, "", sales, "1 1"},
		{"other insights", "update", `"id":1134,"dashboard_export_insights":[2003]`, "", sales, differs, "", sales, "1 1"},
		{"the same insights", "update", `"id":1134,"dashboard_export_insights":[2001,2002]`, "", "", "", "", "", "1 1"},
		{"another title", "update", `"id":1134,"title":"x"`, "", "", "", "", "", "1 1"},
		{"another schedule", "update", `"id":1134,"frequency":"daily","byweekday":null`, "", "", "", "", "", "1 1"},
		{"a position outside monthly", "update", `"id":1134,"byweekday":["monday","friday"],"bysetpos":1`, "", "", "Newer PostHog versions read bysetpos only when the frequency is monthly", "", "", "1 1"},
		{"email with a key", "user", `"email":"x@y.example"`, "", "x@y.example", "PostHog refuses email and password from a key", "x@y.example", "You can only change your email", "1 1"},
		{"re-enabled", "update", `"id":1113,"enabled":true`, "", "elena.petrova@hedgebox.example", differs, "", "elena.petrova@hedgebox.example", "1 1"},
		{"re-enabled quietly", "update", `"id":1113,"enabled":true,"send_test_now":false`, "", "elena.petrova@hedgebox.example",
			"Newer PostHog stays silent; a version without send_test_now may send to all recipients at once.", "", "", "1 1"},
		{"a message while paused", "update", `"id":1113,"send_test_now":true,"title":"x"`, "", "", "send_test_now does nothing while the subscription is paused or deleted.", "", "", "1 1"},
		{"Teams", "create", newRow + `,"target_type":"teams","target_value":"` + inTeams + `"`, "Teams, " + teamHost, "", "Older PostHog does not know teams and refuses it.",
			`"teams" is not a valid choice. This PostHog is too old for Teams: use email or slack.`, "Teams, " + teamHost, "1 2"},
		{"a webhook", "create", newRow + `,"target_type":"webhook","target_value":"https://hooks.x.example/CANARY"`, "", "", "No version of PostHog delivers webhooks",
			"", `"webhook" is not a valid choice. No version of PostHog delivers webhooks`, "2 1"},
		{"an AI prompt", "create", strings.Replace(newRow, `"insight":2001`, `"prompt":"Which plans grow?"`, 1) + ada, "ada@x.example", "",
			"PostHog refuses an AI report unless it is a newer Cloud", "An AI report needs a newer PostHog Cloud", "ada@x.example", "1 2"},
		{"another kind", "update", `"id":1104,"insight":null,"dashboard":101,"dashboard_export_insights":[2001]`, "", "ANY", "Newer PostHog refuses this, since a subscription cannot change from insight to another kind.",
			"", "cannot also set dashboard or prompt", "1 1"},
		{"a change of Slack without integration", "update", `"id":1120,"deleted":true`, "", "", "Newer PostHog refuses every change of this, even deleting", "",
			"A Slack integration is required", "1 2"},
		{"a Teams URL that may be the saved one", "update", `"id":1136,"target_value":"` + strings.Replace(inTeams, "prod-1", "prod-25", 1) + `"`, "", "Teams, prod-25.westeurope.logic.azure.com",
			"A message leaves at once if this is another Teams channel than the saved one.", "none", "Teams, prod-25.westeurope.logic.azure.com", "1"},
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

// No generation ever sends what the preview did not foretell as sure or possible,
// leaves out what it called sure, refuses what it called possible without a word, or
// makes what it called impossible.
func TestForetold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := of(rapid.SampledFrom(generations).Draw(t, "generation"))
		create := "{" + strings.Join(append(drawn(t, creations), schedules(t)), ",") + "}"
		w.foretold(t, "subscriptions-create", create)
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			id := rapid.SampledFrom([]int{firstNew, 1101, 1104, 1110, 1111, 1113, 1120, 1134, 1136, 1137}).Draw(t, "id")
			changes := drawn(t, changes)
			if rapid.IntRange(0, 3).Draw(t, "reschedules") == 0 {
				changes = append(changes, schedules(t))
			}
			if len(changes) > 0 {
				w.foretold(t, "subscriptions-partial-update", fmt.Sprintf(`{"id":%d,%s}`, id, strings.Join(changes, ",")))
			}
		}
	})
}

// creations and changes are members to draw from: one of each list, or the empty one
// for none.
var (
	addressees = []string{
		`"target_type":"email","target_value":"a@team.example"`, `"target_type":"email","target_value":"a@team.example,b@team.example"`,
		`"target_type":"slack","target_value":"C0GROWTH001|#growth","integration_id":701`, `"target_type":"slack","target_value":"C0GROWTH001|#growth","integration_id":799`,
		`"target_type":"teams","target_value":"` + inTeams + `"`, `"target_type":"teams","target_value":"https://evil.example/x"`,
		`"target_type":"webhook","target_value":"https://hooks.x.example/a"`,
	}
	contents = []string{
		`"insight":2001`, `"insight":999999`, `"insight":2037`, `"dashboard":101`, `"dashboard":101,"dashboard_export_insights":[2001]`, `"dashboard":101,"dashboard_export_insights":[2040]`,
		`"dashboard":101,"dashboard_export_insights":[2001,2002,2003,2004,2018,2010,2017]`, `"dashboard":999999,"dashboard_export_insights":[2001]`,
		`"prompt":"Which plans grow?"`, `"prompt":"Which plans grow?","delivery_config":{"include_images":true}`, `"insight":2001,"dashboard_export_insights":[2001]`,
	}
	switched  = []string{"", "", "", `"enabled":true`, `"enabled":false`}
	now       = []string{"", "", `"send_test_now":true`, `"send_test_now":false`}
	creations = [][]string{addressees, contents, switched, now, {"", "", `"summary_enabled":true`}}
	changes   = [][]string{
		append([]string{"", "", "", "", "", `"target_type":"email"`, `"target_value":"b@team.example,c@team.example"`, `"target_type":"slack"`, `"integration_id":null`, `"integration_id":701`}, addressees...),
		append([]string{"", "", "", "", "", `"insight":null`, `"dashboard":null`, `"dashboard_export_insights":[2003,2001]`, `"dashboard_export_insights":[]`, `"contexts":[]`,
			`"delivery_config":{"post_all_insights_in_main_message":true}`, `"ai_prompt_config":{"window":{"mode":"since_last_sent"}}`}, contents...),
		switched, now, {"", "", "", `"deleted":true`, `"deleted":false`}, {"", `"title":"x"`, `"count":1`},
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

func (w *world) foretold(t *rapid.T, tool, arguments string) {
	t.Helper()
	if strings.Contains(arguments, `"count":1`) && strings.Count(arguments, `"count":`) > 1 {
		return
	}
	preview, _ := w.call(t.Context(), tool, with(arguments, `"dry_run":true`))
	before := len(w.Outbox())
	result, _ := w.call(t.Context(), tool, arguments)
	sent := namesOf(w.Outbox()[before:])
	sure, perhaps := texts(preview, "at_once"), texts(preview, "perhaps_at_once")
	impossible := gjson.GetBytes(preview.Object, "would_fail").Exists()
	refused := result.IsError
	for _, name := range sent {
		if slash, _, ok := strings.Cut(name, "|"); ok {
			name = slash
		}
		if !slices.ContainsFunc(slices.Concat(sure, perhaps), func(n string) bool { return strings.HasPrefix(n, name) }) {
			t.Fatalf("%s: %s got a message that nobody foretold: %s", arguments, name, preview.Object)
		}
	}
	webhook := strings.Contains(string(preview.Object), "delivers webhooks")
	switch {
	case preview.IsError:
		if !refused {
			t.Fatalf("%s: no preview: %s", arguments, preview.Object)
		}
	case impossible && !refused && !webhook:
		t.Fatalf("%s is made, but was called impossible: %s", arguments, preview.Object)
	case refused && !impossible && !strings.Contains(string(preview.Object), "refuse"):
		t.Fatalf("%s: %s, which nobody foretold: %s", arguments, result.Object, preview.Object)
	case !refused && !impossible && len(sent) < len(sure) && !strings.Contains(string(preview.Object), "nothing may be delivered"):
		t.Fatalf("%s: sent to %q: %s", arguments, sent, preview.Object)
	}
}
