package tools_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/posthog"
)

// lookup is a look-up at the sandbox: the words of its answer that matter, and
// what was asked for it.
type lookup struct {
	name            string
	rules           func(*sandbox.Switches)
	key             string
	tool, arguments string
	// want is the answer, without the host and project of its links; of an
	// error, the text.
	want string
	// asked are the requests, without the project and the first of them.
	asked string
}

const home = "https://us.posthog.com/project/31001"

func hold(t *testing.T, lookups []lookup) {
	t.Helper()
	for _, l := range lookups {
		t.Run(l.tool+" "+l.name, func(t *testing.T) {
			w := newWorld()
			if l.rules != nil {
				w.Switch(l.rules)
			}
			if l.key != "" {
				w.box.API = posthog.New(posthog.Options{Base: w.RoundTripper(), Key: posthog.Key(l.key)})
			}
			result, asked := w.call(t.Context(), l.tool, l.arguments)
			if len(asked) > 1 && catalogue(t).Tool(l.tool).Effect != engine.Read {
				asked = asked[1:] // the look at what is saved
			}
			got := string(result.Object)
			if result.IsError {
				got = result.Text
			}
			if diff := cmp.Diff(l.want, strings.ReplaceAll(got, home, "")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			want := 1
			if l.asked != "" {
				want = 2
			}
			if len(asked) != want || l.asked != "" && asked[1] != "GET "+l.asked {
				t.Errorf("asked %q", asked)
			}
		})
	}
}

const (
	growth   = `{"count":1,"link":"/dashboard/{id}","results":[{"id":101,"name":"Growth weekly","description":"What moved this week, for the Monday meeting","pinned":true,"tags":["growth","weekly"]}]}`
	noBoards = `{"notice":"No dashboard was found. The name may be another, or the dashboard may be in another project (project_id).","results":[]}`
)

func searches(generation string) func(*sandbox.Switches) {
	return func(s *sandbox.Switches) { s.DashboardSearch = generation }
}

func TestDashboardLookups(t *testing.T) {
	hold(t, []lookup{
		{
			name: "a page", tool: "dashboards-list", arguments: `{"limit":1,"offset":1}`,
			want: `{"notice":"1 of 10; next offset 2, or narrow with search","count":10,"next_offset":2,"link":"/dashboard/{id}","results":[{"id":101,"name":"Growth weekly","description":"What moved this week, for the Monday meeting","pinned":true,"tags":["growth","weekly"]}]}`,
		},
		{name: "beyond the last page", tool: "dashboards-list", arguments: `{"offset":10}`, want: `{"notice":"nothing from offset 10 on: there are 10","count":10,"results":[]}`},
		{name: "by name", tool: "dashboards-list", arguments: `{"search":"GROWTH"}`, want: growth},
		{name: "by name, older", rules: searches("mixed"), tool: "dashboards-list", arguments: `{"search":"growth"}`, want: growth},
		{name: "by name, oldest", rules: searches("absent"), tool: "dashboards-list", arguments: `{"search":"growth"}`, want: growth},
		{name: "by two words in any order, oldest", rules: searches("absent"), tool: "dashboards-list", arguments: `{"search":"weekly growth"}`, want: growth},
		{
			name: "similar ones, where none has the name", tool: "dashboards-list", arguments: `{"search":"growht weekly"}`,
			want: strings.Replace(growth, `}]}`, `,"match":"similar"}]}`, 1),
		},
		{name: "a typing error, oldest", rules: searches("absent"), tool: "dashboards-list", arguments: `{"search":"growht weekly"}`, want: noBoards},
		{
			name: "similar ones are left out where one has the name", rules: searches("mixed"), tool: "dashboards-list", arguments: `{"search":"board metrics"}`,
			want: `{"count":2,"link":"/dashboard/{id}","results":[{"id":102,"name":"Board metrics","description":"Numbers for the monthly board pack","pinned":true,"tags":["board"]},{"id":113,"name":"Metrics for the board","description":"Copied from last year, not kept up"}]}`,
		},
		{
			name: "by tag", tool: "dashboards-list", arguments: `{"search":"product","limit":1}`,
			want: `{"notice":"1 of the 2 that match; next offset 1","count":2,"next_offset":1,"link":"/dashboard/{id}","results":[{"id":103,"name":"Activation","tags":["product"],"match":"description or tag"}]}`,
		},
		{
			name: "the rest of what was found", tool: "dashboards-list", arguments: `{"search":"product","offset":1}`,
			want: `{"link":"/dashboard/{id}","results":[{"id":107,"name":"Feature adoption Q3","description":"Comments, versions, search","tags":["product"],"match":"description or tag"}]}`,
		},
		{name: "nothing", tool: "dashboards-list", arguments: `{"search":"zzz"}`, want: noBoards},
		{
			name: "its insights, not its tiles", tool: "dashboards-retrieve", arguments: `{"id":105}`,
			want: `{"id":105,"name":"Reliability","description":"Errors and speed, reviewed in stand-up","link":"/dashboard/105","insights":[{"id":2014,"short_id":"YhCXvHXa","name":"API errors by endpoint"},{"id":2015,"short_id":"NrnLlyQh","name":"p95 upload time"},{"id":2009,"short_id":"vnd7XnsS","name":"Uploads per day"}],"other_tiles":2}`,
		},
		{
			name: "of another project", tool: "dashboards-retrieve", arguments: `{"id":110}`,
			want: "PostHog answered 404: \"Not found.\"\nLooked for in project 31001. Check the id, or name another project with project_id; projects-list shows them.",
		},
		{
			name: "without the scope", key: sandbox.KeySubscriptionsOnly, tool: "dashboards-list", arguments: `{}`,
			want: "PostHog answered 403: \"API key missing required scope 'dashboard:read'\"\nAdd the scope dashboard:read to the key in PostHog (Settings, Personal API keys), or use a key that has it.",
		},
	})
}

func TestInsightLookups(t *testing.T) {
	const funnel = `{"count":1,"link":"/insights/{short_id}","results":[{"id":2002,"short_id":"O2auOuqp","name":"Signup funnel","kind":"Funnels","dashboards":[101,103]}]}`
	hold(t, []lookup{
		{name: "by name", tool: "insights-list", arguments: `{"search":"signup funnel"}`, want: funnel},
		{name: "by short id", tool: "insights-list", arguments: `{"short_id":"O2auOuqp"}`, want: strings.Replace(funnel, `{"link`, `{"count":1,"link`, 1)},
		{
			name: "capitals count", tool: "insights-list", arguments: `{"short_id":"o2auouqp"}`,
			want: `{"notice":"No insight has this short id in this project. Capitals count in short ids; the link may be of another project (project_id).","count":0,"results":[]}`,
		},
		{
			name: "of a dashboard, without what was taken off", tool: "insights-list", arguments: `{"dashboard":101,"limit":2,"offset":5}`,
			want: `{"count":7,"link":"/insights/{short_id}","results":[{"id":2017,"short_id":"HjH9WNoC","name":"Onboarding checklist completion","kind":"Funnels","dashboards":[101,103]},{"id":2018,"short_id":"6ssxM4hJ","name":"Invites accepted","kind":"Funnels","dashboards":[101,103]}]}`,
		},
		{
			name: "of no dashboard", tool: "insights-list", arguments: `{"dashboard":9}`,
			want: `{"notice":"No insight was found on this dashboard. PostHog says the same of a dashboard that does not exist; dashboards-retrieve tells.","count":0,"results":[]}`,
		},
		{
			name: "without a name", tool: "insights-list", arguments: `{"limit":2,"offset":27}`,
			want: `{"notice":"2 of 30; next offset 29, or narrow with search or dashboard","count":30,"next_offset":29,"link":"/insights/{short_id}","results":[{"id":2028,"short_id":"Mg0m720Y","name":"$pageview count","kind":"Trends"},{"id":2029,"short_id":"ROtl3kUx","name":"Untitled"}]}`,
		},
		{
			name: "nothing", tool: "insights-list", arguments: `{"search":"zzz"}`,
			want: `{"notice":"No insight was found. The name may be another, or the insight may be in another project (project_id).","results":[]}`,
		},
	})
}

func TestProjectLookups(t *testing.T) {
	const named = `"link":"https://us.posthog.com/project/{id}","results":`
	hold(t, []lookup{
		{name: "one's own", tool: "projects-list", arguments: `{}`, want: `{"count":2,` + named + `[{"id":31001,"name":"Hedgebox app","timezone":"Europe/Stockholm"},{"id":31002,"name":"hedgebox.example website","timezone":"UTC"}]}`},
		{
			name: "of several organizations", key: sandbox.KeyAdmin, tool: "projects-list", arguments: `{"limit":1,"offset":2}`,
			want: `{"count":3,` + named + `[{"id":47200,"name":"Spikeworks","timezone":"Europe/Berlin"}]}`,
		},
		{name: "by name", tool: "projects-list", arguments: `{"search":"Website"}`, want: `{"count":1,` + named + `[{"id":31002,"name":"hedgebox.example website","timezone":"UTC"}]}`},
		{name: "nothing", tool: "projects-list", arguments: `{"search":"zzz"}`, want: `{"notice":"No project was found that the key can reach.","results":[]}`},
		{
			name: "of a pinned key", key: sandbox.KeyPinned, tool: "projects-list", arguments: `{}`, asked: "/api/personal_api_keys/@current/",
			want: `{"notice":"The key is limited to these projects, and PostHog does not name them to it.",` + named + `[{"id":31002}]}`,
		},
		{
			name: "without the scope", key: sandbox.KeySubscriptionsOnly, tool: "projects-list", arguments: `{}`,
			want: "PostHog answered 403: \"API key missing required scope 'project:read'\"\nAdd the scope project:read to the key in PostHog (Settings, Personal API keys), or use a key that has it.",
		},
	})
}

// A pinned token cannot look at itself: the way out is the same.
func TestProjectsOfPinnedToken(t *testing.T) {
	w := newWorld()
	w.box.API = posthog.New(posthog.Options{Base: w.RoundTripper(), Key: sandbox.OAuthPinned})
	result, _ := w.call(t.Context(), "projects-list", `{}`)
	if result.Status != 403 || !strings.Contains(result.Text, "name its project with project_id") {
		t.Errorf("%s", result.Text)
	}
}

// Of an account of two organizations, each project says of which it is.
func TestProjectsOfSeveralOrganizations(t *testing.T) {
	w := newWorld()
	w.box.API = posthog.New(posthog.Options{Base: w.RoundTripper(), Key: sandbox.KeyAdmin})
	result, _ := w.call(t.Context(), "projects-list", `{}`)
	for _, organization := range []string{`"organization":"0190a000-0000-7000-8000-0000000000a1"`, `"organization":"0190a000-0000-7000-8000-0000000000b2"`} {
		if !strings.Contains(string(result.Object), organization) {
			t.Errorf("no %s in %s", organization, result.Object)
		}
	}
}

// Who is somebody: by name or address, on a PostHog that searches and on one that
// does not.
func TestMemberLookups(t *testing.T) {
	const maya = `{"count":1,"results":[{"name":"Maya Lindqvist","email":"maya.lindqvist@hedgebox.example","role":"member","uuid":"UUID"}]}`
	for _, generation := range []sandbox.Generation{sandbox.Page, sandbox.Today} {
		for _, c := range []struct{ arguments, want string }{
			{`{"search":"Maya"}`, maya},
			{`{"search":"maya.lindqvist@hedgebox"}`, maya},
			{`{"search":"nobody"}`, `{"notice":"No member of the organization was found. The name may be another.","results":[]}`},
		} {
			w := newWorld()
			w.Switch(func(s *sandbox.Switches) { s.Generation = generation })
			result, asked := w.call(t.Context(), "organization-members-list", c.arguments)
			got := regexp.MustCompile(`"uuid":"[^"]+"`).ReplaceAllString(string(result.Object), `"uuid":"UUID"`)
			if diff := cmp.Diff(c.want, got); diff != "" || len(asked) != 1 {
				t.Errorf("%v %s (-want +got):\n%s%q %s", generation, c.arguments, diff, asked, result.Text)
			}
		}
	}
}

// A PostHog without the route says so, and where the same fact is.
func TestNoSuchLookup(t *testing.T) {
	for tool, want := range map[string]string{
		"projects-list":             "users-retrieve lists the projects.",
		"organization-members-list": "under Settings, Members",
		"integrations-list":         "This PostHog does not have integrations-list",
		"dashboards-list":           "the number in its link",
		"insights-list":             "dashboards-retrieve lists",

		"subscriptions-summary-quota-retrieve": `fields: ["id","summary_enabled"]`,
		"users-hedgehog-config-retrieve":       `fields: ["hedgehog_config"]`,
	} {
		w := newWire(t)
		w.answers(http.StatusNotFound, http.Header{"Content-Type": {"application/json"}}, `{"type":"invalid_request","code":"not_found","detail":"Endpoint not found.","attr":null}`)
		if result := w.call(tool, `{}`); !result.IsError || !strings.Contains(result.Text, want) {
			t.Errorf("%s: %s", tool, result.Text)
		}
	}
}
