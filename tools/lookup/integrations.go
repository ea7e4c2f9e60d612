package lookup

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/view"
)

const (
	integrationsRoute = "/api/projects/:project_id/integrations/"
	slackKind         = "slack"

	// closedIntegrations is about the 403 of the oldest servers.
	closedIntegrations = "Where PostHog does not support keys here, it is too old to show integrations to one: a person finds the Slack integration's number in PostHog, under Settings, Integrations."
)

// Integrations declares what can be done with the services that a project is
// connected to.
func Integrations() []engine.Operation {
	return []engine.Operation{
		{
			Name: "integrations-list", Title: "Find integrations",
			Effect: engine.Read, Method: http.MethodGet, Route: integrationsRoute,
			Scope:       "integration:read",
			Description: "Lists the project's integrations. A subscription in Slack needs the id of one.",
			Request: struct {
				Kind string `json:"kind,omitempty" arg:"filled,most=100" jsonschema_description:"As slack."`
				engine.InProject
			}{},
			Hints:   map[int]string{http.StatusForbidden: closedIntegrations},
			Example: `{"kind":"slack"}`,
			Read: &engine.Reading{
				List: true, Query: wholeList, RenderPage: showIntegrations,
				Instead: "A person finds the Slack integration's number in PostHog, under Settings, Integrations.",
				Choices: &engine.Choices{
					Of: "workspaces", Arguments: map[string]any{"kind": slackKind}, Value: []string{"id"}, Text: []string{"broken"},
				},
				KeepFields: []string{"count", "next", "results.id", "results.kind", "results.display_name", "results.errors", "results.created_by.email"},
			},
		},
	}
}

func wholeList(_ context.Context, _ *engine.Call, query url.Values) *engine.Refusal {
	query.Set("limit", strconv.Itoa(engine.LookedAt))
	return nil
}

// showIntegrations filters by kind again: some servers pass over it.
func showIntegrations(o *view.Object, answer gjson.Result, r engine.Rendering) {
	kind, broken := r.Args.Text("kind"), false
	taken := view.Rows{
		Filter: func(row gjson.Result) bool { return kind == "" || row.Get("kind").String() == kind },
		Item: func(to []byte, row gjson.Result) []byte {
			r := view.NewObject(to)
			r.Raw("id", row.Get("id"))
			r.Raw("kind", row.Get("kind"))
			r.Text("display_name", view.Cut(row.Get("display_name").String(), view.LongName))
			r.Raw("connected_by", row.Get("created_by.email"))
			fails := row.Get("errors").String() != ""
			r.Flag("broken", fails)
			broken = broken || fails
			return r.Bytes()
		},
	}.Take(answer.Get("results"))
	settings := r.Base + "/settings/environment-integrations"
	var notice string
	switch {
	case taken.Shown > 0:
	case kind == slackKind:
		notice = "This project has no Slack integration. A person connects Slack at " + settings + "; a key cannot."
	default:
		notice = "The project has no such integration that a key may see. A person connects one at " + settings + "."
	}
	if broken {
		notice = view.Join(notice, "a broken one delivers nothing until a person reconnects it at "+settings)
	}
	if taken.Left || answer.Get("next").Type == gjson.String {
		notice = view.Join(notice, fmt.Sprintf("looked at the first %d of %d", taken.Seen, answer.Get("count").Int()))
	}
	o.Text("notice", notice)
	o.JSON("results", taken.JSON)
}
