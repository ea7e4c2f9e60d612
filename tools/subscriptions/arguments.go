package subscriptions

import "posthog-mcp/schema"

// ofSubscription names the subscription.
type ofSubscription struct {
	ID int64 `json:"id" jsonschema:"required,minimum=1"`
}

// When a subscription delivers; required on create, optional on update.
type (
	delivery struct {
		TargetType  string `json:"target_type" jsonschema:"required,enum=email,enum=slack,enum=teams,enum=webhook"`
		TargetValue string `json:"target_value" arg:"secret,most=512000" jsonschema:"required,minLength=1" jsonschema_description:"email: addresses, comma-separated, no spaces. slack: channel id and name, C0123ABCD|#growth. teams: the channel's webhook URL. webhook: newer PostHog refuses it."`
		Frequency   string `json:"frequency" jsonschema:"required,enum=daily,enum=weekly,enum=monthly,enum=yearly"`
		StartDate   string `json:"start_date" jsonschema:"required,format=date-time" jsonschema_description:"First delivery and time of day. Without an offset: UTC. The schedule runs in UTC, so local times shift with daylight saving."`
		SendTestNow bool   `json:"send_test_now,omitempty" jsonschema_description:"false: no first delivery. Older PostHog ignores it."`
	}
	newDelivery struct {
		TargetType  string `json:"target_type,omitempty" jsonschema:"enum=email,enum=slack,enum=teams,enum=webhook"`
		TargetValue string `json:"target_value,omitempty" arg:"secret,most=512000" jsonschema:"minLength=1" jsonschema_description:"The full new list."`
		Frequency   string `json:"frequency,omitempty" jsonschema:"enum=daily,enum=weekly,enum=monthly,enum=yearly"`
		StartDate   string `json:"start_date,omitempty" jsonschema:"format=date-time"`
		SendTestNow bool   `json:"send_test_now,omitempty" jsonschema_description:"true: to all now; false: to nobody. Older PostHog ignores it."`
	}
	subscribed struct {
		Dashboard    *int64      `json:"dashboard,omitempty" jsonschema:"minimum=1" jsonschema_description:"Dashboard id."`
		Insight      *int64      `json:"insight,omitempty" jsonschema:"minimum=1" jsonschema_description:"Numeric id, not the short one."`
		Insights     []int64     `json:"dashboard_export_insights,omitempty" arg:"most=100" jsonschema_description:"Insight ids (not tile ids) of the dashboard to send; at least one."`
		Prompt       string      `json:"prompt,omitempty" arg:"filled" jsonschema:"maxLength=4000" jsonschema_description:"Of an AI report; newer Cloud only."`
		PromptConfig schema.JSON `json:"ai_prompt_config,omitempty" jsonschema_description:"Has window: {mode: since_last_sent}."`
		Contexts     schema.JSON `json:"contexts,omitempty" jsonschema_description:"At most 3."`
	}
	recurrence struct {
		Interval  int64     `json:"interval,omitempty" jsonschema:"minimum=1,maximum=2147483647" jsonschema_description:"2 with weekly: every second week."`
		Byweekday *[]string `json:"byweekday,omitempty" arg:"most=50" jsonschema:"enum=monday,enum=tuesday,enum=wednesday,enum=thursday,enum=friday,enum=saturday,enum=sunday"`
		Bysetpos  *int64    `json:"bysetpos,omitempty" arg:"filled" jsonschema:"minimum=-366,maximum=366" jsonschema_description:"With byweekday: which of them in the period; 1 first, -1 last."`
		Count     *int64    `json:"count,omitempty" jsonschema:"minimum=1,maximum=2147483647" jsonschema_description:"Deliveries in all, counted from start_date."`
		UntilDate *string   `json:"until_date,omitempty" jsonschema:"format=date-time"`
	}
	presentation struct {
		Title              *string     `json:"title,omitempty" jsonschema:"maxLength=100"`
		Enabled            bool        `json:"enabled,omitempty" jsonschema_description:"false pauses."`
		Deleted            bool        `json:"deleted,omitempty" jsonschema_description:"true deletes, false restores."`
		IntegrationID      *int64      `json:"integration_id,omitempty" jsonschema:"minimum=1" jsonschema_description:"Needed for slack."`
		InviteMessage      *string     `json:"invite_message,omitempty" arg:"most=512000" jsonschema_description:"Text of the mail that new recipients get."`
		SummaryEnabled     bool        `json:"summary_enabled,omitempty" jsonschema_description:"Adds an AI summary; counts against a quota."`
		SummaryPromptGuide string      `json:"summary_prompt_guide,omitempty" jsonschema:"maxLength=500" jsonschema_description:"Guidance for that summary."`
		DeliveryConfig     schema.JSON `json:"delivery_config,omitempty" jsonschema_description:"post_all_insights_in_main_message (Slack), include_images … (prompt)."`
	}
)
