package sandbox_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/sandbox"
)

func TestListErrors(t *testing.T) {
	check(t, []fact{
		{name: "created_by", call: "GET " + subs + "?created_by=maya", status: 400, want: invalid("created_by", "Not a valid UUID.")},
		{name: "target_type", call: "GET " + subs + "?target_type=fax", status: 400, want: invalid("target_type", "Must be one of: email, slack, webhook.")},
		{name: "past the end", call: "GET projects/31002/subscriptions/?limit=1&offset=9", status: 200,
			want: `{"count":2,"next":null,"previous":"URL/api/projects/31002/subscriptions/?limit=1&offset=8","results":[]}`},
	}, withURL)
}

// withURL replaces URL in a wanted body by the server's.
func withURL(s *server, want string) string { return strings.ReplaceAll(want, "URL", s.url) }

func TestLists(t *testing.T) {
	maya := "0190c000-0000-7000-8000-000000000501"
	for _, f := range []struct {
		name, query string
		want        []any
	}{
		{"newest first", "?limit=3", []any{1135.0, 1134.0, 1129.0}},
		{"deleted ones", "?deleted=true", []any{1130.0, 1115.0}},
		{"Slack", "?target_type=slack&limit=2", []any{1128.0, 1126.0}},
		{"of a dashboard", "?dashboard=101", []any{1134.0, 1128.0, 1101.0}},
		{"of an insight", "?insight=2001", []any{1123.0, 1120.0}},
		{"dashboards", "?resource_type=dashboard&limit=2", []any{1134.0, 1128.0}},
		{"insights", "?resource_type=insight&limit=2", []any{1135.0, 1129.0}},
		{"an unknown kind of resource", "?resource_type=cohort&limit=1", []any{1135.0}},
		{"somebody's", "?limit=2&created_by=" + maya, []any{1135.0, 1129.0}},
		{"somebody's, without dashes", "?limit=1&created_by=" + strings.ReplaceAll(maya, "-", ""), []any{1135.0}},
		{"all terms", "?search=growth,SALES", []any{1134.0}},
		{"the insight's name", "?search=churned", []any{1106.0}},
		{"a derived name", "?search=pageview+count", []any{1124.0}},
		{"by title", "?ordering=title&limit=2", []any{1114.0, 1108.0}},
		{"by title, falling: nulls first", "?ordering=-title&limit=2", []any{1124.0, 1123.0}},
		{"by two", "?ordering=created_by__email,-created_at&limit=2", []any{1120.0, 1113.0}},
		{"by something unknown", "?ordering=colour&limit=1", []any{1135.0}},
		{"by date, never last", "?ordering=-next_delivery_date&limit=2", []any{1129.0, 1110.0}},
	} {
		t.Run(f.name, func(t *testing.T) {
			if diff := cmp.Diff(f.want, serve(t).listed("", subs+f.query, "id")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPageLinks(t *testing.T) {
	s := serve(t)
	path := "/api/" + subs
	for _, f := range []struct{ query, next, previous string }{
		{"", "", ""},
		{"?limit=10", "?limit=10&offset=10", ""},
		{"?limit=10&offset=5&search=e", "?limit=10&offset=15&search=e", "?limit=10&search=e"},
		{"?limit=10&offset=20", "", "?limit=10&offset=10"},
		{"?limit=0", "", ""}, {"?limit=-3&offset=-3", "", ""}, {"?limit=x", "", ""},
		{"?limit=5&offset=1000", "", "?limit=5&offset=995"},
	} {
		link := func(query string) any {
			if query == "" {
				return nil
			}
			return s.url + path + query
		}
		page := s.object(200, "GET "+subs+f.query)
		if diff := cmp.Diff([]any{link(f.next), link(f.previous)}, []any{page["next"], page["previous"]}); diff != "" {
			t.Errorf("%q: %s", f.query, diff)
		}
	}
}

// TestLookupObjects checks the names of the members that look-ups return.
func TestLookupObjects(t *testing.T) {
	s := serve(t)
	board := s.object(200, "GET "+main+"dashboards/101/")
	var tiles []any
	for _, tile := range board["tiles"].([]any) {
		if insight, ok := tile.(map[string]any)["insight"].(map[string]any); ok {
			tiles = append(tiles, insight["id"])
			if insight["result"] == nil {
				t.Errorf("tile %v has no result", insight["id"])
			}
		} else if tile.(map[string]any)["text"] == nil {
			t.Errorf("a tile of nothing: %v", tile)
		}
	}
	if diff := cmp.Diff([]any{2001.0, 2002.0, 2003.0, 2004.0, 2018.0, 2010.0, 2017.0}, tiles); diff != "" {
		t.Error(diff)
	}
	if seen := s.object(200, "GET "+main+"dashboards/101/")["last_accessed_at"]; seen != "2026-06-15T12:00:00Z" {
		t.Errorf("reading a dashboard is noted: %v", seen)
	}
	if tiles := s.object(200, "GET "+main+"dashboards/105/")["tiles"].([]any); tiles[len(tiles)-1].(map[string]any)["widget"] == nil {
		t.Errorf("no widget: %v", tiles[len(tiles)-1])
	}
	if unlisted := s.object(200, "GET "+main+"dashboards/114/")["creation_mode"]; unlisted != "unlisted" {
		t.Errorf("an unlisted dashboard has an id that works: %v", unlisted)
	}
	if bare := s.object(200, "GET "+main+"insights/2029/?basic=true"); bare["name"] != nil || bare["derived_name"] != nil || len(bare["dashboard_tiles"].([]any)) != 0 {
		t.Errorf("nameless insight: %v", bare)
	}
	if light := s.object(200, "GET "+main+"insights/Zsz5YDxi/?basic=true"); light["id"] != 2001.0 || light["result"] != nil {
		t.Errorf("light insight: %v", light)
	}
	project := s.object(200, "GET "+main)
	if project["name"] != "Hedgebox app" {
		t.Errorf("project %v", project["name"])
	}
	for _, secret := range []string{"api_token", "secret_api_token", "live_events_token"} {
		if project[secret] == "" || project[secret] == nil {
			t.Errorf("a project shows its %s, as the API does", secret)
		}
	}
	if id := s.object(200, "GET "+main+"session_recordings/"+sandbox.RecordingCheckout)["id"]; id != sandbox.RecordingCheckout {
		t.Errorf("recording %v", id)
	}
}
