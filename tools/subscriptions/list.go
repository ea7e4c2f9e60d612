package subscriptions

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/lookup"
	"posthog-mcp/tools/view"
)

// mostSubscriptions is PostHog's own limit for a project. Source: PostHog,
// posthog/resource_limits/registry.py.
const mostSubscriptions = 200

// changeQuery puts the caller's UUID in the place of @me, which PostHog does not
// know here. Where this server picks some of the subscriptions, it asks for all.
func changeQuery(ctx context.Context, c *engine.Call, query url.Values) *engine.Refusal {
	if wanted(c.Rendering) != nil {
		query.Set("limit", strconv.Itoa(mostSubscriptions))
	}
	if c.Args.Text("created_by") != "@me" {
		return nil
	}
	me, refusal := c.ReadOwner(ctx, "uuid")
	if refusal == nil {
		query.Set("created_by", me.Get("uuid").String())
	}
	return refusal
}

// wanted tells which subscriptions a call asks for, as far as PostHog, or an older
// one, cannot choose them; nil for all.
func wanted(r engine.Rendering) func(gjson.Result) bool {
	recipient := strings.ToLower(strings.TrimSpace(r.Args.Text("recipient")))
	state, ids := r.Args.Text("state"), r.Args.Text("insights")
	tiles, prompts := r.Args.Given("dashboard_tiles"), r.Args.Text("resource_type") == "ai_prompt"
	if recipient+state+ids == "" && !tiles && !prompts {
		return nil
	}
	return func(item gjson.Result) bool {
		insight := item.Get("insight")
		return (recipient == "" || isSentTo(item, recipient)) &&
			(state == "" || readSubscription(item).state() == state) &&
			(ids == "" || slices.Contains(strings.Split(ids, ","), insight.String())) &&
			(!tiles || !isOld(item) || r.Insights[insight.Int()] != "") &&
			(!prompts || !isOld(item))
	}
}

// isOld tells a PostHog that ignores the newer filters: it has no prompts either.
func isOld(item gjson.Result) bool { return !item.Get("resource_type").Exists() }

// isSentTo tells what goes to a recipient. A whole address, or a channel by its name
// with # or its id, is that one; anything else is a part of one.
func isSentTo(item gjson.Result, recipient string) bool {
	value := strings.ToLower(item.Get("target_value").String())
	if !strings.HasPrefix(recipient, "#") && strings.Index(recipient, "@") < 1 && !isChannel.MatchString(strings.ToUpper(recipient)) {
		return strings.Contains(value, recipient)
	}
	all := strings.FieldsFunc(value, func(c rune) bool { return c == ',' || c == '|' })
	return value == recipient || slices.ContainsFunc(all, func(one string) bool { return strings.TrimSpace(one) == recipient })
}

// columns are what PostHog orders by; it passes over other names. Source: PostHog,
// ee/api/subscription.py, ordering_fields.
var columns = []string{"created_at", "next_delivery_date", "title", "created_by__email"}

func orderNotice(ordering string) string {
	var unknown []string
	for name := range strings.SplitSeq(ordering, ",") {
		if name = strings.TrimPrefix(strings.TrimSpace(name), "-"); name != "" && !slices.Contains(columns, name) {
			unknown = append(unknown, strconv.Quote(view.Brief(name, view.ShortText)))
		}
	}
	if unknown == nil {
		return ""
	}
	return "PostHog does not order by " + view.Few(unknown, mostNamed) + ", but by " + strings.Join(columns, ", ")
}

// nameInsights reads the names of insights that PostHog's rows do not name, all of
// them at once, and the insights of a dashboard that an older PostHog cannot choose
// by. Where it cannot, the rows stay without.
func nameInsights(ctx context.Context, c *engine.Call, answer gjson.Result) *engine.Refusal {
	c.Notice = orderNotice(c.Args.Text("ordering"))
	tiles, is := c.Args.Text("dashboard_tiles"), wanted(c.Rendering)
	nameless := func(item gjson.Result) bool { return (is == nil || is(item)) && readSubscription(item).isNameless() }
	switch {
	case tiles != "" && view.Any(answer.Get("results"), isOld):
		c.Insights = map[int64]string{}
		_, all, _ := lookup.ReadDashboard(ctx, c, tiles)
		for _, insight := range all {
			c.Insights[insight.ID] = insight.Name
		}
	case !c.Args.Given("fields") && mayLackNames(answer.Raw) && (nameless(answer) || view.Any(answer.Get("results"), nameless)):
		c.Insights = lookup.ReadInsights(ctx, c)
	}
	return nil
}

// mayLackNames is false, at little cost, for most answers.
func mayLackNames(answer string) bool {
	return slices.ContainsFunc([]string{`"None"`, `null`, `""`}, func(none string) bool { return strings.Contains(answer, `"resource_name":`+none) })
}
