package subscriptions

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/engine"
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

// changeQuery puts the caller's UUID in the place of @me, which PostHog does not
// know here. It asks for enough subscriptions to find some among them where one
// of a recipient is looked for: PostHog does not search in recipients.
func changeQuery(ctx context.Context, c *engine.Call, query url.Values) *engine.Refusal {
	if c.Args.Given("recipient") {
		query.Set("limit", strconv.Itoa(engine.LookedAt))
	}
	if c.Args.Text("created_by") != "@me" {
		return nil
	}
	me, refusal := c.ReadOwner(ctx, "uuid")
	if refusal != nil {
		return refusal
	}
	query.Set("created_by", me.Get("uuid").String())
	return nil
}

// sentTo tells which subscriptions go to the recipient that is looked for.
func sentTo(args *schema.Arguments) func(gjson.Result) bool {
	recipient := strings.ToLower(strings.TrimSpace(args.Text("recipient")))
	if recipient == "" {
		return nil
	}
	return func(item gjson.Result) bool {
		return strings.Contains(strings.ToLower(item.Get("target_value").String()), recipient)
	}
}
