package subscriptions

import (
	"net/http"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/engine"
)

// Deliveries are read in pages of 50, whatever is asked for: the limit is how
// many of them are shown.
const deliveriesShown = 10

// Deliveries declares the look-up of what became of deliveries.
func Deliveries() []engine.Operation {
	return []engine.Operation{
		{
			Name: "subscriptions-deliveries-list", Title: "List deliveries",
			Effect: engine.Read, Method: http.MethodGet, Route: subscriptionsRoute + ":id/deliveries/",
			Scope:       "subscription:read",
			Description: "Lists what became of a subscription's deliveries, newest first: who got them, who did not and why. Tests are among them.",
			Request: struct {
				ofSubscription
				Status string `json:"status,omitempty" jsonschema:"enum=starting,enum=completed,enum=failed,enum=skipped"`
				Limit  int64  `json:"limit,omitempty" arg:"in=local" jsonschema:"minimum=1,maximum=50,default=10"`
				Cursor string `json:"cursor,omitempty" arg:"most=500" match:"^[A-Za-z0-9+/=_-]{1,500}$" expect:"the next_cursor of an earlier answer" jsonschema_description:"An answer's next_cursor."`
				engine.InProject
			}{},
			Has:     []string{"results.#"},
			Example: `{"id":1135}`,
			Read: &engine.Reading{
				Fallback: askTheEnvironment, RenderPage: showDeliveries,
				// Never the snapshots: each repeats the results of every chart.
				KeepFields: []string{
					"next", "results.created_at", "results.trigger_type", "results.status", "results.scheduled_at", "results.finished_at",
					"results.recipient_results", "results.error.message", "results.error.type",
				},
			},
		},
	}
}

// askTheEnvironment goes to the older address of the same list: some servers
// have deliveries below it alone.
func askTheEnvironment(refused *engine.Response, r *engine.Request) *engine.Request {
	if refused.Status != http.StatusNotFound || gjson.GetBytes(refused.Body, "detail").String() != "Endpoint not found." {
		return nil
	}
	other := *r
	other.Path = strings.Replace(r.Path, "/api/projects/", "/api/environments/", 1)
	return &other
}
