package tools

import "net/http"

const dashboardsRoute = "/api/projects/:project_id/dashboards/"

func dashboardOperations() []Operation {
	return []Operation{
		{
			Name: "dashboards-list", Title: "Find dashboards",
			Effect: Read, Method: http.MethodGet, Route: dashboardsRoute,
			Scope:       "dashboard:read",
			Description: "Lists dashboards with their ids, pinned ones first.",
			Request: struct {
				inName
				onePage
				inProject
			}{},
			Query: lookFurther, List: true, Show: showDashboards,
			Keep: []string{
				"count", "next", "results.id", "results.name", "results.description", "results.pinned", "results.tags", "results.search_match_type",
			},
		},
		{
			// Without a refresh parameter PostHog calculates nothing; it sends
			// the cached results of every tile all the same.
			Name: "dashboards-retrieve", Title: "Get dashboard",
			Effect: Read, Method: http.MethodGet, Route: dashboardsRoute + ":id/",
			Scope:       "dashboard:read",
			Description: "Returns a dashboard's insights, with the ids that dashboard_export_insights takes, in the order of the page.",
			Request: struct {
				ID int64 `json:"id" jsonschema:"required,minimum=1"`
				inProject
			}{},
			Show: showDashboard,
			Has:  []string{"id"},
			Keep: []string{
				"id", "name", "description", "tiles.insight.id", "tiles.insight.short_id", "tiles.insight.name", "tiles.insight.derived_name",
			},
		},
	}
}
