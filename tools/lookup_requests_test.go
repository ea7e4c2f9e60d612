package tools_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"
)

// Every look-up: what is given, and what goes over the wire.
func TestLookupRequests(t *testing.T) {
	const (
		project = "/api/projects/@current/"
		sharing = project + "session_recordings/0199-aB.c/sharing/"
	)
	for _, c := range []struct{ tool, given, method, uri, body string }{
		{"dashboards-list", `{}`, "GET", project + "dashboards/?limit=25", ``},
		{"dashboards-list", `{"limit":3,"offset":6}`, "GET", project + "dashboards/?limit=3&offset=6", ``},
		{"dashboards-list", `{"search":"größe & more","limit":3,"offset":100,"project_id":7}`, "GET", "/api/projects/7/dashboards/?limit=100&offset=100&search=gr%C3%B6%C3%9Fe+%26+more", ``},
		{"dashboards-list", `{"search":" "}`, "GET", project + "dashboards/?limit=25&search=+", ``},
		{"dashboards-retrieve", `{"id":42}`, "GET", project + "dashboards/42/", ``},
		{"insights-list", `{}`, "GET", project + "insights/?basic=true&limit=25", ``},
		{"insights-list", `{"search":"signup funnel"}`, "GET", project + "insights/?basic=true&limit=100&search=signup+funnel", ``},
		{"insights-list", `{"short_id":"AaVQ8Ijw"}`, "GET", project + "insights/?basic=true&limit=25&short_id=AaVQ8Ijw", ``},
		{"insights-list", `{"dashboard":0,"limit":0}`, "GET", project + "insights/?basic=true&limit=25", ``},
		{"insights-list", `{"dashboard":42,"limit":100}`, "GET", project + "insights/?basic=true&dashboards=%5B42%5D&limit=100", ``},
		{"integrations-list", `{}`, "GET", project + "integrations/?limit=100", ``},
		{"integrations-list", `{"kind":"slack"}`, "GET", project + "integrations/?kind=slack&limit=100", ``},
		{"slack-channels-list", `{"integration_id":701}`, "GET", project + "integrations/701/channels/?limit=25", ``},
		{"slack-channels-list", `{"integration_id":701,"search":" #growth ","limit":200,"offset":50}`, "GET", project + "integrations/701/channels/?limit=200&offset=50&search=growth", ``},
		{"slack-channels-list", `{"integration_id":701,"search":"#"}`, "GET", project + "integrations/701/channels/?limit=25", ``},
		{"insights-list", `{"short_id":"https://us.posthog.com/project/31001/insights/AaVQ8Ijw","project_id":31001}`, "GET", "/api/projects/31001/insights/?basic=true&limit=25&short_id=AaVQ8Ijw", ``},
		{"session-recordings-sharing-retrieve", `{"recording_id":"0199-aB.c"}`, "GET", sharing, ``},
		{"session-recordings-sharing-partial-update", `{"recording_id":"0199-aB.c","enabled":true,"password_required":true}`, "PATCH", sharing, `{"enabled":true,"password_required":true}`},
		{"session-recordings-sharing-partial-update", `{"recording_id":"0199-aB.c","settings":null}`, "PATCH", sharing, `{"settings":null}`},
		{"subscriptions-deliveries-list", `{"id":7}`, "GET", project + "subscriptions/7/deliveries/", ``},
		{"subscriptions-deliveries-list", `{"id":7,"limit":50,"status":"failed","cursor":"cD0+/w=="}`, "GET", project + "subscriptions/7/deliveries/?status=failed&cursor=cD0%2B%2Fw%3D%3D", ``},
		{"projects-list", `{}`, "GET", "/api/projects/?limit=25", ``},
		{"projects-list", `{"search":"site"}`, "GET", "/api/projects/?limit=100&search=site", ``},
	} {
		t.Run(c.tool+" "+c.given, func(t *testing.T) {
			w := newWire(t)
			if result := w.call(c.tool, c.given); result.IsError {
				t.Fatal(result.Text)
			}
			if diff := cmp.Diff([]sent{{c.method, c.uri, c.body}}, butReads(c.method, w.takeSent())[:1]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Every tool sends its declared method to its declared route, with the values of
// its example in their places.
func TestExampleRequests(t *testing.T) {
	for _, tool := range catalogue(t).Tools() {
		w := newWire(t)
		w.call(tool.Name, tool.Example)
		route := tool.Route
		for _, f := range tool.Schema.Fields() {
			value := gjson.Get(tool.Example, f.Name).String()
			switch {
			case f.Name == "project_id":
				value = "@current"
			case value == "":
				value = gjson.ParseBytes(f.Default).String()
			}
			route = strings.Replace(route, ":"+f.Name+"/", value+"/", 1)
		}
		seen := butReads(tool.Method, w.takeSent())[0]
		if path, _, _ := strings.Cut(seen.URI, "?"); seen.Method != tool.Method || path != route {
			t.Errorf("%s: %s %s was sent, want %s %s", tool.Name, seen.Method, path, tool.Method, route)
		}
	}
}

// What is wrong with a look-up is said, and nothing is sent.
func TestBadLookupsAreNotSent(t *testing.T) {
	w := newWire(t)
	for _, c := range []struct{ tool, given, want string }{
		{"insights-list", `{"short_id":"https://us.posthog.com/dashboard/4"}`, `short_id: expected an insight's short id or its link, got "https://us.posthog.com/dashboard/4"`},
		{"insights-list", `{"dashboard":-1}`, "dashboard: must be at least 1, got -1"},
		{"dashboards-retrieve", `{}`, "id: required"},
		{"slack-channels-list", `{"limit":201}`, "integration_id: required\nlimit: must be at most 200, got 201"},
		{"subscriptions-deliveries-list", `{"id":1,"limit":51,"cursor":"a&b","status":"sent"}`, "cursor: expected the next_cursor of an earlier answer, got \"a&b\"\nlimit: must be at most 50, got 51\nstatus: \"sent\" is not one of starting, completed, failed, skipped"},
		{"insights-list", `{"short_id":"https://us.posthog.com/project/31002/insights/AaVQ8Ijw"}`, "project_id: the link is of project 31002: give project_id 31002, or the short id alone"},
		{"session-recordings-sharing-partial-update", `{"recording_id":"r"}`, "nothing to change: give at least one field to change besides recording_id"},
		{"session-recordings-sharing-partial-update", `{"recording_id":"../x","enabled":true}`, `recording_id: expected 1 to 256 letters, digits or @ . _ ~ -, got "../x"`},
		{"projects-list", `{"project_id":1}`, `unknown argument "project_id"; known: search, limit, offset`},
	} {
		result := w.call(c.tool, c.given)
		if diff := cmp.Diff(c.want+"\nNothing was sent to PostHog. Correct the arguments and call again.", result.Text); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", c.tool, c.given, diff)
		}
	}
	if seen := w.takeSent(); seen != nil {
		t.Errorf("sent: %v", seen)
	}
}
