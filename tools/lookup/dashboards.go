package lookup

import (
	"fmt"
	"net/http"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/view"
)

const dashboardsRoute = "/api/projects/:project_id/dashboards/"

// Dashboards declares what can be done with dashboards.
func Dashboards() []engine.Operation {
	return []engine.Operation{
		{
			Name: "dashboards-list", Title: "Find dashboards",
			Effect: engine.Read, Method: http.MethodGet, Route: dashboardsRoute,
			Scope:       "dashboard:read",
			Description: "Finds dashboards by name, pinned ones first.",
			Request: struct {
				inName
				engine.OnePage
				engine.InProject
			}{},
			RenderItem: showDashboardRow,
			Example:    `{"search":"growth"}`,
			Guidance:   []string{"dashboards-list finds ids by name."},
			Read: &engine.Reading{
				List: true, NameOf: nameOf, Query: lookFurther, NarrowHint: "search", Link: "/dashboard/{id}",
				Instead:     "A dashboard's id is the number in its link.",
				EmptyNotice: "No dashboard was found. The name may be another, or the dashboard may be in another project (project_id).",
				Choices:     &engine.Choices{Of: "dashboards", Value: []string{"name"}},
				KeepFields: []string{
					"count", "next", "results.id", "results.name", "results.description", "results.pinned", "results.tags", "results.search_match_type",
				},
			},
		},
		{
			// Without a refresh parameter PostHog calculates nothing; it sends
			// the cached results of every tile all the same.
			Name: "dashboards-retrieve", Title: "Get dashboard",
			Effect: engine.Read, Method: http.MethodGet, Route: dashboardsRoute + ":id/",
			Scope:       "dashboard:read",
			Description: "Returns a dashboard's insights, in the page's order.",
			Request: struct {
				ID int64 `json:"id" arg:"quiet" jsonschema:"required,minimum=1"`
				engine.InProject
			}{},
			Has: []string{"id"}, RenderItem: showDashboard,
			Example: `{"id":101}`,
			Read: &engine.Reading{
				Instead: "insights-list with dashboard lists its insights.",
				KeepFields: []string{
					"id", "name", "description", "tiles.insight.id", "tiles.insight.short_id", "tiles.insight.name", "tiles.insight.derived_name",
				},
			},
		},
	}
}

func showDashboardRow(o *view.Object, row gjson.Result, _ engine.Rendering) {
	o.Raw("id", row.Get("id"))
	o.Text("name", view.Cut(row.Get("name").String(), view.LongName))
	o.Text("description", view.Cut(row.Get("description").String(), view.ShortText))
	o.Flag("pinned", row.Get("pinned").Bool())
	if tags := row.Get("tags"); len(tags.Array()) > 0 {
		o.Raw("tags", tags)
	}
}

// showDashboard has the insights under their own ids: a tile's id is of no use
// to anybody.
func showDashboard(o *view.Object, answer gjson.Result, r engine.Rendering) {
	taken := view.Rows{
		Filter: func(tile gjson.Result) bool { return tile.Get("insight.id").Exists() },
		Item: func(to []byte, tile gjson.Result) []byte {
			insight := tile.Get("insight")
			row := view.NewObject(to)
			row.Raw("id", insight.Get("id"))
			row.Raw("short_id", insight.Get("short_id"))
			row.Text("name", view.Cut(insightName(insight), view.LongName))
			return row.Bytes()
		},
	}.Take(answer.Get("tiles"))
	switch {
	case taken.Left:
		o.Text("notice", fmt.Sprintf("only the first %d insights fit into the answer", taken.Shown))
	case taken.Shown == 0:
		o.Text("notice", "No tile of this dashboard shows an insight: there is nothing that a subscription could send.")
	}
	o.Raw("id", answer.Get("id"))
	o.Text("name", view.Cut(answer.Get("name").String(), view.LongName))
	o.Text("description", view.Cut(answer.Get("description").String(), view.ShortText))
	o.Text("link", r.Base+"/dashboard/"+answer.Get("id").String())
	o.JSON("insights", taken.JSON)
	if others := taken.Seen - taken.Shown; others > 0 {
		o.Number("other_tiles", others) // texts, buttons, widgets
	}
}
