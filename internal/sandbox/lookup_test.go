package sandbox_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/sandbox"
)

func TestLookupErrors(t *testing.T) {
	long := strings.Repeat("x", 201)
	tooLong := invalid("search", "Search query must be 200 characters or fewer.")
	channels := "GET " + main + "integrations/701/channels/"
	generation := func(g string) func(*sandbox.Switches) { return func(r *sandbox.Switches) { r.Integrations = g } }
	noKeys := denied("This action does not support personal API key access")
	check(t, []fact{
		{name: "dashboard search", call: "GET " + main + "dashboards/?search=" + long, status: 400, want: tooLong},
		{name: "old servers look at no search", rules: func(r *sandbox.Switches) { r.DashboardSearch = "absent" }, call: "GET " + main + "dashboards/?limit=1&offset=99&search=" + long, status: 200,
			want: `{"count":10,"next":null,"previous":"URL/api/` + main + `dashboards/?limit=1&offset=98&search=` + long + `","results":[]}`},
		{name: "insight of another project", call: "GET " + main + "insights/2031/", status: 404, want: notFound},
		{name: "insight search", call: "GET " + main + "insights/?search=" + long, status: 400, want: tooLong},
		{name: "dashboard unknown", call: "GET " + main + "dashboards/999/", status: 404, want: notFound},
		{name: "dashboard of another project", call: "GET " + main + "dashboards/110/", status: 404, want: notFound},
		{name: "dashboard no number", call: "GET " + main + "dashboards/growth/", status: 404, want: notFound},
		{name: "insight unknown", call: "GET " + main + "insights/aaaaaaaa/", status: 404, want: notFound},
		{name: "insight dashboards", call: "GET " + main + "insights/?dashboards=42", status: 500, want: crashed},
		{name: "integrations, old", rules: generation("old"), call: "GET " + main + "integrations/", status: 403, want: noKeys},
		{name: "channels, old", rules: generation("old"), call: channels, status: 403, want: noKeys},
		{name: "kind", call: "GET " + main + "integrations/?kind=fax", status: 400,
			want: rejected("invalid_choice", "kind", "Select a valid choice. fax is not one of the available choices.")},
		{name: "channels of GitHub", call: "GET " + main + "integrations/703/channels/", status: 400,
			want: invalid("", "channels endpoint is only supported for Slack integrations")},
		{name: "channels of a broken Slack", call: "GET " + main + "integrations/702/channels/", status: 400,
			want: rejected("slack_integration_inactive", "", "Your Slack connection is no longer active. Reconnect Slack to load channels and pick a destination.")},
		{name: "channels of nothing", call: "GET " + main + "integrations/1/channels/", status: 404, want: notFound},
		{name: "delivery status", call: "GET " + subs + "1101/deliveries/?status=lost", status: 400,
			want: invalid("status", "Must be one of: completed, failed, skipped, starting.")},
		{name: "delivery cursor", call: "GET " + subs + "1101/deliveries/?cursor=x", status: 404, want: envelope("invalid_request", "not_found", "Invalid cursor", "")},
		{name: "delivery unknown", call: "GET " + subs + "1101/deliveries/x/", status: 404, want: notFound},
		{name: "deliveries of nothing", call: "GET " + subs + "1/deliveries/", status: 200, want: `{"next":null,"previous":null,"results":[]}`},
		{name: "deliveries of another project's", call: "GET " + subs + "1131/deliveries/", status: 200, want: `{"next":null,"previous":null,"results":[]}`},
		{name: "deliveries behind the gate", rules: func(r *sandbox.Switches) { r.PaymentGate = true }, call: "GET " + subs + "1101/deliveries/", status: 402,
			want: envelope("server_error", "payment_required", "Subscriptions is part of the premium PostHog offering. To use it, subscribe to PostHog Cloud with a generous free tier.", "")},
		{name: "one delivery elsewhere", rules: func(r *sandbox.Switches) { r.EnvironmentDeliveries = true }, call: "GET " + subs + "1101/deliveries/x/", status: 404,
			want: envelope("invalid_request", "not_found", "Endpoint not found.", "")},
		{name: "deliveries elsewhere", rules: func(r *sandbox.Switches) { r.EnvironmentDeliveries = true }, call: "GET " + subs + "1101/deliveries/", status: 404,
			want: envelope("invalid_request", "not_found", "Endpoint not found.", "")},
		{name: "deliveries below environments", rules: func(r *sandbox.Switches) { r.EnvironmentDeliveries = true },
			call: "GET environments/31001/subscriptions/1/deliveries/", status: 200, want: `{"next":null,"previous":null,"results":[]}`},
		{name: "projects of a pinned key", key: sandbox.KeyPinned, call: "GET projects/", status: 403,
			want: denied("API keys with scoped projects are only supported on project-based endpoints.")},
		{name: "organisation of a key with a project", key: sandbox.KeyPinned, call: "GET organizations/@current/members/", status: 403,
			want: denied("API keys with scoped projects are only supported on project-based endpoints.")},
		{name: "current project of a pinned key", key: sandbox.KeyPinned, call: "GET projects/@current/", status: 403,
			want: denied("API key does not have access to the requested project: ID 31001.")},
		{name: "another project of a pinned key", key: sandbox.KeyPinned, call: "GET projects/31001/", status: 403,
			want: denied("API key does not have access to the requested project: ID 31001.")},
		{name: "organisation of a pinned key", key: sandbox.KeyPinnedOrganization, call: "GET organizations/@current/members/", status: 403,
			want: denied("API key does not have access to the requested organization: ID 0190a000-0000-7000-8000-0000000000a1.")},
		{name: "a token is no key", key: sandbox.OAuthLive, call: "GET personal_api_keys/@current/", status: 401, want: notSentKey},
		{name: "a key that is no token", call: `POST /oauth/introspect {"token":"phx_wrong"}`, status: 200, want: `{"active":false}`},
		{name: "another's token", key: sandbox.OAuthReadOnly, call: `POST /oauth/introspect {"token":"` + sandbox.OAuthLive + `"}`, status: 403, want: ""},
		{name: "recording unknown", call: "GET " + main + "session_recordings/x/", status: 404, want: envelope("invalid_request", "not_found", "Recording not found", "")},
		{name: "shared with a wrong password", key: "-", before: []string{locked}, call: `POST /shared/vcHEVA {"password":"x"}`, status: 404, want: notFound},
	}, withURL)
}

func TestKeysSeeThemselves(t *testing.T) {
	s := serve(t)
	for _, f := range []struct {
		key, call, want string
	}{
		{sandbox.KeyPinned, "GET personal_api_keys/@current/", `{"id":"000004","label":"Website only","value":null,"mask_value":"phx_...0004",` +
			`"created_at":"2025-01-10T09:00:00Z","last_used_at":"2026-06-15T12:00:00Z","user_id":501,"scopes":["*"],"scoped_teams":[31002],"scoped_organizations":null,"last_rolled_at":null}`},
		{sandbox.OAuthNoScopes, `POST /oauth/introspect/ {"token":"` + sandbox.OAuthNoScopes + `"}`, `{"active":true,"token_type":"access_token","scope":"",` +
			`"scoped_teams":[],"scoped_organizations":[],"exp":1781528400,"client_id":"sandbox-client","client_name":"Claude"}`},
	} {
		if got := s.do(fact{key: f.key, call: f.call}); got.status != 200 || got.body != f.want {
			t.Errorf("%s: %d\n%s", f.call, got.status, cmp.Diff(f.want, got.body))
		}
	}
}

// listed are the ids or names of a list's rows.
func (s *server) listed(key, path, field string) (got []any) {
	s.t.Helper()
	var page struct{ Results []map[string]any }
	if err := json.Unmarshal([]byte(s.do(fact{key: key, call: "GET " + path}).body), &page); err != nil {
		s.t.Fatal(err)
	}
	for _, row := range page.Results {
		got = append(got, row[field])
	}
	return got
}

func TestLookupLists(t *testing.T) {
	mixed := func(r *sandbox.Switches) { r.DashboardSearch = "mixed" }
	for _, f := range []struct {
		name, key, path, field string
		rules                  func(*sandbox.Switches)
		want                   []any
	}{
		{name: "pinned first", path: main + "dashboards/?limit=3", field: "name", want: []any{"Board metrics", "Growth weekly", "Activation"}},
		{name: "exact only", path: main + "dashboards/?search=growth", field: "name", want: []any{"Growth weekly"}},
		{name: "similar when none is exact", path: main + "dashboards/?search=growht+weekly", field: "search_match_type", want: []any{"similar"}},
		{name: "similar ones are left out where one is exact", path: main + "dashboards/?search=board+metrics", field: "name", want: []any{"Board metrics"}},
		{name: "exact before similar", path: main + "dashboards/?search=board+metrics", rules: mixed, field: "name", want: []any{"Board metrics", "Metrics for the board", "Revenue and churn"}},
		{name: "how each was found", path: main + "dashboards/?search=board+metrics", rules: mixed, field: "search_match_type", want: []any{"exact", "similar", "similar"}},
		{name: "nothing was searched", path: main + "dashboards/?limit=1", field: "search_match_type", want: []any{nil}},
		{name: "a tag's name is searched too", path: main + "dashboards/?search=revenue", field: "id", want: []any{104.0}},
		{name: "pinned is no filter", path: main + "dashboards/?pinned=false&limit=1", field: "pinned", want: []any{true}},
		{name: "old servers know no search", path: main + "dashboards/?search=growth&limit=2", rules: func(r *sandbox.Switches) { r.DashboardSearch = "absent" },
			field: "id", want: []any{102.0, 101.0}},
		{name: "insights of a dashboard, without its deleted tile", path: main + "insights/?basic=true&dashboards=%5B101%5D", field: "id",
			want: []any{2001.0, 2002.0, 2003.0, 2004.0, 2010.0, 2017.0, 2018.0}},
		{name: "insights of two dashboards", path: main + "insights/?basic=true&dashboards=%5B101,102%5D", field: "id", want: []any{2001.0}},
		{name: "short id", path: main + "insights/?basic=1&short_id=Zsz5YDxi", field: "id", want: []any{2001.0}},
		{name: "short id is case-sensitive", path: main + "insights/?basic=1&short_id=zsz5ydxi", field: "id"},
		{name: "insight search", path: main + "insights/?basic=true&search=signup+funnel", field: "name", want: []any{"Signup funnel"}},
		{name: "Slack", path: main + "integrations/?kind=slack", field: "id", want: []any{701.0, 702.0}},
		{name: "mid-age servers pass over kind", path: main + "integrations/?kind=slack", rules: func(r *sandbox.Switches) { r.Integrations = "mid" }, field: "kind",
			want: []any{"slack", "slack", "github", "slack-posthog-code"}},
		{name: "newer ones show every kind", path: main + "integrations/", field: "kind", want: []any{"slack", "slack", "github", "slack-posthog-code", "linear"}},
		{name: "projects", path: "projects/", field: "id", want: []any{31001.0, 31002.0}},
		{name: "projects of two organisations", key: sandbox.KeyAdmin, path: "projects/", field: "id", want: []any{31001.0, 31002.0, 47200.0}},
		{name: "projects of a key with one organisation", key: sandbox.KeyPinnedOrganization, path: "projects/", field: "id", want: []any{47200.0}},
		{name: "failed deliveries", path: subs + "1101/deliveries/?status=skipped", field: "status", want: []any{"skipped", "skipped", "skipped"}},
	} {
		t.Run(f.name, func(t *testing.T) {
			s := serve(t)
			if f.rules != nil {
				s.Switch(f.rules)
			}
			if diff := cmp.Diff(f.want, s.listed(f.key, f.path, f.field)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestChannels(t *testing.T) {
	s := serve(t)
	path := main + "integrations/701/channels/"
	first := s.object(200, "GET "+path)
	if n := len(first["channels"].([]any)); n != 50 || first["has_more"] != true {
		t.Errorf("%d channels, more %v", n, first["has_more"])
	}
	if owner := s.do(fact{key: sandbox.KeyAdmin, call: "GET " + path + "?offset=5&limit=1"}).body; !strings.Contains(owner, `"name":"leadership"`) {
		t.Errorf("who connected Slack does not see its private channel: %s", owner)
	}
	if hidden := s.object(200, "GET "+path+"?search=G0LEADERS06")["channels"].([]any); len(hidden) != 0 {
		t.Errorf("a search shows private channels: %v", hidden)
	}
	masked := first["channels"].([]any)[5].(map[string]any)
	if masked["name"] == "leadership" || masked["is_private_without_access"] != true {
		t.Errorf("a private channel shows itself: %v", masked)
	}
	found := s.object(200, "GET "+path+"?search=growth")["channels"].([]any)
	if len(found) != 2 {
		t.Errorf("search found %v", found)
	}
	s.Switch(func(r *sandbox.Switches) { r.Integrations = "mid" })
	all := s.object(200, "GET "+path+"?limit=1&search=growth")
	if _, paged := all["has_more"]; paged || len(all["channels"].([]any)) != 217 {
		t.Errorf("mid-age servers give all at once: %d", len(all["channels"].([]any)))
	}
}

func TestPublicSide(t *testing.T) {
	s := serve(t)
	token := s.object(200, locked)["access_token"].(string)
	secret := s.object(201, "POST "+share+"passwords/ {}")["password"].(string)
	unlock := func(token, password string) answer {
		return s.do(fact{key: "-", call: "POST /shared/" + token + ` {"password":"` + password + `"}`})
	}
	if got := unlock(token, "guess"); got.status != 401 || got.body != `{"error":"Incorrect password"}` {
		t.Error(got.status, got.body)
	}
	if got := unlock(token, secret); got.status != 200 {
		t.Error(got.status, got.body)
	}
	s.object(200, "POST "+share+"refresh/")
	for _, f := range []struct {
		after  int
		status int
	}{{299, 200}, {2, 404}} {
		s.call(`POST /_sandbox/clock {"advance":"` + strconv.Itoa(f.after) + `s"}`)
		if got := unlock(token, secret).status; got != f.status {
			t.Errorf("old token: %d, want %d", got, f.status)
		}
	}
}
