package tools

import (
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/view"
)

func insightOperations() []Operation {
	return []Operation{
		{
			// The light form of the list: the other one is megabytes.
			Name: "insights-list", Title: "Find insights",
			Effect: Read, Method: http.MethodGet, Route: "/api/projects/:project_id/insights/",
			Scope:       "insight:read",
			Description: "Lists insights (charts) with their numeric ids, by name, short id or dashboard.",
			Request: struct {
				inName
				ShortID   string `json:"short_id,omitempty" arg:"most=2000" match:"^(https?://\\S+/insights/)?[A-Za-z0-9]+$" expect:"an insight's short id or its link" jsonschema_description:"AaVQ8Ijw, or the link that ends in it."`
				Dashboard int64  `json:"dashboard,omitempty" arg:"in=local" jsonschema:"minimum=1" jsonschema_description:"Dashboard id."`
				onePage
				inProject
			}{},
			Check: checkLink, Query: lightInsights, List: true, Show: showInsights,
			Keep: []string{
				"count", "next", "results.id", "results.short_id", "results.name", "results.derived_name", "results.search_match_type",
				"results.query.kind", "results.query.source.kind", "results.dashboard_tiles.dashboard_id", "results.dashboard_tiles.deleted",
			},
		},
	}
}

// projectOfLink finds the project in the link of one of its pages.
var projectOfLink = regexp.MustCompile(`/project/([0-9]+)/`)

// checkLink refuses a link of another project than the call names: PostHog would
// look for the same id elsewhere.
func checkLink(args *schema.Arguments, _ time.Time) schema.Problems {
	m := projectOfLink.FindStringSubmatch(argumentText(args, "short_id"))
	if m == nil || m[1] == argumentText(args, "project_id") {
		return nil
	}
	return schema.Problems{{Field: "project_id", Text: "the link is of project " + m[1] + ": give project_id " + m[1] + ", or the short id alone"}}
}

// lightInsights asks for insights without results. PostHog reads dashboards as
// JSON.
func lightInsights(query url.Values, args *schema.Arguments) {
	lookFurther(query, args)
	query.Set("basic", "true")
	if link := argumentText(args, "short_id"); link != "" {
		query.Set("short_id", path.Base(link))
	}
	if id := argumentText(args, "dashboard"); id != "" {
		query.Set("dashboards", "["+id+"]")
	}
}

func showInsights(o *view.Object, answer gjson.Result, args *schema.Arguments, c viewing) {
	none := "No insight was found. The name may be another, or the insight may be in another project (project_id)."
	switch {
	case isGiven(args, "short_id"):
		none = "No insight has this short id in this project. Capitals count in short ids; the link may be of another project (project_id)."
	case isGiven(args, "dashboard"):
		none = "No insight was found on this dashboard. PostHog says the same of a dashboard that does not exist; dashboards-retrieve tells."
	}
	searched{
		name: insightName, row: insightRow, none: none,
		link: c.base + "/insights/{short_id}", narrow: "search or dashboard",
	}.show(o, answer, args)
}

func insightRow(o *view.Object, row gjson.Result) {
	o.Raw("id", row.Get("id"))
	o.Raw("short_id", row.Get("short_id"))
	o.Text("name", cut(insightName(row), longName))
	o.Text("kind", insightKind(row.Get("query")))
	var dashboards []byte
	row.Get("dashboard_tiles").ForEach(func(_, tile gjson.Result) bool {
		if id := tile.Get("dashboard_id"); id.Exists() && !tile.Get("deleted").Bool() {
			dashboards = append(append(dashboards, "[,"[min(len(dashboards), 1)]), id.Raw...)
		}
		return true
	})
	if dashboards != nil {
		o.JSON("dashboards", append(dashboards, ']'))
	}
}

// insightKind is Funnels, Trends, DataTable and so on. What people see is the
// source of the query that puts it on a page.
func insightKind(query gjson.Result) string {
	kind := query.Get("source.kind").String()
	if kind == "" {
		kind = query.Get("kind").String()
	}
	return strings.TrimSuffix(kind, "Query")
}
