package lookup

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/view"
)

// Named is something of PostHog's that a person knows by its name.
type Named struct {
	ID   int64
	Name string
	// Broken says of a Slack workspace that a person has to connect it anew.
	Broken bool
}

// List writes them as "2001 “Signups”, 2002": the names are PostHog's data, so
// they stand in quotes.
func List(all []Named) string {
	const most = 25 // as many as newer servers take for one subscription
	words := make([]string, len(all))
	for i, n := range all {
		words[i] = n.String()
	}
	if more := len(all) - most; more > 0 {
		words = append(words[:most], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(words, ", ")
}

// String is the id with the name in quotes.
func (n Named) String() string {
	if n.Name == "" {
		return fmt.Sprint(n.ID)
	}
	return fmt.Sprintf("%d %q", n.ID, ShortName(n.Name))
}

// ShortName is a name for a sentence.
func ShortName(name string) string { return view.Brief(name, 60) }

// ReadDashboard reads a dashboard's name, and the insights on its tiles.
func ReadDashboard(ctx context.Context, c *engine.Call, id string) (name string, tiles []Named, refusal *engine.Refusal) {
	answer, refusal := c.Read(ctx, c.InProject("dashboards/"+id+"/"), "",
		"name", "tiles.insight.id", "tiles.insight.name", "tiles.insight.derived_name")
	for _, tile := range answer.Get("tiles").Array() {
		if insight := tile.Get("insight"); insight.IsObject() {
			tiles = append(tiles, Named{ID: insight.Get("id").Int(), Name: insightName(insight)})
		}
	}
	return nameOf(answer), tiles, refusal
}

// ReadInsight reads an insight's name and short id.
func ReadInsight(ctx context.Context, c *engine.Call, id string) (name, shortID string, refusal *engine.Refusal) {
	answer, refusal := c.Read(ctx, c.InProject("insights/"+id+"/"), "basic=true", "id", "short_id", "name", "derived_name")
	return insightName(answer), answer.Get("short_id").String(), refusal
}

// ReadInsights reads the names of the project's insights, by id; none where it cannot.
func ReadInsights(ctx context.Context, c *engine.Call) map[int64]string {
	names := map[int64]string{}
	answer, _ := c.Read(ctx, c.InProject("insights/"), "basic=true&limit=1000", "results.id", "results.name", "results.derived_name")
	for _, row := range answer.Get("results").Array() {
		names[row.Get("id").Int()] = insightName(row)
	}
	return names
}

// ReadSlack reads which Slack workspaces the project has.
func ReadSlack(ctx context.Context, c *engine.Call) (all []Named, refusal *engine.Refusal) {
	answer, refusal := c.Read(ctx, c.InProject("integrations/"), "kind=slack&limit=100", "results.id", "results.kind", "results.display_name", "results.errors")
	for _, row := range answer.Get("results").Array() {
		if row.Get("kind").String() == slackKind { // older servers ignore the filter
			all = append(all, Named{row.Get("id").Int(), row.Get("display_name").String(), row.Get("errors").String() != ""})
		}
	}
	return all, refusal
}

// nameOf is the name of most things.
func nameOf(item gjson.Result) string { return item.Get("name").String() }

// Untitled is what PostHog shows people of an insight without a name.
const Untitled = "Untitled"

// insightName is the name that people gave an insight, else PostHog's own.
func insightName(insight gjson.Result) string {
	return cmp.Or(nameOf(insight), insight.Get("derived_name").String(), Untitled)
}

// memberName is what a member is found by.
func memberName(row gjson.Result) string {
	return personName(row.Get("user")) + " " + row.Get("user.email").String()
}

func personName(user gjson.Result) string {
	return strings.TrimSpace(view.Text(user.Get("first_name").String() + " " + user.Get("last_name").String()))
}

// projectOfLink finds the project in the link of one of its pages.
var projectOfLink = regexp.MustCompile(`/project/([0-9]+)/`)

// checkLink refuses a link of another project than the call names: PostHog would
// look for the same id elsewhere.
func checkLink(args *schema.Arguments, _ time.Time) schema.Problems {
	m := projectOfLink.FindStringSubmatch(args.Text("short_id"))
	if m == nil || m[1] == args.Text("project_id") {
		return nil
	}
	return schema.Problems{{Field: "project_id", Text: "the link is of project " + m[1] + ": give project_id " + m[1] + ", or the short id alone"}}
}

// lightInsights asks for insights without results. PostHog reads dashboards as
// JSON.
func lightInsights(_ context.Context, c *engine.Call, query url.Values) *engine.Refusal {
	query.Set("basic", "true")
	if link := c.Args.Text("short_id"); link != "" {
		query.Set("short_id", path.Base(link))
	}
	if id := c.Args.Text("dashboard"); id != "" {
		query.Set("dashboards", "["+id+"]")
	}
	return nil
}

// plainChannel takes the # off a channel's name: PostHog keeps names without.
func plainChannel(_ context.Context, c *engine.Call, query url.Values) *engine.Refusal {
	query.Del("search")
	if name := channelName(c.Args.Text("search")); name != "" {
		query.Set("search", name)
	}
	return nil
}

func channelName(search string) string { return strings.TrimLeft(strings.TrimSpace(search), "#") }

// keyPath is where a personal key tells about itself.
const keyPath = "/api/personal_api_keys/@current/"

// askTheKey finds out from the key itself which projects it is for: PostHog
// lists no projects to a key that is limited to some.
func askTheKey(refused *engine.Response, _ *engine.Request) *engine.Request {
	if refused.Status != http.StatusForbidden || !strings.HasPrefix(gjson.GetBytes(refused.Body, "detail").String(), "API keys with scoped projects") {
		return nil
	}
	return &engine.Request{Method: http.MethodGet, Path: keyPath, Route: keyPath, Keep: []string{"scoped_teams"}, Repeatable: true}
}
