package tools_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"posthog-mcp/internal/sandbox"
)

func integrations(generation string) func(*sandbox.Switches) {
	return func(s *sandbox.Switches) { s.Integrations = generation }
}

func TestIntegrationLookups(t *testing.T) {
	const (
		broken = `{"notice":"a broken one delivers nothing until a person reconnects it at /settings/environment-integrations",`
		slack  = broken + `"results":[{"id":701,"kind":"slack","display_name":"Hedgebox","connected_by":"priya.raman@hedgebox.example"},{"id":702,"kind":"slack","display_name":"Hedgebox (old)","connected_by":"elena.petrova@hedgebox.example","broken":true}]}`
		github = `{"results":[{"id":703,"kind":"github","display_name":"hedgebox","connected_by":"tomasz.nowak@hedgebox.example"}]}`
		closed = "PostHog answered 403: \"This action does not support personal API key access\"\nWhere PostHog does not support keys here, it is too old to show integrations to one: a person finds the Slack integration's number in PostHog, under Settings, Integrations."
	)
	hold(t, []lookup{
		{name: "of Slack", tool: "integrations-list", arguments: `{"kind":"slack"}`, want: slack},
		{name: "of Slack, older", rules: integrations("mid"), tool: "integrations-list", arguments: `{"kind":"slack"}`, want: slack},
		{name: "oldest", rules: integrations("old"), tool: "integrations-list", arguments: `{"kind":"slack"}`, want: closed},
		{name: "of another kind, older", rules: integrations("mid"), tool: "integrations-list", arguments: `{"kind":"github"}`, want: github},
		{
			name: "none of a kind", tool: "integrations-list", arguments: `{"kind":"hubspot"}`,
			want: `{"notice":"The project has no such integration that a key may see. A person connects one at /settings/environment-integrations.","results":[]}`,
		},
		{
			name: "no Slack", key: sandbox.KeyAdmin, tool: "integrations-list", arguments: `{"kind":"slack","project_id":47200}`,
			want: `{"notice":"This project has no Slack integration. A person connects Slack at https://us.posthog.com/project/47200/settings/environment-integrations; a key cannot.","results":[]}`,
		},
	})
	hold(t, []lookup{
		{
			name: "by name", tool: "slack-channels-list", arguments: `{"integration_id":701,"search":"#growth","limit":1}`,
			want: `{"notice":"1 shown, there are more: next offset 1, or narrow with search","next_offset":1,"results":[{"name":"growth","target_value":"C0GROWTH001|#growth"}]}`,
		},
		{
			name: "by name, older", rules: integrations("mid"), tool: "slack-channels-list", arguments: `{"integration_id":701,"search":"#Growth"}`,
			want: `{"notice":"not_member: a delivery fails until the PostHog app is invited to the channel. private channels left out: 1; PostHog names them to the person who connected Slack alone","results":[{"name":"growth","target_value":"C0GROWTH001|#growth"},{"name":"growth-experiments","target_value":"C0GROWTHEX7|#growth-experiments","not_member":true}]}`,
		},
		{
			name: "by id, older", rules: integrations("mid"), tool: "slack-channels-list", arguments: `{"integration_id":701,"search":"c0board0002"}`,
			want: `{"notice":"private channels left out: 1; PostHog names them to the person who connected Slack alone","results":[{"name":"board-metrics","target_value":"C0BOARD0002|#board-metrics"}]}`,
		},
		{
			name: "similar ones, where none has the name", tool: "slack-channels-list", arguments: `{"integration_id":701,"search":"reliabilitee"}`,
			want: `{"results":[{"name":"reliability","target_value":"C0RELIAB005|#reliability"}]}`,
		},
		{
			name: "shared with others", tool: "slack-channels-list", arguments: `{"integration_id":701,"search":"ext-spikeworks"}`,
			want: `{"notice":"external: people of other companies read the channel","results":[{"name":"ext-spikeworks","target_value":"C0PARTNER04|#ext-spikeworks","external":true}]}`,
		},
		{
			name: "private, to who connected Slack", key: sandbox.KeyAdmin, tool: "slack-channels-list", arguments: `{"integration_id":701,"search":"leadership"}`,
			want: `{"results":[{"name":"leadership","target_value":"G0LEADERS06|#leadership","private":true}]}`,
		},
		{
			name: "nothing", tool: "slack-channels-list", arguments: `{"integration_id":701,"search":"zzz"}`,
			want: `{"notice":"No channel was found. One that was made or joined within the last hour may be missing.","results":[]}`,
		},
		{
			name: "of a broken one", tool: "slack-channels-list", arguments: `{"integration_id":702}`,
			want: "PostHog answered 400: \"Your Slack connection is no longer active. Reconnect Slack to load channels and pick a destination.\"\nintegrations-list shows which integrations are of kind slack, and which of them are broken.",
		},
		{name: "oldest", rules: integrations("old"), tool: "slack-channels-list", arguments: `{"integration_id":701}`, want: closed},
	})
}

// Page by page, each channel is shown once, whatever the server does with a
// page.
func TestChannelPages(t *testing.T) {
	for _, generation := range []string{"new", "mid"} {
		w := newWorld()
		w.Switch(integrations(generation))
		seen, pages := map[string]bool{}, 0
		for offset := int64(0); ; pages++ {
			result, _ := w.call(t.Context(), "slack-channels-list", fmt.Sprintf(`{"integration_id":701,"limit":50,"offset":%d}`, offset))
			answer := gjson.ParseBytes(result.Object)
			for _, row := range answer.Get("results").Array() {
				id, _, _ := strings.Cut(row.Get("target_value").String(), "|")
				if seen[id] {
					t.Errorf("%s: %s comes twice", generation, id)
				}
				seen[id] = true
			}
			next := answer.Get("next_offset")
			if !next.Exists() {
				break
			}
			offset = next.Int()
		}
		if len(seen) != 216 || pages != 4 || seen["G0LEADERS06"] {
			t.Errorf("%s: %d channels on %d pages", generation, len(seen), pages+1)
		}
	}
}

func TestDeliveryLookups(t *testing.T) {
	environments := func(s *sandbox.Switches) { s.EnvironmentDeliveries = true }
	const (
		ofBoard = `{"more":true,"results":[{"created_at":"2024-07-06T06:30:00Z","trigger":"scheduled","status":"completed","recipients":"2 sent","sent":"board@hedgebox.example, priya.raman@hedgebox.example"}]}`
		older   = "/api/environments/31001/subscriptions/1102/deliveries/"
	)
	hold(t, []lookup{
		{name: "the newest", tool: "subscriptions-deliveries-list", arguments: `{"id":1102,"limit":1}`, want: ofBoard},
		{name: "the newest, older", rules: environments, tool: "subscriptions-deliveries-list", arguments: `{"id":1102,"limit":1}`, want: ofBoard, asked: older},
		{
			name: "a bad cursor, older", rules: environments, tool: "subscriptions-deliveries-list", arguments: `{"id":1102,"cursor":"x"}`, asked: older,
			want: "PostHog answered 404: \"Invalid cursor\"\nLooked for in project 31001. Check the id, or name another project with project_id; projects-list shows them.",
		},
		{
			name: "the last page", tool: "subscriptions-deliveries-list", arguments: `{"id":1101,"limit":1,"cursor":"cD02Mw=="}`,
			want: `{"results":[{"created_at":"2024-04-08T07:00:00Z","trigger":"scheduled","status":"completed","recipients":"2 sent","sent":"growth@hedgebox.example, maya.lindqvist@hedgebox.example"}]}`,
		},
		{
			name: "that failed", tool: "subscriptions-deliveries-list", arguments: `{"id":1101,"status":"failed","limit":1}`,
			want: `{"more":true,"results":[{"created_at":"2025-04-14T07:00:00Z","trigger":"scheduled","status":"failed","error":"Failed to generate exports"}]}`,
		},
		{
			name: "that were skipped", tool: "subscriptions-deliveries-list", arguments: `{"id":1102,"status":"skipped"}`,
			want: `{"notice":"No delivery has this status.","results":[]}`, asked: "/api/projects/31001/subscriptions/1102/",
		},
		{
			name: "of nothing", tool: "subscriptions-deliveries-list", arguments: `{"id":9}`,
			want: "PostHog answered 404: \"Not found.\"\nLooked for in project 31001. Check the id, or name another project with project_id; projects-list shows them.", asked: "/api/projects/31001/subscriptions/9/",
		},
	})
}

// Through the whole history: who did not get it is named, though PostHog says
// completed, and what the reports held is never read.
func TestDeliveryHistory(t *testing.T) {
	w := newWorld()
	cursor, rows, failures := "", 0, 0
	for {
		result, _ := w.call(t.Context(), "subscriptions-deliveries-list", `{"id":1101,"limit":50`+cursor+`}`)
		answer := gjson.ParseBytes(result.Object)
		for _, row := range answer.Get("results").Array() {
			rows++
			if row.Get("failed").Exists() {
				failures++
				want := `"status":"completed","recipients":"1 sent, 1 failed","sent":"growth@hedgebox.example","failed":[{"recipient":"maya.lindqvist@hedgebox.example","error":"Mailbox unavailable"}]}`
				if !strings.HasSuffix(row.Raw, want) {
					t.Errorf("%s", row.Raw)
				}
			}
		}
		if partly := strings.Contains(answer.Raw, `"failed":`); partly != strings.HasPrefix(answer.Get("notice").String(), "completed does not mean that everybody got it") {
			t.Errorf("notice: %s", answer.Get("notice"))
		}
		if strings.Contains(answer.Raw, "snapshot") || len(answer.Raw) > 40_000 {
			t.Errorf("%d bytes", len(answer.Raw))
		}
		next := answer.Get("next_cursor").String()
		if next == "" {
			break
		}
		cursor = `,"cursor":"` + next + `"`
	}
	if rows != 64 || failures != 3 {
		t.Errorf("%d rows, %d failures", rows, failures)
	}
}

// A test delivery is found as one, with what became of it.
func TestDeliveryOfATest(t *testing.T) {
	w := newWorld()
	if result, _ := w.call(t.Context(), "subscriptions-test-delivery-create", `{"id":1109}`); result.IsError {
		t.Fatal(result.Text)
	}
	result, _ := w.call(t.Context(), "subscriptions-deliveries-list", `{"id":1109,"limit":1}`)
	want := `"results":[{"created_at":"2026-11-24T12:00:00Z","trigger":"test delivery","status":"failed","recipients":"1 failed","failed":[{"recipient":"C0GENERAL03|#general","error":"The request to the Slack API failed: not_in_channel"}]}]}`
	if !strings.HasSuffix(string(result.Object), want) || !strings.Contains(string(result.Object), "invites the PostHog app") {
		t.Errorf("%s", result.Object)
	}
}

// From never shared to locked: a link is shown only where it opens something.
func TestSharingLookups(t *testing.T) {
	w := newWorld()
	const locked = `"warnings":["Nobody can open the link while it has no password: session-recordings-sharing-passwords-create adds one."]}`
	for _, step := range []struct{ tool, arguments, want string }{
		{"session-recordings-sharing-retrieve", `{"recording_id":"r"}`, `{"enabled":false,"password_required":false}`},
		{"session-recordings-sharing-partial-update", `{"recording_id":"r","enabled":true,"password_required":true,"settings":{"noHeader":true}}`, `{"enabled":true,"password_required":true,"settings":{"noHeader":true},"link":LINK,` + strings.Replace(locked, "]", `,"The project has no recording r: PostHog shares a page without one."]`, 1)},
		{"session-recordings-sharing-passwords-create", `{"recording_id":"r","raw_password":"canary-pass","note":"for Jo"}`, ``},
		{"session-recordings-sharing-retrieve", `{"recording_id":"r"}`, `{"enabled":true,"password_required":true,"settings":{"noHeader":true},"passwords":[{"id":90001,"created_at":"2026-11-24T12:00:00Z","note":"for Jo"}],"link":LINK}`},
		{"session-recordings-sharing-partial-update", `{"recording_id":"r","password_required":false}`, `{"enabled":true,"password_required":false,"settings":{"noHeader":true},"passwords":[{"id":90001,"created_at":"2026-11-24T12:00:00Z","note":"for Jo"}],"link":LINK,"warnings":["Everyone who has the link can watch the recording, without a password."]}`},
		{"session-recordings-sharing-partial-update", `{"recording_id":"r","enabled":false}`, `{"enabled":false,"password_required":false,"settings":{"noHeader":true},"passwords":[{"id":90001,"created_at":"2026-11-24T12:00:00Z","note":"for Jo"}]}`},
	} {
		result, asked := w.call(t.Context(), step.tool, step.arguments)
		looks := strings.Contains(step.arguments, `"enabled":true`) // for the recording itself
		if result.IsError || len(asked) != 1 && !looks {
			t.Fatalf("%s: %s after %q", step.arguments, result.Text, asked)
		}
		got := string(result.Object)
		if link := gjson.Get(got, "link"); link.Exists() {
			got = strings.Replace(got, link.Raw, "LINK", 1)
			if !strings.HasPrefix(link.String(), "https://us.posthog.com/shared/") {
				t.Errorf("link %s", link)
			}
		}
		if diff := cmp.Diff(step.want, got); step.want != "" && diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", step.tool, step.arguments, diff)
		}
	}
}

// What the organization does not allow, with the way out.
func TestSharingIsRefused(t *testing.T) {
	const hint = "\nWhere public sharing is disabled, an organization admin can allow it in PostHog. Passwords on shared links need PostHog's access control feature; an organization admin can see the plan under Billing."
	hold(t, []lookup{
		{
			name: "in the whole organization", rules: func(s *sandbox.Switches) { s.PublicSharing = false },
			tool: "session-recordings-sharing-partial-update", arguments: `{"recording_id":"r","enabled":true}`,
			want: `PostHog answered 403: "Public sharing is disabled for this organization."` + hint,
		},
		{
			name: "without the feature", rules: func(s *sandbox.Switches) { s.SharePasswords = false },
			tool: "session-recordings-sharing-partial-update", arguments: `{"recording_id":"r","password_required":true}`,
			want: `PostHog answered 403: "Sharing with password requires the Advanced Permissions feature"` + hint,
		},
		{
			name: "to a key that only reads", key: sandbox.KeyReadOnly,
			tool: "session-recordings-sharing-partial-update", arguments: `{"recording_id":"r","enabled":true}`,
			want: "PostHog answered 403: \"API key missing required scope 'sharing_configuration:write'\"\nAdd the scope sharing_configuration:write to the key in PostHog (Settings, Personal API keys), or use a key that has it.",
		},
	})
}
