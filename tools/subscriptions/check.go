package subscriptions

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"posthog-mcp/schema"
	"posthog-mcp/tools/recipient"
)

// checkCreate refuses what PostHog would take and nobody can have meant, or
// would refuse late.
func checkCreate(args *schema.Arguments, now time.Time) (found schema.Problems) {
	given := slices.DeleteFunc([]string{"dashboard", "insight", "prompt"}, func(name string) bool { return !args.Given(name) })
	if len(given) != 1 {
		found = append(found, schema.Problem{Text: "dashboard, insight, prompt: give one of the three, it is what gets sent"})
	}
	if args.Text("target_type") == "slack" && !args.Given("integration_id") {
		found = append(found, schema.Problem{Field: "integration_id", Text: "required with target_type slack: the number of the project's Slack integration, which integrations-list shows"})
	}
	if never := neverFires(args, now); never != "" {
		found = append(found, schema.Problem{Field: "start_date", Text: never})
	}
	return append(found, checkAddresses(args)...)
}

// mayReach tells a change of who is reached, or of what, which somebody may hear of.
func mayReach(args *schema.Arguments) bool {
	return args.Is("enabled", "true") || args.Is("deleted", "false") || args.Is("send_test_now", "true") ||
		slices.ContainsFunc(slices.Concat(destination, reported, resending, settings), func(name string) bool { return args.Get(name) != nil })
}

func checkUpdate(args *schema.Arguments, _ time.Time) schema.Problems { return checkAddresses(args) }

// mostRecipients bounds what is worked out for each of them: who is new, who is
// allowed, what is shown.
const mostRecipients = 2000

// checkAddresses looks at the recipients that a call names. PostHog checks no
// address, and its worker neither trims nor understands display names: what is
// wrong here would be mail to nobody, or to somebody else.
func checkAddresses(args *schema.Arguments) (found schema.Problems) {
	kind, value := args.Text("target_type"), args.Text("target_value")
	// Without a type it is the saved one's, and what is no URL and has an @ can
	// only be meant for mail.
	mail := kind == "email" || kind == "" && strings.Contains(value, "@") && !strings.Contains(value, "://")
	channel, _, _ := strings.Cut(value, "|")
	switch {
	case value == "":
		return nil
	case strings.Count(value, ",") >= mostRecipients:
		return schema.Problems{{Field: "target_value", Text: fmt.Sprintf("must have at most %d recipients", mostRecipients)}}
	case kind == "" && !mail && !strings.Contains(value, "://") && !strings.HasPrefix(value, "#") && !isChannel.MatchString(channel):
		return schema.Problems{{Field: "target_value", Text: "is no email address, no Slack channel such as C0123ABCD|#growth and no URL"}}
	case kind == recipient.Teams && !strings.Contains(value, "://"):
		return schema.Problems{{Field: "target_value", Text: "must be the whole webhook URL of the Teams channel; PostHog shows its host alone, and takes no host back"}}
	case kind == recipient.Slack && strings.Contains(value, "://"):
		return schema.Problems{{Field: "target_value", Text: "is a URL; slack takes a channel, such as C0123ABCD|#growth, which slack-channels-list shows"}}
	case !mail:
		return nil
	}
	_, wrong := recipient.Addresses(value)
	for _, item := range wrong {
		found = append(found, schema.Problem{
			Field: "target_value",
			Text:  fmt.Sprintf("item %d is not an email address; give plain addresses, joined by commas without spaces", item),
		})
	}
	return found
}
