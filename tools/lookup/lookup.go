// Package lookup declares the operations that find what the others are about: ids
// by name, and destinations. They only read, and are not on PostHog's page. It also
// reads names for other resources.
package lookup

import (
	"net/http"

	"posthog-mcp/tools/engine"
)

const (
	dashboardsRoute   = "/api/projects/:project_id/dashboards/"
	integrationsRoute = "/api/projects/:project_id/integrations/"
	slackKind         = "slack"

	// closedIntegrations is about the 403 of the oldest servers.
	closedIntegrations = "Where PostHog does not support keys here, it is too old to show integrations to one: a person finds the Slack integration's number in PostHog, under Settings, Integrations."
	// limitedToProjects is for a key that cannot read its own limits.
	limitedToProjects = "A key that is limited to certain projects cannot list them; name its project with project_id."
)

// inName is a search by name.
type inName struct {
	Search string `json:"search,omitempty" arg:"filled,most=1000"`
}

// Operations finds what a subscription sends, and where it can go.
func Operations() []engine.Operation {
	return []engine.Operation{
		{
			Name: "dashboards-list", Title: "Find dashboards",
			Effect: engine.Read, Route: dashboardsRoute, Scope: "dashboard:read",
			Description: "Finds dashboards by name, pinned ones first.",
			Request:     []any{inName{}, engine.OnePage{}, engine.InProject{}},
			RenderItem:  showDashboardRow,
			Example:     `{"search":"growth"}`,
			Guidance:    []string{"dashboards-list finds ids by name."},
			Read: &engine.Reading{
				List: true, NameOf: nameOf, NarrowHint: "search", Link: "/dashboard/{id}",
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
			Effect: engine.Read, Route: dashboardsRoute + ":id/", Scope: "dashboard:read",
			Description: "Returns a dashboard's insights, in the page's order.",
			Request: []any{struct {
				ID int64 `json:"id" arg:"quiet" jsonschema:"required,minimum=1"`
			}{}, engine.InProject{}},
			Has: []string{"id"}, RenderItem: showDashboard,
			Example: `{"id":101}`,
			Read: &engine.Reading{
				Instead: "insights-list with dashboard lists its insights.",
				KeepFields: []string{
					"id", "name", "description", "tiles.insight.id", "tiles.insight.short_id", "tiles.insight.name", "tiles.insight.derived_name",
				},
			},
		},
		{
			// The light form of the list: the other one is megabytes.
			Name: "insights-list", Title: "Find insights",
			Effect: engine.Read, Route: "/api/projects/:project_id/insights/", Scope: "insight:read",
			Description: "Finds insights (charts) by name, short id or dashboard.",
			Request: []any{inName{}, struct {
				ShortID   string `json:"short_id,omitempty" arg:"most=2000" match:"^(https?://\\S+/insights/)?[A-Za-z0-9]+$" expect:"an insight's short id or its link" jsonschema_description:"Or the link that ends in it."`
				Dashboard int64  `json:"dashboard,omitempty" arg:"in=local,quiet" jsonschema:"minimum=1"`
			}{}, engine.OnePage{}, engine.InProject{}},
			Check: checkLink, RenderItem: showInsightRow,
			Example: `{"dashboard":101}`,
			Read: &engine.Reading{
				List: true, NameOf: insightName, Query: lightInsights, NarrowHint: "search or dashboard", Link: "/insights/{short_id}",
				EmptyNotice: "No insight was found. The name may be another, or the insight may be in another project (project_id).",
				RenderPage:  showInsights,
				Instead:     "dashboards-retrieve lists the insights of a dashboard.",
				Choices:     &engine.Choices{Of: "insights", Value: []string{"name"}},
				KeepFields: []string{
					"count", "next", "results.id", "results.short_id", "results.name", "results.derived_name", "results.search_match_type",
					"results.query.kind", "results.query.source.kind", "results.dashboard_tiles.dashboard_id", "results.dashboard_tiles.deleted",
				},
			},
		},
		{
			Name: "integrations-list", Title: "Find integrations",
			Effect: engine.Read, Route: integrationsRoute, Scope: "integration:read",
			Description: "Lists the project's integrations. A subscription in Slack needs the id of one.",
			Request: []any{struct {
				Kind string `json:"kind,omitempty" arg:"filled,most=100" jsonschema_description:"As slack."`
			}{}, engine.InProject{}},
			Hints:   map[int]string{http.StatusForbidden: closedIntegrations},
			Example: `{"kind":"slack"}`,
			Read: &engine.Reading{
				List: true, RenderPage: showIntegrations,
				Instead: "A person finds the Slack integration's number in PostHog, under Settings, Integrations.",
				Choices: &engine.Choices{
					Of: "workspaces", Arguments: map[string]any{"kind": slackKind}, Value: []string{"id"}, Text: []string{"broken"},
				},
				KeepFields: []string{"count", "next", "results.id", "results.kind", "results.display_name", "results.errors", "results.created_by.email"},
			},
		},
		{
			Name: "slack-channels-list", Title: "Find Slack channels",
			Effect: engine.Read, Route: integrationsRoute + ":integration_id/channels/", Scope: "integration:read",
			Description: "Lists Slack channels with the target_value that a subscription takes.",
			Request: []any{struct {
				IntegrationID int64  `json:"integration_id" arg:"quiet" jsonschema:"required,minimum=1" jsonschema_description:"From integrations-list."`
				Search        string `json:"search,omitempty" arg:"filled,most=1000"`
				Limit         int64  `json:"limit,omitempty" arg:"quiet" jsonschema:"minimum=1,maximum=200,default=25"`
				Offset        int64  `json:"offset,omitempty" arg:"quiet" jsonschema:"minimum=0"`
			}{}, engine.InProject{}},
			Has: []string{"channels.#"},
			Hints: map[int]string{
				http.StatusForbidden:  closedIntegrations,
				http.StatusNotFound:   "integrations-list has the ids.",
				http.StatusBadRequest: "integrations-list shows which integrations are of kind slack, and which of them are broken.",
			},
			Example: `{"integration_id":701,"search":"growth"}`,
			Read: &engine.Reading{
				Query: plainChannel, RenderPage: showChannels,
				Instead: "A person copies the channel's id in Slack, from the channel's details.",
				Choices: &engine.Choices{Of: "channels", Value: []string{"target_value"}, Text: []string{"name"}},
			},
		},
	}
}

// Projects finds projects, and the people who work in them.
func Projects() []engine.Operation {
	return []engine.Operation{
		{
			Name: "projects-list", Title: "Find projects",
			Effect: engine.Read, Route: "/api/projects/", Scope: "project:read",
			Description: "Lists the projects that the key can reach.",
			Request:     []any{inName{}, engine.OnePage{}},
			Has:         []string{"results.#", "scoped_teams.#"},
			Hints:       map[int]string{http.StatusForbidden: limitedToProjects, http.StatusUnauthorized: limitedToProjects},
			Example:     `{"search":"app"}`,
			Read: &engine.Reading{
				List: true, NameOf: nameOf, NarrowHint: "search", Link: "/project/{id}",
				EmptyNotice: "No project was found that the key can reach.",
				Instead:     "users-retrieve lists the projects.",
				Fallback:    askTheKey, RenderPage: showProjects,
				// A project has tokens; they are not even read.
				KeepFields: []string{"count", "next", "results.id", "results.name", "results.organization", "results.timezone", "results.is_demo"},
			},
		},
		{
			Name: "organization-members-list", Title: "Find colleagues",
			Effect: engine.Read, Route: "/api/organizations/@current/members/", Scope: "organization_member:read",
			Description: "Finds members of the organization: name, email, role; with search, also UUID.",
			Request:     []any{inName{}, engine.OnePage{}},
			Hints:       map[int]string{http.StatusForbidden: "A key that is limited to certain projects, or to another organization, cannot list them."},
			RenderItem:  showMember,
			Example:     `{"search":"Maya"}`,
			Read: &engine.Reading{
				List: true, NameOf: memberName, NarrowHint: "search",
				EmptyNotice: "No member of the organization was found. The name may be another.",
				Instead:     "A person finds them in PostHog, under Settings, Members.",
				Columns:     []engine.Column{{Name: "name"}, {Name: "email"}, {Name: "role"}},
			},
		},
	}
}
