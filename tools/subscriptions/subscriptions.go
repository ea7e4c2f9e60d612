// Package subscriptions declares the operations on dashboards and insights that
// PostHog sends on a schedule.
package subscriptions

import (
	"net/http"

	"posthog-mcp/schema"
	"posthog-mcp/tools/engine"
)

const subscriptionsRoute = "/api/projects/:project_id/subscriptions/"

const checkWithID = "check with subscriptions-retrieve before repeating"

type ofSubscription struct {
	ID int64 `json:"id" arg:"quiet" jsonschema:"required,minimum=1"`
}

// When a subscription delivers; required on create, optional on update.
type (
	delivery struct {
		TargetType  string `json:"target_type" jsonschema:"required,enum=email,enum=slack,enum=teams,enum=webhook"`
		TargetValue string `json:"target_value" arg:"secret,quiet,most=512000" jsonschema:"required,minLength=1" jsonschema_description:"email: addresses joined by commas. slack: C0123ABCD|#growth. teams: webhook URL."`
		Frequency   string `json:"frequency" jsonschema:"required,enum=daily,enum=weekly,enum=monthly,enum=yearly"`
		StartDate   string `json:"start_date" jsonschema:"required,format=date-time" jsonschema_description:"First delivery and time of day. UTC without an offset; kept in UTC all year."`
		SendTestNow bool   `json:"send_test_now,omitempty" jsonschema_description:"false: no first delivery, from newer PostHog."`
	}
	newDelivery struct {
		TargetType  string `json:"target_type,omitempty" jsonschema:"enum=email,enum=slack,enum=teams,enum=webhook"`
		TargetValue string `json:"target_value,omitempty" arg:"secret,quiet,most=512000" jsonschema:"minLength=1" jsonschema_description:"The full new list."`
		Frequency   string `json:"frequency,omitempty" jsonschema:"enum=daily,enum=weekly,enum=monthly,enum=yearly"`
		StartDate   string `json:"start_date,omitempty" jsonschema:"format=date-time"`
		SendTestNow bool   `json:"send_test_now,omitempty" jsonschema_description:"true: to all now; false: to nobody. Newer PostHog."`
	}
	subscribed struct {
		Dashboard    *int64      `json:"dashboard,omitempty" arg:"quiet" jsonschema:"minimum=1"`
		Insight      *int64      `json:"insight,omitempty" arg:"quiet" jsonschema:"minimum=1" jsonschema_description:"Numeric id."`
		Insights     []int64     `json:"dashboard_export_insights,omitempty" arg:"most=100" jsonschema_description:"Needed with dashboard: the insights to send. A fixed list: later ones are not added."`
		Prompt       string      `json:"prompt,omitempty" arg:"filled,quiet" jsonschema:"maxLength=4000" jsonschema_description:"Question of an AI report."`
		PromptConfig schema.JSON `json:"ai_prompt_config,omitempty" jsonschema_description:"{\"window\":{\"mode\":\"last_n_days\",\"start_days_ago\":7}}"`
		Contexts     schema.JSON `json:"contexts,omitempty"`
	}
	recurrence struct {
		Interval  int64     `json:"interval,omitempty" arg:"quiet" jsonschema:"minimum=1,maximum=2147483647" jsonschema_description:"2 with weekly: every second week."`
		Byweekday *[]string `json:"byweekday,omitempty" arg:"most=50" jsonschema:"enum=monday,enum=tuesday,enum=wednesday,enum=thursday,enum=friday,enum=saturday,enum=sunday"`
		Bysetpos  *int64    `json:"bysetpos,omitempty" arg:"filled,quiet" jsonschema:"minimum=-366,maximum=366" jsonschema_description:"With byweekday: which of the month; 1 first, -1 last."`
		Count     *int64    `json:"count,omitempty" arg:"quiet" jsonschema:"minimum=1,maximum=2147483647" jsonschema_description:"Deliveries in all since start_date."`
		UntilDate *string   `json:"until_date,omitempty" jsonschema:"format=date-time" jsonschema_description:"Included."`
	}
	presentation struct {
		Title              *string     `json:"title,omitempty" jsonschema:"maxLength=100"`
		Enabled            bool        `json:"enabled,omitempty" jsonschema_description:"false pauses."`
		Deleted            bool        `json:"deleted,omitempty" jsonschema_description:"false restores."`
		IntegrationID      *int64      `json:"integration_id,omitempty" arg:"quiet" jsonschema:"minimum=1" jsonschema_description:"For Slack, from integrations-list."`
		InviteMessage      *string     `json:"invite_message,omitempty" arg:"most=512000" jsonschema_description:"In the mail to new recipients."`
		SummaryEnabled     bool        `json:"summary_enabled,omitempty" jsonschema_description:"AI summary; has a quota."`
		SummaryPromptGuide string      `json:"summary_prompt_guide,omitempty" jsonschema:"maxLength=500"`
		DeliveryConfig     schema.JSON `json:"delivery_config,omitempty" jsonschema_description:"{\"include_images\":true}"`
	}
)

// Operations are those of PostHog's page.
func Operations() []engine.Operation {
	return []engine.Operation{
		{
			Name: "subscriptions-list", Title: "List subscriptions",
			Effect: engine.Read, Route: subscriptionsRoute, Scope: "subscription:read",
			Description: "Lists subscriptions: dashboards, insights and AI reports that are sent on a schedule. Look here before creating one.",
			Request: []any{struct {
				Search       string `json:"search,omitempty" arg:"filled,most=1000" jsonschema_description:"Words of title or name."`
				CreatedBy    string `json:"created_by,omitempty" arg:"most=36" match:"^(@me|[0-9a-fA-F-]{36})$" expect:"a user's UUID or @me" jsonschema_description:"UUID or @me."`
				Dashboard    int64  `json:"dashboard,omitempty" arg:"filled"`
				Insight      int64  `json:"insight,omitempty" arg:"filled" jsonschema_description:"Numeric id."`
				Insights     string `json:"insights,omitempty" arg:"numeric,filled,most=1000" match:"^[0-9]+(,[0-9]+)*$" expect:"insight ids, joined by commas" jsonschema_description:"Numeric ids, joined by commas."`
				Tiles        int64  `json:"dashboard_tiles,omitempty" arg:"filled" jsonschema_description:"Of a dashboard's insights."`
				ResourceType string `json:"resource_type,omitempty" jsonschema:"enum=dashboard,enum=insight,enum=ai_prompt"`
				TargetType   string `json:"target_type,omitempty" jsonschema:"enum=email,enum=slack,enum=teams,enum=webhook"`
				State        string `json:"state,omitempty" arg:"in=local" jsonschema:"enum=active,enum=paused,enum=ended"`
				Ordering     string `json:"ordering,omitempty" arg:"filled,most=200" jsonschema_description:"Such as -next_delivery_date or title."`
				Deleted      bool   `json:"deleted,omitempty" jsonschema_description:"true: only deleted ones."`
				Recipient    string `json:"recipient,omitempty" arg:"in=local,filled,most=1000" jsonschema_description:"Address, channel or a part."`
			}{}, engine.OnePage{}, engine.InProject{}, engine.Chosen{}},
			RenderItem: showSubscription,
			Example:    `{"search":"growth","limit":5}`,
			Subject:    "subscriptions (dashboards, insights and AI reports sent on a schedule)",
			Guidance:   []string{"Times are UTC."},
			Read: &engine.Reading{
				List: true, Query: changeQuery, Further: nameInsights, Filter: wanted,
				NarrowHint: "search, state or recipient", Link: "/subscriptions/{id}",
				EmptyNotice: "None found. Deleted ones are listed with deleted: true only.",
				Columns: []engine.Column{
					{Name: "id"}, {Name: "title", Of: []string{"title", "resource_name"}},
					{Name: "to", Of: []string{"email", "slack", "webhook", "teams"}},
					{Name: "schedule"}, {Name: "state"}, {Name: "next"},
				},
				// The few fields have a whole page fit into a result.
				Choices: &engine.Choices{
					Of: "subscriptions", Arguments: map[string]any{"fields": []string{"id", "title", "resource_name"}},
					Value: []string{"title", "resource_name"}, Text: []string{"id"},
				},
			},
		},
		{
			Name: "subscriptions-create", Title: "Create subscription",
			Effect: engine.Create, Route: subscriptionsRoute, Scope: "subscription:write",
			Description: "Creates a scheduled delivery of a dashboard, insight or AI report by email, Slack or Teams. Unless enabled is false, every recipient gets a first message at once. PostHog checks no addresses.",
			Request:     []any{delivery{}, subscribed{}, recurrence{}, presentation{}, engine.InProject{}, engine.Chosen{}},
			Check:       checkCreate, Explain: explainSubscription, Has: []string{"id"}, RenderItem: showCreated,
			Example: `{"dashboard":101,"dashboard_export_insights":[2001,2002],"target_type":"email","target_value":"you@example.com",` +
				`"frequency":"weekly","byweekday":["monday"],"start_date":"2030-01-07T09:00:00Z","title":"Growth weekly"}`,
			Guidance: []string{
				"Creating or re-enabling one, adding recipients and test deliveries send real messages at once; 202: queued, not received. dry_run: true previews a write. Quiet: enabled: false; newer PostHog: send_test_now: false.",
			},
			Write: &engine.Writing{
				MayNotify: true, Defaults: unsaved, Added: []string{"interval"}, Plan: planSubscription, Resolve: resolveSubscription,
				Lasting: resolveArrival, After: addDoubles, Verify: "check with subscriptions-list before repeating",
			},
		},
		{
			Name: "subscriptions-retrieve", Title: "Get subscription",
			Effect: engine.Read, Route: subscriptionsRoute + ":id/", Scope: "subscription:read",
			Description: "Returns one subscription, deleted ones included.",
			Request:     []any{ofSubscription{}, engine.InProject{}, engine.Chosen{}},
			Has:         []string{"id"}, RenderItem: showSubscription,
			Example: `{"id":1134}`,
			Read:    &engine.Reading{Resource: "subscriptions", Further: nameInsights},
		},
		{
			Name: "subscriptions-partial-update", Title: "Update subscription",
			Effect: engine.Update, Route: subscriptionsRoute + ":id/", Scope: "subscription:write",
			Description: "Changes a subscription's given fields; null clears one. New recipients get a mail at once; newer PostHog sends to all on re-enabling or new content. enabled: false pauses, deleted: true deletes.",
			Request:     []any{ofSubscription{}, newDelivery{}, subscribed{}, recurrence{}, presentation{}, engine.Clearing{}, engine.InProject{}, engine.Chosen{}},
			Check:       checkAddresses, Explain: explainSubscription, Has: []string{"id"}, RenderItem: showUpdated,
			Example:  `{"id":1134,"enabled":false}`,
			Guidance: []string{"Delete with deleted: true in subscriptions-partial-update."},
			Write: &engine.Writing{
				MayNotify: true, Sending: "send_test_now", Saved: subscriptionsRoute + ":id/", Looks: mayReach, Plan: planSubscription,
				Resolve: resolveSubscription, Lasting: resolveArrival, Verify: checkWithID,
			},
		},
		{
			Name: "subscriptions-destroy", Title: "Delete subscription (not allowed)",
			Effect: engine.Delete, Route: subscriptionsRoute + ":id/", Scope: "subscription:write",
			Description: "Always refused with 405. Delete with subscriptions-partial-update, deleted: true.",
			Request:     []any{ofSubscription{}, engine.InProject{}},
			Example:     `{"id":1134}`,
			Hints:       map[int]string{http.StatusMethodNotAllowed: "Nothing was deleted. Call subscriptions-partial-update with this id and deleted: true."},
			Write:       &engine.Writing{Plan: planRefusedDelete, Done: "The subscription is deleted.", Verify: checkWithID},
		},
		{
			Name: "subscriptions-test-delivery-create", Title: "Send test delivery",
			Effect: engine.Send, Route: subscriptionsRoute + ":id/test-delivery/", Scope: "subscription:write",
			Description: "Sends a real delivery to all recipients now: success means queued. At most 10 a minute per project.",
			Request:     []any{ofSubscription{}, engine.InProject{}},
			Hints: map[int]string{
				http.StatusConflict: "Where it is disabled, enable it with subscriptions-partial-update (enabled: true) first; where a delivery is in progress, wait for it instead of sending another.",
				http.StatusNotFound: "A deleted subscription is also not found here.",
			},
			Example: `{"id":1134}`,
			Write: &engine.Writing{
				MayNotify: true, Saved: subscriptionsRoute + ":id/", Plan: planTestDelivery, After: addRecipients,
				Done:   "Queued: PostHog renders the report and sends it, usually within minutes. Queued does not mean received: subscriptions-deliveries-list shows what became of it, as a test delivery.",
				Verify: "the delivery may be on its way; look for it with subscriptions-deliveries-list before sending another",
			},
		},
		{
			Name: "subscriptions-summary-quota-retrieve", Title: "Get AI summary quota",
			Effect: engine.Read, Route: subscriptionsRoute + "summary_quota/", Scope: "subscription:read",
			Description: "Returns how many subscriptions have AI summaries, and may (null: no cap).",
			Request:     []any{engine.InProject{}},
			Has:         []string{"active_count"},
			Read:        &engine.Reading{Instead: `subscriptions-list with fields: ["id","summary_enabled"] shows which have one.`},
		},
	}
}

// Deliveries declares the look-up of what became of deliveries.
func Deliveries() []engine.Operation {
	return []engine.Operation{
		{
			Name: "subscriptions-deliveries-list", Title: "List deliveries",
			Effect: engine.Read, Route: subscriptionsRoute + ":id/deliveries/", Scope: "subscription:read",
			Description: "Lists a subscription's deliveries, tests among them, newest first: who got them, who did not and why.",
			Request: []any{ofSubscription{}, struct {
				Status string `json:"status,omitempty" jsonschema:"enum=starting,enum=completed,enum=failed,enum=skipped"`
				Limit  int64  `json:"limit,omitempty" arg:"in=local,quiet" jsonschema:"minimum=1,maximum=50,default=10"`
				Cursor string `json:"cursor,omitempty" arg:"most=500" match:"^[A-Za-z0-9+/=_-]{1,500}$" expect:"the next_cursor of an earlier answer" jsonschema_description:"A next_cursor."`
			}{}, engine.InProject{}},
			Has:     []string{"results.#"},
			Example: `{"id":1135}`,
			Read: &engine.Reading{
				Fallback: askTheEnvironment, Further: tellNoneFromNothing, RenderPage: showDeliveries,
				Instead: "A person sees what became of deliveries in PostHog, on the subscription's page.",
				// Never the snapshots: each repeats the results of every chart.
				KeepFields: []string{
					"next", "results.created_at", "results.trigger_type", "results.status", "results.scheduled_at", "results.finished_at",
					"results.recipient_results", "results.error.message", "results.error.type", "results.id", "results.ai_report_prompt",
				},
			},
		},
		{
			Name: "subscriptions-deliveries-retrieve", Title: "Get delivery",
			Effect: engine.Read, Route: subscriptionsRoute + ":id/deliveries/:delivery/", Scope: "subscription:read",
			Description: "Returns one delivery of a subscription, with the AI report that was sent.",
			Request: []any{ofSubscription{}, struct {
				Delivery string `json:"delivery" arg:"segment" jsonschema:"required" jsonschema_description:"From subscriptions-deliveries-list."`
			}{}, engine.InProject{}},
			Has: []string{"id"}, RenderItem: showDelivery,
			Hints:   map[int]string{http.StatusNotFound: "subscriptions-deliveries-list has the ids of those with an AI report."},
			Example: `{"id":1101,"delivery":"0190de00-0000-7000-8000-000000000001"}`,
			Read: &engine.Reading{
				Fallback: askTheEnvironment,
				Instead:  "subscriptions-deliveries-list has the rest of it.",
				KeepFields: []string{
					"id", "created_at", "trigger_type", "status", "scheduled_at", "finished_at", "recipient_results", "error.message", "error.type",
					"ai_report", "ai_report_prompt", "ai_report_diagnostics.description", "ai_report_diagnostics.ok", "ai_report_diagnostics.human_readable_error",
				},
			},
		},
	}
}
