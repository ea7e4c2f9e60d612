package tools

import (
	"net/http"

	"posthog-mcp/schema"
)

const subscriptionsRoute = "/api/projects/:project_id/subscriptions/"

// ofSubscription names the subscription.
type ofSubscription struct {
	ID int64 `json:"id" jsonschema:"required,minimum=1"`
}

// When a subscription delivers; required on create, optional on update.
type (
	delivery struct {
		TargetType  string `json:"target_type" jsonschema:"required,enum=email,enum=slack,enum=webhook"`
		TargetValue string `json:"target_value" arg:"secret,most=512000" jsonschema:"required,minLength=1" jsonschema_description:"email: addresses, comma-separated, no spaces. slack: channel id and name, C0123ABCD|#growth. webhook: URL (PostHog does not deliver these)."`
		Frequency   string `json:"frequency" jsonschema:"required,enum=daily,enum=weekly,enum=monthly,enum=yearly"`
		StartDate   string `json:"start_date" jsonschema:"required,format=date-time" jsonschema_description:"First delivery and time of day. Without an offset: UTC. The schedule runs in UTC, so local times shift with daylight saving."`
	}
	newDelivery struct {
		TargetType  string `json:"target_type,omitempty" jsonschema:"enum=email,enum=slack,enum=webhook"`
		TargetValue string `json:"target_value,omitempty" arg:"secret,most=512000" jsonschema:"minLength=1" jsonschema_description:"The full new list; newly added addresses get a mail at once."`
		Frequency   string `json:"frequency,omitempty" jsonschema:"enum=daily,enum=weekly,enum=monthly,enum=yearly"`
		StartDate   string `json:"start_date,omitempty" jsonschema:"format=date-time"`
	}
	subscribed struct {
		Dashboard *int64  `json:"dashboard,omitempty" jsonschema:"minimum=1" jsonschema_description:"Dashboard id; either this or insight."`
		Insight   *int64  `json:"insight,omitempty" jsonschema:"minimum=1" jsonschema_description:"Numeric insight id, not the short id."`
		Insights  []int64 `json:"dashboard_export_insights,omitempty" arg:"most=25" jsonschema_description:"Insight ids (not tile ids) of the dashboard to send; a dashboard needs 1 to 6."`
	}
	recurrence struct {
		Interval  int64     `json:"interval,omitempty" jsonschema:"minimum=1,maximum=2147483647" jsonschema_description:"2 with weekly: every second week."`
		Byweekday *[]string `json:"byweekday,omitempty" arg:"most=50" jsonschema:"enum=monday,enum=tuesday,enum=wednesday,enum=thursday,enum=friday,enum=saturday,enum=sunday"`
		Bysetpos  *int64    `json:"bysetpos,omitempty" arg:"filled" jsonschema:"minimum=-366,maximum=366" jsonschema_description:"With byweekday: which of them in the period; 1 first, -1 last."`
		Count     *int64    `json:"count,omitempty" jsonschema:"minimum=1,maximum=2147483647" jsonschema_description:"Deliveries in all, counted from start_date."`
		UntilDate *string   `json:"until_date,omitempty" jsonschema:"format=date-time"`
	}
	presentation struct {
		Title              *string `json:"title,omitempty" jsonschema:"maxLength=100"`
		Enabled            bool    `json:"enabled,omitempty" jsonschema_description:"false pauses."`
		Deleted            bool    `json:"deleted,omitempty" jsonschema_description:"true deletes, false restores."`
		IntegrationID      *int64  `json:"integration_id,omitempty" jsonschema:"minimum=1" jsonschema_description:"The Slack integration; slack needs it."`
		InviteMessage      *string `json:"invite_message,omitempty" arg:"most=512000" jsonschema_description:"Text of the mail that newly added recipients get at once."`
		SummaryEnabled     bool    `json:"summary_enabled,omitempty" jsonschema_description:"Adds an AI summary; counts against a quota."`
		SummaryPromptGuide string  `json:"summary_prompt_guide,omitempty" jsonschema:"maxLength=500" jsonschema_description:"Guidance for that summary."`
	}
)

const (
	checkWithList  = "check with subscriptions-list before repeating"
	checkWithID    = "check with subscriptions-retrieve before repeating"
	reopenSchedule = "An ended or paused subscription is resumed with enabled: true, after until_date or count was moved."
)

func subscriptionOperations() []Operation {
	return []Operation{
		{
			Name: "subscriptions-list", Title: "List subscriptions",
			Effect: Read, Method: http.MethodGet, Route: subscriptionsRoute,
			Scope:       "subscription:read",
			Description: "Lists a project's subscriptions: dashboards and insights that are sent on a schedule by mail or Slack. Look here before creating one.",
			Request: struct {
				Search       string `json:"search,omitempty" arg:"filled,most=1000" jsonschema_description:"Words in title, dashboard or insight name; all must match."`
				CreatedBy    string `json:"created_by,omitempty" arg:"most=36" match:"^(@me|[0-9a-fA-F-]{36})$" expect:"a user's UUID or @me" jsonschema_description:"User UUID, or @me."`
				Dashboard    int64  `json:"dashboard,omitempty" arg:"filled" jsonschema_description:"Dashboard id."`
				Insight      int64  `json:"insight,omitempty" arg:"filled" jsonschema_description:"Numeric insight id."`
				ResourceType string `json:"resource_type,omitempty" jsonschema:"enum=dashboard,enum=insight"`
				TargetType   string `json:"target_type,omitempty" jsonschema:"enum=email,enum=slack,enum=webhook"`
				Ordering     string `json:"ordering,omitempty" arg:"filled,most=200" jsonschema_description:"created_at, next_delivery_date, title or created_by__email; - in front for descending. Default: -created_at."`
				Deleted      bool   `json:"deleted,omitempty" jsonschema_description:"true: only deleted ones."`
				Recipient    string `json:"recipient,omitempty" arg:"in=local,filled,most=1000" jsonschema_description:"Part of an address or channel."`
				onePage
				inProject
				chosen
			}{},
			Prepare: createdByMe, Query: lookForRecipient, Wanted: sentTo,
			None: "None found. Deleted ones are listed with deleted: true only.",
			List: true, View: showSubscription, Narrow: "search, target_type, dashboard or insight", Link: "/subscriptions/{id}",
		},
		{
			Name: "subscriptions-create", Title: "Create subscription",
			Effect: Create, Sends: true, Method: http.MethodPost, Route: subscriptionsRoute,
			Scope: "subscription:write",
			Description: "Creates a scheduled delivery of one dashboard or one insight by email or Slack. " +
				"Unless enabled is false, PostHog sends a first delivery to every recipient at once. Addresses are not checked by PostHog. Repeating the call creates a second one.",
			Request: struct {
				delivery
				subscribed
				recurrence
				presentation
				inProject
				chosen
			}{},
			Check:   checkCreate,
			Sent:    func(*schema.Arguments) string { return "a first delivery, to every recipient" },
			Plan:    planSubscription,
			Resolve: resolveSubscription,
			Enrich:  enrichSubscription,
			Has:     []string{"id"},
			View:    showSubscription,
			Verify:  checkWithList,
		},
		{
			Name: "subscriptions-retrieve", Title: "Get subscription",
			Effect: Read, Method: http.MethodGet, Route: subscriptionsRoute + ":id/",
			Scope:       "subscription:read",
			Description: "Returns one subscription, deleted ones included.",
			Request: struct {
				ofSubscription
				inProject
				chosen
			}{},
			Has: []string{"id"}, View: showSubscription,
		},
		{
			Name: "subscriptions-partial-update", Title: "Update subscription",
			Effect: Update, Sends: true, Method: http.MethodPatch, Route: subscriptionsRoute + ":id/",
			Scope: "subscription:write",
			Description: "Changes the given fields of a subscription and keeps the others; null clears a field. " +
				"Newly added email recipients get a mail at once. Pause with enabled: false, delete with deleted: true.",
			Request: struct {
				ofSubscription
				newDelivery
				subscribed
				recurrence
				presentation
				clearing
				inProject
				chosen
			}{},
			Check:   checkUpdate,
			Sent:    sentToNew,
			Saved:   subscriptionsRoute + ":id/",
			Plan:    planSubscription,
			Resolve: resolveSubscription,
			Enrich:  enrichSubscription,
			Has:     []string{"id"},
			View:    showSubscription,
			Verify:  checkWithID,
		},
		{
			Name: "subscriptions-destroy", Title: "Delete subscription (not allowed)",
			Effect: Delete, Method: http.MethodDelete, Route: subscriptionsRoute + ":id/",
			Scope:       "subscription:write",
			Description: "Always refused: PostHog answers 405 to a hard delete. To delete, use subscriptions-partial-update with deleted: true.",
			Request: struct {
				ofSubscription
				inProject
			}{},
			Plan:   planRefusedDelete,
			Done:   "The subscription is deleted.",
			Hints:  map[int]string{http.StatusMethodNotAllowed: "Nothing was deleted. Call subscriptions-partial-update with this id and deleted: true."},
			Verify: checkWithID,
		},
		{
			Name: "subscriptions-test-delivery-create", Title: "Send test delivery",
			Effect: Send, Sends: true, Method: http.MethodPost, Route: subscriptionsRoute + ":id/test-delivery/",
			Scope: "subscription:write",
			Description: "Sends a real delivery of a subscription to all its recipients now; the schedule stays. " +
				"Success means queued, not received. Limited to 10 a minute per project.",
			Request: struct {
				ofSubscription
				inProject
			}{},
			Saved:      subscriptionsRoute + ":id/",
			Plan:       planTestDelivery,
			Done:       "Queued: PostHog renders the report and sends it, usually within minutes. Queued does not mean received: subscriptions-deliveries-list shows what became of it, as a test delivery.",
			Afterwards: tellRecipients,
			Hints: map[int]string{
				http.StatusConflict: "Where it is disabled, enable it with subscriptions-partial-update (enabled: true) first; where a delivery is in progress, wait for it instead of sending another.",
				http.StatusNotFound: "A deleted subscription is also not found here.",
			},
			Verify: "the delivery may be on its way; look for it with subscriptions-deliveries-list before sending another",
		},
		{
			Name: "subscriptions-summary-quota-retrieve", Title: "Get AI summary quota",
			Effect: Read, Method: http.MethodGet, Route: subscriptionsRoute + "summary_quota/",
			Scope:       "subscription:read",
			Description: "Returns how many AI summaries the organization has active and how many its plan allows (limit null: no cap).",
			Request:     struct{ inProject }{},
			Has:         []string{"active_count"},
		},
	}
}
