package tools_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"
	"pgregory.net/rapid"

	"posthog-mcp/tools/engine"
)

// What PostHog may answer beyond what the sandbox does, and what is made of it.
func TestLookupViews(t *testing.T) {
	const link = `"link":"https://us.posthog.com`
	for _, c := range []struct{ name, tool, arguments, answer, want string }{
		{
			"names that are null or empty", "dashboards-list", `{}`,
			`{"count":2,"next":null,"results":[{"id":1,"name":null,"description":null,"pinned":false,"tags":null},{"id":2,"name":"","description":"","tags":[]}]}`,
			`{"count":2,` + link + `/dashboard/{id}","results":[{"id":1},{"id":2}]}`,
		},
		{
			"names that are null are no match", "dashboards-list", `{"search":"x"}`,
			`{"count":1,"next":null,"results":[{"id":1,"name":null}]}`,
			`{"notice":"No dashboard was found. The name may be another, or the dashboard may be in another project (project_id).","results":[]}`,
		},
		{
			"names that hide and break", "dashboards-list", `{}`,
			"{\"count\":1,\"next\":null,\"results\":[{\"id\":1,\"name\":\"a\\u202eb\\u0007\\nc\",\"tags\":[\"\U000E0041t\"],\"description\":\"\\\"}],\\\"x\\\":\"}]}",
			`{"count":1,` + link + `/dashboard/{id}","results":[{"id":1,"name":"ab\nc","description":"\"}],\"x\":","tags":["t"]}]}`,
		},
		{
			"long texts are cut", "dashboards-list", `{}`,
			`{"count":1,"next":null,"results":[{"id":1,"name":"` + strings.Repeat("n", 300) + `","description":"` + strings.Repeat("é", 200) + `"}]}`,
			`{"count":1,` + link + `/dashboard/{id}","results":[{"id":1,"name":"` + strings.Repeat("n", 200) + `…","description":"` + strings.Repeat("é", 80) + `…"}]}`,
		},
		{
			"a search that an old server ignored", "dashboards-list", `{"search":"b","offset":100}`,
			`{"count":312,"next":"https://x/?offset=200","results":[` + strings.Repeat(`{"id":1,"name":"a"},`, 99) + `{"id":2,"name":"B"}]}`,
			`{"notice":"looked at 200 of 312; next offset 200","next_offset":200,` + link + `/dashboard/{id}","results":[{"id":2,"name":"B"}]}`,
		},
		{
			"a search that found nothing so far", "dashboards-list", `{"search":"b"}`,
			`{"count":312,"next":"https://x/?offset=1","results":[{"id":1,"name":"a"}]}`,
			`{"notice":"none found so far. looked at 1 of 312; next offset 1","next_offset":1,"results":[]}`,
		},
		{
			"a dashboard of text", "dashboards-retrieve", `{"id":1}`, `{"id":1,"name":null,"tiles":[{"id":5,"insight":null,"text":{"body":"x"}}]}`,
			`{"notice":"No tile of this dashboard shows an insight: there is nothing that a subscription could send.","id":1,` + link + `/dashboard/1","insights":[],"other_tiles":1}`,
		},
		{
			"insights of newer and older kinds", "insights-list", `{}`,
			`{"count":4,"next":null,"results":[{"id":1,"query":{"kind":"DataTableNode"}},{"id":2,"query":{"kind":"DataVisualizationNode","source":{"kind":"HogQLQuery"}}},{"id":3,"query":null,"dashboard_tiles":null},{"id":4,"name":"","derived_name":"d","dashboard_tiles":[{"dashboard_id":7,"deleted":true},{"dashboard_id":8,"deleted":null}]}]}`,
			`{"count":4,` + link + `/insights/{short_id}","results":[{"id":1,"name":"Untitled","kind":"DataTableNode"},{"id":2,"name":"Untitled","kind":"HogQL"},{"id":3,"name":"Untitled"},{"id":4,"name":"d","dashboards":[8]}]}`,
		},
		{
			"more integrations than a page", "integrations-list", `{"kind":"slack"}`,
			`{"count":120,"next":"https://x","results":[{"id":1,"kind":"slack-posthog-code"},{"id":2,"kind":"github"}]}`,
			`{"notice":"This project has no Slack integration. A person connects Slack at https://us.posthog.com/settings/environment-integrations; a key cannot. looked at the first 2 of 120","results":[]}`,
		},
		{
			"a channel of an evil name", "slack-channels-list", `{"integration_id":1}`,
			`{"channels":[{"id":"C1","name":"a\"|#\u202eb","is_private":null}],"has_more":false}`,
			`{"results":[{"name":"a\"|#b","target_value":"C1|#a\"|#b"}]}`,
		},
		{
			"recipients of every sort", "subscriptions-deliveries-list", `{"id":1}`,
			`{"next":null,"results":[{"created_at":"2026-11-24T08:00:00.123456+01:00","trigger_type":"preview","status":"completed","scheduled_at":null,"finished_at":"2026-11-24T07:01:30Z","error":"odd",` +
				`"recipient_results":[{"recipient":"a@x.example","status":"success"},{"recipient":"https://hooks.example/secret-canary","status":"failed","error":{"type":"missing_integration"}},{"recipient":"C1|#a","status":"partial","error":{"message":"thread","type":"partial_thread_failure"}},{"recipient":"b","status":"bounced"}]},` +
				`{"created_at":"soon","trigger_type":"target_change","status":"starting","recipient_results":null,"error":null}]}`,
			`{"notice":"completed does not mean that everybody got it: see failed. missing_integration: the subscription needs an integration_id; integrations-list has them","results":[{"created_at":"2026-11-24T07:00:00Z","trigger":"preview","status":"completed","finished_at":"2026-11-24T07:01:30Z","recipients":"1 sent, 1 partly sent, 1 failed, 1 other","sent":"a@x.example",` +
				`"failed":[{"recipient":"https://hooks.example/…","error":"missing_integration"},{"recipient":"C1|#a","status":"partial","error":"thread"},{"recipient":"b","status":"bounced"}],"error":"odd"},{"created_at":"soon","trigger":"created or edited","status":"starting"}]}`,
		},
		{
			"many who did not get it", "subscriptions-deliveries-list", `{"id":1}`,
			`{"next":"https://x/?cursor=a%2Bb%3D&x=1","results":[{"created_at":"2026-11-24T08:00:00Z","status":"failed","recipient_results":[` + strings.TrimSuffix(strings.Repeat(`{"recipient":"a","status":"failed"},`, 7), ",") + `]}]}`,
			`{"next_cursor":"a+b=","results":[{"created_at":"2026-11-24T08:00:00Z","status":"failed","recipients":"7 failed","failed":[{"recipient":"a"},{"recipient":"a"},{"recipient":"a"},{"recipient":"a"},{"recipient":"a"}],"more_failed":2}]}`,
		},
		{
			"a token that would leave its place", "session-recordings-sharing-retrieve", `{"recording_id":"r"}`,
			`{"created_at":"2026-11-24T08:00:00Z","enabled":true,"access_token":"../x?y","settings":{},"password_required":false,"share_passwords":[]}`,
			`{"enabled":true,"password_required":false,` + link + `/shared/..%2Fx%3Fy","warnings":["Everyone who has the link can watch the recording, without a password."]}`,
		},
		{
			"projects with tokens", "projects-list", `{}`,
			`{"count":1,"next":null,"results":[{"id":1,"name":"A","api_token":"phc_canary","secret_api_token":"phs_canary","organization":"o","timezone":"UTC","is_demo":true}]}`,
			`{"count":1,` + link + `/project/{id}","results":[{"id":1,"name":"A","timezone":"UTC","is_demo":true}]}`,
		},
	} {
		t.Run(c.tool+" "+c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, w(t, c.answer, c.tool, c.arguments)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Answers of megabytes: what is not shown is not read, and what would be too
// large is left out, in words.
func TestLargeLookups(t *testing.T) {
	heavy := `"result":[` + strings.Repeat(`{"data":[1,2,3],"label":"canary"},`, 5000) + `{}]`
	rows := func(n int, row string) string {
		all := make([]string, n)
		for i := range all {
			all[i] = strings.ReplaceAll(row, "N", fmt.Sprint(i+1))
		}
		return strings.Join(all, ",")
	}
	name := strings.Repeat("n", 190)
	for _, c := range []struct{ name, tool, arguments, answer, notice string }{
		{"a dashboard with results", "dashboards-retrieve", `{"id":1}`, `{"id":1,"tiles":[` + rows(30, `{"id":9,"insight":{"id":N,`+heavy+`}}`) + `]}`, ``},
		{"a dashboard of many", "dashboards-retrieve", `{"id":1}`, `{"id":1,"tiles":[` + rows(400, `{"insight":{"id":N,"name":"`+name+`"}}`) + `]}`, "only the first 185 insights fit into the answer"},
		{"a page with results", "insights-list", `{"limit":30}`, `{"count":30,"next":null,"results":[` + rows(30, `{"id":N,`+heavy+`}`) + `]}`, ``},
		{"a page of many", "insights-list", `{"limit":1000,"offset":7}`, `{"count":1000,"next":null,"results":[` + rows(400, `{"id":N,"name":"`+name+`"}`) + `]}`, "what follows does not fit into the answer. 185 of 1000; next offset 192, or narrow with search or dashboard"},
		{"deliveries", "subscriptions-deliveries-list", `{"id":1,"limit":50}`, `{"next":null,"results":[` + rows(50, `{"created_at":"N","content_snapshot":{`+heavy+`}}`) + `]}`, ``},
		{"integrations", "integrations-list", `{}`, `{"count":400,"next":null,"results":[` + rows(400, `{"id":N,"kind":"k","display_name":"`+name+`"}`) + `]}`, "looked at the first 170 of 400"},
		{"channels", "slack-channels-list", `{"integration_id":1,"limit":200}`, `{"channels":[` + rows(400, `{"id":"CN","name":"`+name+`"}`) + `]}`, "93 shown, there are more: next offset 93, or narrow with search"},
		{"passwords", "session-recordings-sharing-retrieve", `{"recording_id":"r"}`, `{"enabled":false,"share_passwords":[` + rows(400, `{"id":N,"note":"`+name+`"}`) + `]}`, ``},
	} {
		t.Run(c.tool+" "+c.name, func(t *testing.T) {
			got := w(t, c.answer, c.tool, c.arguments)
			if len(got) > 40_000 || !json.Valid([]byte(got)) || strings.Contains(got, "canary") {
				t.Errorf("%d bytes: %.100s", len(got), got)
			}
			if notice := gjson.Get(got, "notice").String(); notice != c.notice {
				t.Errorf("notice %q", notice)
			}
		})
	}
}

// However the rows of a list lie, walking it with a search finds each row that
// has the name once, and in order.
func TestSearchWalks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "a b"}), 0, 40).Draw(t, "names")
		page := rapid.IntRange(1, 15).Draw(t, "page")
		limit := rapid.IntRange(1, 5).Draw(t, "limit")
		var got, want []int64
		for i, name := range names {
			if strings.Contains(name, "b") {
				want = append(want, int64(i))
			}
		}
		for offset := int64(0); ; {
			rest := names[min(int(offset), len(names)):]
			var rows []string
			for i, name := range rest[:min(page, len(rest))] {
				rows = append(rows, fmt.Sprintf(`{"id":%d,"name":%q}`, int(offset)+i, name))
			}
			next := "null"
			if len(rest) > page {
				next = `"https://x.example/"`
			}
			answer := fmt.Sprintf(`{"count":%d,"next":%s,"results":[%s]}`, len(names), next, strings.Join(rows, ","))
			box := &engine.Toolbox{API: canned{Status: http.StatusOK, Body: []byte(answer)}}
			tool := catalogueOf(t).Tool("dashboards-list")
			shown := gjson.ParseBytes(box.Call(t.Context(), tool, json.RawMessage(fmt.Sprintf(`{"search":"B","limit":%d,"offset":%d}`, limit, offset))).Object)
			for _, row := range shown.Get("results").Array() {
				got = append(got, row.Get("id").Int())
			}
			if !shown.Get("next_offset").Exists() {
				break
			}
			if shown.Get("next_offset").Int() <= offset {
				t.Fatalf("no progress at %d: %s", offset, shown.Raw)
			}
			offset = shown.Get("next_offset").Int()
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

func catalogueOf(t *rapid.T) *engine.Catalogue {
	c, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	return c
}
