package subscriptions

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/lookup"
	"posthog-mcp/tools/recipient"
	"posthog-mcp/tools/view"
)

// doubles names the subscriptions that send the report of a create to one of its
// recipients already, except the one with the id but. It takes one read; not to know
// is no failure.
func doubles(ctx context.Context, c *engine.Call, target recipient.Target, but string) string {
	query := url.Values{"limit": {strconv.Itoa(engine.LookedAt)}}
	prompt := c.Args.Text("prompt")
	for _, name := range []string{"dashboard", "insight"} {
		if c.Args.Given(name) {
			query.Set(name, c.Args.Text(name))
		}
	}
	if prompt != "" {
		query.Set("resource_type", "ai_prompt")
	}
	answer, refusal := c.Read(ctx, c.InProject("subscriptions/"), query.Encode(), "results.id", "results.title", "results.resource_name",
		"results.prompt", "results.target_type", "results.target_value", "results.enabled", "results.deleted", "results.next_delivery_date")
	if refusal != nil {
		return ""
	}
	var found []string
	for _, row := range answer.Get("results").Array() {
		s := readSubscription(row)
		to := target.Shared(s.target())
		if s.get("id").String() == but || len(to) == 0 || s.get("prompt").String() != prompt {
			continue
		}
		name := lookup.Named{ID: s.get("id").Int(), Name: view.Brief(s.get("title").String(), view.ShortText)}
		found = append(found, fmt.Sprintf("%s (%s) to %s", name, s.state(), view.Few(to, mostNamed)))
	}
	if found == nil {
		return ""
	}
	return "The same is sent already by subscription " + view.Few(found, mostNamed) + "."
}

// addDoubles says of a new subscription whether there was one like it.
func addDoubles(ctx context.Context, c *engine.Call, made gjson.Result, r engine.Result) engine.Result {
	target := recipient.Target{Kind: c.Args.Text("target_type"), Value: c.Args.Text("target_value")}
	r.Object = view.WithNotice(r.Object, doubles(ctx, c, target, made.Get("id").String()))
	return r
}
