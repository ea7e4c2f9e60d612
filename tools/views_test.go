package tools_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"
	"github.com/tiktoken-go/tokenizer"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/posthog"
)

// noon is when the views of these tests are made.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// row is a subscription as PostHog has it, but for the given members.
func row(change map[string]any) string {
	object := map[string]any{
		"id": 7, "dashboard": nil, "insight": 12, "insight_short_id": "AaVQ8Ijw", "resource_name": "Signup funnel", "dashboard_export_insights": []int{},
		"target_type": "email", "target_value": "a@x.example", "frequency": "weekly", "interval": 2, "byweekday": []string{"monday"}, "bysetpos": nil,
		"count": nil, "start_date": "2026-11-02T09:00:00Z", "until_date": nil, "deleted": false, "enabled": true, "title": "Signups",
		"next_delivery_date": "2026-11-30T09:00:00Z", "summary_enabled": false, "created_at": "2026-10-30T10:11:12Z", "created_by": map[string]any{"email": "m@x.example", "hedgehog_config": map[string]any{}},
	}
	for name, value := range change {
		object[name] = value
	}
	data, _ := json.Marshal(object)
	return string(data)
}

// What PostHog has, and what an agent reads of one subscription.
func TestSubscriptionView(t *testing.T) {
	const plain = `{"id":7,"title":"Signups","insight":12,"resource_name":"Signup funnel","email":"a@x.example","schedule":"every 2 weeks on Monday, 09:00 UTC",`
	const made = `,"started":"2026-11-02","created":"2026-10-30 by m@x.example"}`
	const link = `,"link":"https://us.posthog.com/project/42/insights/AaVQ8Ijw/subscriptions/7"` + made
	for _, c := range []struct {
		name   string
		change map[string]any
		want   string
	}{
		{"active", nil, plain + `"state":"active","next":["2026-11-30T09:00:00Z","2026-12-14T09:00:00Z","2026-12-28T09:00:00Z"]` + link},
		{"paused shows no next delivery", map[string]any{"enabled": false}, plain + `"state":"paused"` + link},
		{"deleted, though enabled", map[string]any{"deleted": true}, plain + `"state":"deleted"` + link},
		{"ended, though enabled", map[string]any{"next_delivery_date": nil}, plain + `"state":"ended"` + link},
		{"the title is not said twice", map[string]any{"title": "Signup funnel", "enabled": false}, `{"id":7,"title":"Signup funnel","insight":12,"email":"a@x.example","schedule":"every 2 weeks on Monday, 09:00 UTC","state":"paused"` + link},
		{"what is out of the ordinary", map[string]any{"enabled": false, "summary_enabled": true, "title": nil}, `{"id":7,"insight":12,"resource_name":"Signup funnel","email":"a@x.example","schedule":"every 2 weeks on Monday, 09:00 UTC","state":"paused","summary_enabled":true` + link},
		{
			"a dashboard on Slack, with an end", map[string]any{
				"dashboard": 3, "insight": nil, "insight_short_id": nil, "dashboard_export_insights": []int{5, 6}, "target_type": "slack", "target_value": "C1|#growth", "count": 5,
			},
			`{"id":7,"title":"Signups","dashboard":3,"resource_name":"Signup funnel","slack":"C1|#growth","schedule":"every 2 weeks on Monday, 09:00 UTC, 3 of 5 deliveries left","state":"active","dashboard_export_insights":[5,6],"next":["2026-11-30T09:00:00Z","2026-12-14T09:00:00Z","2026-12-28T09:00:00Z"],"link":"https://us.posthog.com/project/42/dashboard/3/subscriptions/7"` + made,
		},
		{"a destination that we don't know", map[string]any{"target_type": "pigeon", "enabled": false}, strings.Replace(plain, `"email":"a@x.example"`, `"target_type":"pigeon","target_value":"a@x.example"`, 1) + `"state":"paused"` + link},
		{"PostHog plans another date than the schedule has", map[string]any{"next_delivery_date": "2026-12-01T09:00:00Z"}, plain + `"state":"active","next":["2026-12-01T09:00:00Z"]` + link},
		{"a warning", map[string]any{"byweekday": nil, "bysetpos": 1}, plain + `"state":"active","next":["2026-11-30T09:00:00Z","2026-12-14T09:00:00Z","2026-12-28T09:00:00Z"],"warnings":["bysetpos has no effect without byweekday: PostHog ignores it."]` + link},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := w(t, row(c.change), "subscriptions-retrieve", `{"id":7,"project_id":42}`)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// w is the object that a tool makes of PostHog's answer.
func w(t *testing.T, answer, tool, arguments string) string {
	t.Helper()
	wire := newWire(t)
	wire.box.Host, wire.box.Now = "https://us.posthog.com", func() time.Time { return noon }
	wire.answers(http.StatusOK, http.Header{"Content-Type": {"application/json"}}, answer)
	result := wire.call(tool, arguments)
	if result.IsError {
		t.Fatal(result.Text)
	}
	return string(result.Object)
}

// A start in local time is one in UTC to PostHog.
func TestLocalStart(t *testing.T) {
	const shifts = `"warnings":["The schedule is kept in UTC, at 08:00 all year: where clocks change for summer, deliveries come an hour off."]`
	for start, want := range map[string]bool{"2026-11-02T09:00:00+01:00": true, "2026-11-02T09:00:00Z": false, "2026-11-02T09:00:00+00:00": false, "2026-11-02T09:00": false} {
		got := w(t, row(nil), "subscriptions-partial-update", `{"id":7,"start_date":"`+start+`"}`)
		if strings.Contains(got, shifts) != want || strings.Contains(got, "warnings") != want {
			t.Errorf("%s: %s", start, got)
		}
	}
}

// Its weekdays and days of the month are UTC's, in the result and in the preview,
// for a subscription that is paused too.
func TestLocalDays(t *testing.T) {
	const late = "2026-11-30T20:00:00-08:00"
	weekdays := `byweekday [\"monday\"] delivers on Sunday at UTC-08:00. If you mean Monday there, give byweekday [\"tuesday\"].`
	for _, c := range []struct {
		change          map[string]any
		arguments, want string
	}{
		{map[string]any{"start_date": "2026-12-01T04:00:00Z"}, `{"id":7,"start_date":"` + late + `"}`, weekdays}, // the saved weekdays
		{map[string]any{"start_date": "2026-12-01T04:00:00Z"}, `{"id":7,"start_date":"2026-11-30T20:00-08:00","byweekday":["monday"]}`, weekdays},
		{map[string]any{"start_date": "2026-12-01T04:00:00Z", "enabled": false}, `{"id":7,"start_date":"` + late + `","enabled":false}`, weekdays},
		{map[string]any{"start_date": "2026-12-01T04:00:00Z", "frequency": "monthly", "byweekday": nil}, `{"id":7,"start_date":"` + late + `","frequency":"monthly","byweekday":null}`, "Day 1 in UTC is the last day of the month before at UTC-08:00."},
		{nil, `{"id":7,"byweekday":["monday"]}`, ""}, // what is saved has no offset
	} {
		got := w(t, row(c.change), "subscriptions-partial-update", c.arguments)
		if c.want == "" && strings.Contains(got, "warnings") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %s", c.arguments, got)
		}
	}
	world := newWorld()
	for _, arguments := range []string{
		`{` + newMail + `,"target_value":"a@hedgebox.example","byweekday":["monday"],"dry_run":true}`,
		`{` + newMail + `,"target_value":"a@hedgebox.example","byweekday":["monday"],"enabled":false,"dry_run":true}`,
		`{` + newMail + `,"target_value":"a@hedgebox.example","byweekday":["monday"]}`,
	} {
		result, _ := world.call(t.Context(), "subscriptions-create", strings.Replace(arguments, "2027-01-04T09:00:00Z", "2027-01-04T20:00:00-08:00", 1))
		if !strings.Contains(string(result.Object), weekdays) {
			t.Errorf("%s: %s %s", arguments, result.Text, result.Object)
		}
	}
}

func TestSubscriptionList(t *testing.T) {
	list := `{"count":60,"next":"https://us.posthog.com/api/projects/42/subscriptions/?limit=1&offset=26","previous":null,"results":[` + row(nil) + `]}`
	got := w(t, list, "subscriptions-list", `{"limit":1,"offset":25,"project_id":42}`)
	want := `{"notice":"1 of 60; next offset 26, or narrow with search, state or recipient","count":60,"next_offset":26,"link":"https://us.posthog.com/project/42/subscriptions/{id}","results":[{"id":7,"title":"Signups","insight":12,"resource_name":"Signup funnel","email":"a@x.example","schedule":"every 2 weeks on Monday, 09:00 UTC","next":"2026-11-30"}]}`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got = w(t, list, "subscriptions-list", `{"limit":1,"offset":25,"fields":["title","created_by.email"]}`)
	if !strings.HasSuffix(got, `"results":[{"created_by":{"email":"m@x.example"},"title":"Signups"}]}`) {
		t.Error(got)
	}
}

// What the answers cost an agent, on the sandbox's data, in o200k tokens.
func TestAnswersAreSmall(t *testing.T) {
	codec, err := tokenizer.Get(tokenizer.O200kBase)
	if err != nil {
		t.Fatal(err)
	}
	world := sandbox.New(sandbox.WithClock(func() time.Time { return noon }))
	box := &engine.Toolbox{
		API:  posthog.New(posthog.Options{Base: world.RoundTripper(), Key: sandbox.KeyAll}),
		Host: "https://us.posthog.com", Now: func() time.Time { return noon },
	}
	for _, c := range []struct {
		tool, arguments string
		most            int
	}{
		{"subscriptions-list", `{"limit":20}`, 1300},
		{"subscriptions-retrieve", `{"id":1101}`, 180},
		{"subscriptions-partial-update", `{"id":1101,"title":"Growth"}`, 180},
		{"subscriptions-create", `{"target_type":"email","target_value":"a@x.example","frequency":"monthly","byweekday":["monday","tuesday"],"bysetpos":-1,"count":9,"start_date":"2027-01-04T09:00:00Z","insight":2001,"summary_enabled":true,"title":"Monthly numbers"}`, 180},
		{"users-retrieve", `{}`, 250},
		{"subscriptions-test-delivery-create", `{"id":1102}`, 180},
	} {
		result := box.Call(context.Background(), catalogue(t).Tool(c.tool), json.RawMessage(c.arguments))
		if result.IsError {
			t.Fatal(result.Text)
		}
		n, err := codec.Count(string(result.Object))
		if err != nil || n > c.most {
			t.Errorf("%s %s: %d tokens, at most %d (%v)", c.tool, c.arguments, n, c.most, err)
		}
	}
}

// An account's view shows no token, of whatever project.
func TestUserView(t *testing.T) {
	answer := `{"id":5,"uuid":"u","first_name":"Maya","last_name":"","email":"m@x.example","pending_email":null,"is_staff":false,"team":{"id":42,"name":"App","timezone":"UTC","api_token":"phc_canary"},"organization":{"id":"o","name":"Hedgebox","teams":[{"id":42,"name":"App","api_token":"phc_canary"},{"id":43,"name":"Site","api_token":"phc_canary"}]},"organizations":[{"id":"o","name":"Hedgebox"}],"theme_mode":null,"toolbar_mode":"toolbar","is_2fa_enabled":true,"role_at_organization":"product"}`
	want := `{"id":5,"uuid":"u","name":"Maya","email":"m@x.example","role_at_organization":"product","organization":{"id":"o","name":"Hedgebox"},"project":{"id":42,"name":"App","timezone":"UTC"},"projects":[{"id":42,"name":"App"},{"id":43,"name":"Site"}],"toolbar_mode":"toolbar","is_2fa_enabled":true}`
	if diff := cmp.Diff(want, w(t, answer, "users-retrieve", `{}`)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Who is sent what: PostHog does not search in recipients, so it is done here,
// among the first hundred.
func TestSubscriptionsByRecipient(t *testing.T) {
	w := newWorld()
	for _, c := range []struct{ arguments, ids, notice string }{
		{`{"recipient":"#growth"}`, "[1120,1103]", ""},
		{`{"recipient":"c0growth001"}`, "[1120,1103]", ""},
		{`{"recipient":"#growth","offset":27}`, "[1103]", ""},
		{`{"recipient":"#growth","limit":1}`, "[1120]", "1 of the 2 that match; next offset 27"},
		{`{"recipient":"SALES@hedgebox.example"}`, "[1134,1112]", ""},
		{`{"recipient":"nobody"}`, "[]", "None found. Deleted ones are listed with deleted: true only."},
		{`{"deleted":true}`, "[1130,1115]", ""},
	} {
		result, asked := w.call(t.Context(), "subscriptions-list", c.arguments)
		got := gjson.ParseBytes(result.Object)
		if ids := got.Get("results.#.id").Raw; ids != c.ids || got.Get("notice").String() != c.notice || len(asked) != 1 {
			t.Errorf("%s: %s after %q", c.arguments, result.Object, asked)
		}
	}
}

// Whatever is how large, a result is JSON of at most 40 KB that says what it
// lacks.
func TestNothingIsTooLarge(t *testing.T) {
	huge := strings.Repeat("x", 300_000)
	many := strings.Repeat(`{"id":"0190a000-0000-7000-8000-0000000000a1","name":"An organization"},`, 3000)
	for _, c := range []struct{ name, answer, tool, arguments string }{
		{"an object, whole", row(map[string]any{"title": huge}), "subscriptions-retrieve", `{"id":7,"fields":["*"]}`},
		{"an object, concise", row(map[string]any{"title": huge}), "subscriptions-retrieve", `{"id":7}`},
		{"a list with a huge item", `{"count":2,"next":null,"results":[` + row(map[string]any{"title": huge}) + `,` + row(nil) + `]}`, "subscriptions-list", `{}`},
		{"many organizations", `{"id":1,"organizations":[` + strings.TrimSuffix(many, ",") + `]}`, "users-retrieve", `{}`},
		{"settings", `{"id":1,"notification_settings":{"a":"` + huge + `"}}`, "users-retrieve", `{}`},
		{"a config", `{"color":"` + huge + `","skin":"` + huge + `"}`, "users-hedgehog-config-retrieve", `{}`},
		{"a preview", row(map[string]any{"title": huge}), "subscriptions-partial-update", `{"id":7,"invite_message":"` + huge + `","dry_run":true}`},
	} {
		got := w(t, c.answer, c.tool, c.arguments)
		if len(got) > 40_000 || !json.Valid([]byte(got)) || !strings.Contains(got, "too large and left out") {
			t.Errorf("%s: %d bytes, %.300s", c.name, len(got), got)
		}
	}
}
