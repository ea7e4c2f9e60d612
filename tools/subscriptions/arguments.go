package subscriptions

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"posthog-mcp/schema"
	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/recipient"
)

// ofSubscription names the subscription.
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

// checkCreate refuses what PostHog would take and nobody can have meant, or
// would refuse late.
func checkCreate(args *schema.Arguments, now time.Time) (found schema.Problems) {
	given := slices.DeleteFunc([]string{"dashboard", "insight", "prompt"}, func(name string) bool { return !args.Given(name) })
	if len(given) != 1 {
		found = append(found, schema.Problem{Text: "dashboard, insight, prompt: give one of the three, it is what gets sent"})
	}
	if args.Text("target_type") == recipient.Slack && !args.Given("integration_id") {
		found = append(found, schema.Problem{Field: "integration_id", Text: "required with target_type slack: the number of the project's Slack integration, which integrations-list shows"})
	}
	rule := readSubscription(engine.Overlay(unsaved, engine.InUTC(args.List))).stored()
	if len(rule.Next(now.Add(lead), 1)) == 0 {
		found = append(found, schema.Problem{Field: "start_date", Text: fmt.Sprintf("no delivery comes of this schedule (%s)", rule.Sentence(now))})
	}
	return append(found, checkAddresses(args, now)...)
}

// mayReach tells a change of who is reached, or of what, which somebody may hear of.
func mayReach(args *schema.Arguments) bool {
	return args.Is("enabled", "true") || args.Is("deleted", "false") || args.Is("send_test_now", "true") ||
		slices.ContainsFunc(slices.Concat(destination, reported, resending, settings), func(name string) bool { return args.Get(name) != nil })
}

// mostRecipients bounds what is worked out for each of them: who is new, who is
// allowed, what is shown.
const mostRecipients = 2000

// checkAddresses looks at the recipients that a call names. PostHog checks no
// address, and its worker neither trims nor understands display names: what is
// wrong here would be mail to nobody, or to somebody else.
func checkAddresses(args *schema.Arguments, _ time.Time) (found schema.Problems) {
	kind, value := args.Text("target_type"), args.Text("target_value")
	link := strings.Contains(value, "://")
	// Without a type it is the saved one's, and what is no URL and has an @ can
	// only be meant for mail.
	mail := kind == recipient.Email || kind == "" && strings.Contains(value, "@") && !link
	var wrong []int
	text := ""
	switch {
	case value == "":
	case strings.Count(value, ",") >= mostRecipients:
		text = fmt.Sprintf("must have at most %d recipients", mostRecipients)
	case mail:
		_, wrong = recipient.Addresses(value)
	case kind == "" && !link && !strings.HasPrefix(value, "#") && !namesChannel(value):
		text = "is no email address, no Slack channel such as C0123ABCD|#growth and no URL"
	case kind == recipient.Teams && !link:
		text = "must be the whole webhook URL of the Teams channel; PostHog shows its host alone, and takes no host back"
	case kind == recipient.Slack && link:
		text = "is a URL; slack takes a channel, such as C0123ABCD|#growth, which slack-channels-list shows"
	}
	for _, item := range wrong {
		found = append(found, schema.Problem{Field: "target_value", Text: fmt.Sprintf("item %d is not an email address; give plain addresses, joined by commas without spaces", item)})
	}
	if text != "" {
		found = schema.Problems{{Field: "target_value", Text: text}}
	}
	return found
}

// namesChannel tells a value that begins with a channel's id.
func namesChannel(value string) bool {
	id, _, _ := strings.Cut(value, "|")
	return isChannel.MatchString(id)
}
