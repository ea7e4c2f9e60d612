package lookup

import (
	"cmp"
	"context"
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

// Insights declares what can be done with insights.
func Insights() []engine.Operation {
	return []engine.Operation{
		{
			// The light form of the list: the other one is megabytes.
			Name: "insights-list", Title: "Find insights",
			Effect: engine.Read, Method: http.MethodGet, Route: "/api/projects/:project_id/insights/",
			Scope:       "insight:read",
			Description: "Finds insights (charts) by name, short id or dashboard.",
			Request: struct {
				inName
				ShortID   string `json:"short_id,omitempty" arg:"most=2000" match:"^(https?://\\S+/insights/)?[A-Za-z0-9]+$" expect:"an insight's short id or its link" jsonschema_description:"Or the link that ends in it."`
				Dashboard int64  `json:"dashboard,omitempty" arg:"in=local,quiet" jsonschema:"minimum=1"`
				engine.OnePage
				engine.InProject
			}{},
			Check: checkLink, RenderItem: showInsightRow,
			Example: `{"dashboard":101}`,
			Read: &engine.Reading{
				List: true, NameOf: insightName, Query: lightInsights, NarrowHint: "search or dashboard", Link: "/insights/{short_id}",
				RenderPage: showInsights,
				Instead:    "dashboards-retrieve lists the insights of a dashboard.",
				Choices:    &engine.Choices{Of: "insights", Value: []string{"name"}},
				KeepFields: []string{
					"count", "next", "results.id", "results.short_id", "results.name", "results.derived_name", "results.search_match_type",
					"results.query.kind", "results.query.source.kind", "results.dashboard_tiles.dashboard_id", "results.dashboard_tiles.deleted",
				},
			},
		},
	}
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
func lightInsights(ctx context.Context, c *engine.Call, query url.Values) *engine.Refusal {
	query.Set("basic", "true")
	if link := c.Args.Text("short_id"); link != "" {
		query.Set("short_id", path.Base(link))
	}
	if id := c.Args.Text("dashboard"); id != "" {
		query.Set("dashboards", "["+id+"]")
	}
	return lookFurther(ctx, c, query)
}

// showInsights says of a list without items what was looked for.
func showInsights(o *view.Object, answer gjson.Result, r engine.Rendering) {
	page, list := r.Page(nil)
	switch {
	case r.Args.Given("short_id"):
		page.EmptyNotice = "No insight has this short id in this project. Capitals count in short ids; the link may be of another project (project_id)."
	case r.Args.Given("dashboard"):
		page.EmptyNotice = "No insight was found on this dashboard. PostHog says the same of a dashboard that does not exist; dashboards-retrieve tells."
	default:
		page.EmptyNotice = "No insight was found. The name may be another, or the insight may be in another project (project_id)."
	}
	page.Add(o, list)
}

// Untitled is what PostHog shows people of an insight without a name.
const Untitled = "Untitled"

// insightName is the name that people gave an insight, else PostHog's own.
func insightName(insight gjson.Result) string {
	return cmp.Or(insight.Get("name").String(), insight.Get("derived_name").String(), Untitled)
}

func showInsightRow(o *view.Object, row gjson.Result, _ engine.Rendering) {
	o.Raw("id", row.Get("id"))
	o.Raw("short_id", row.Get("short_id"))
	o.Text("name", view.Cut(insightName(row), view.LongName))
	o.Text("kind", insightKind(row.Get("query")))
	taken := view.Rows{
		Filter: func(tile gjson.Result) bool { return tile.Get("dashboard_id").Exists() && !tile.Get("deleted").Bool() },
		Item:   func(to []byte, tile gjson.Result) []byte { return append(to, tile.Get("dashboard_id").Raw...) },
	}.Take(row.Get("dashboard_tiles"))
	if taken.Shown > 0 {
		o.JSON("dashboards", taken.JSON)
	}
}

// insightKind is Funnels, Trends, DataTable and so on. What people see is the
// source of the query that puts it on a page.
func insightKind(query gjson.Result) string {
	return strings.TrimSuffix(cmp.Or(query.Get("source.kind").String(), query.Get("kind").String()), "Query")
}
