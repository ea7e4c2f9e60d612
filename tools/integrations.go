package tools

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"posthog-mcp/schema"
)

const integrationsRoute = "/api/projects/:project_id/integrations/"

// closedIntegrations is about the 403 of the oldest servers.
const closedIntegrations = "Where PostHog does not support keys here, it is too old to show integrations to one: a person finds the Slack integration's number in PostHog, under Settings, Integrations."

func integrationOperations() []Operation {
	return []Operation{
		{
			Name: "integrations-list", Title: "Find integrations",
			Effect: Read, Method: http.MethodGet, Route: integrationsRoute,
			Scope:       "integration:read",
			Description: "Lists the services that the project is connected to. A Slack subscription needs the id of one of kind slack.",
			Request: struct {
				Kind string `json:"kind,omitempty" arg:"filled,most=100" jsonschema_description:"slack, github, …"`
				inProject
			}{},
			Query: func(query url.Values, _ *schema.Arguments) { query.Set("limit", strconv.Itoa(lookedAt)) },
			List:  true, Show: showIntegrations,
			Hints: map[int]string{http.StatusForbidden: closedIntegrations},
			Keep:  []string{"count", "next", "results.id", "results.kind", "results.display_name", "results.errors", "results.created_by.email"},
		},
		{
			Name: "slack-channels-list", Title: "Find Slack channels",
			Effect: Read, Method: http.MethodGet, Route: integrationsRoute + ":integration_id/channels/",
			Scope:       "integration:read",
			Description: "Lists a workspace's Slack channels with the target_value that a subscription takes.",
			Request: struct {
				IntegrationID int64  `json:"integration_id" jsonschema:"required,minimum=1"`
				Search        string `json:"search,omitempty" arg:"filled,most=1000" jsonschema_description:"Words of the name."`
				Limit         int64  `json:"limit,omitempty" jsonschema:"minimum=1,maximum=200,default=25"`
				Offset        int64  `json:"offset,omitempty" jsonschema:"minimum=0"`
				inProject
			}{},
			Has: []string{"channels.#"}, Query: plainChannel, Show: showChannels,
			Hints: map[int]string{
				http.StatusForbidden:  closedIntegrations,
				http.StatusBadRequest: "integrations-list shows which integrations are of kind slack, and which of them are broken.",
			},
		},
	}
}

// plainChannel takes the # off a channel's name: PostHog keeps names without.
func plainChannel(query url.Values, args *schema.Arguments) {
	if query.Del("search"); channelName(argumentText(args, "search")) != "" {
		query.Set("search", channelName(argumentText(args, "search")))
	}
}

func channelName(search string) string { return strings.TrimLeft(strings.TrimSpace(search), "#") }
