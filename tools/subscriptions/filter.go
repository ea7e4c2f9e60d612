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
	if refusal != nil {
		return refusal
	}
	query.Set("created_by", me.Get("uuid").String())
	return nil
}

// wanted tells which subscriptions a call asks for, as far as PostHog, or an older
// one, cannot choose them; nil for all.
func wanted(r engine.Rendering) func(gjson.Result) bool {
	var all []func(gjson.Result) bool
	if recipient := strings.ToLower(strings.TrimSpace(r.Args.Text("recipient"))); recipient != "" {
		all = append(all, sentTo(recipient))
	}
	if state := r.Args.Text("state"); state != "" {
		all = append(all, func(item gjson.Result) bool { return readSubscription(item).state() == state })
	}
	if ids := r.Args.Text("insights"); ids != "" {
		all = append(all, func(item gjson.Result) bool {
			return slices.Contains(strings.Split(ids, ","), item.Get("insight").String())
		})
	}
	if r.Args.Given("dashboard_tiles") {
		all = append(all, func(item gjson.Result) bool {
			return !isOld(item) || r.Insights[item.Get("insight").Int()] != ""
		})
	}
	if r.Args.Text("resource_type") == "ai_prompt" {
		all = append(all, func(item gjson.Result) bool { return !isOld(item) })
	}
	if all == nil {
		return nil
	}
	return func(item gjson.Result) bool {
		return !slices.ContainsFunc(all, func(is func(gjson.Result) bool) bool { return !is(item) })
	}
}

// isOld tells a PostHog that ignores the newer filters: it has no prompts either.
func isOld(item gjson.Result) bool { return !item.Get("resource_type").Exists() }

// sentTo tells what goes to a recipient. A whole address, or a channel by its name
// with # or its id, is that one; anything else is a part of one.
func sentTo(recipient string) func(gjson.Result) bool {
	whole := strings.HasPrefix(recipient, "#") || strings.Index(recipient, "@") > 0 || isChannel.MatchString(strings.ToUpper(recipient))
	return func(item gjson.Result) bool {
		value := strings.ToLower(item.Get("target_value").String())
		if !whole {
			return strings.Contains(value, recipient)
		}
		return slices.ContainsFunc(strings.FieldsFunc(value, func(c rune) bool { return c == ',' || c == '|' }), func(one string) bool {
			return strings.TrimSpace(one) == recipient
		}) || value == recipient
	}
}

// columns are what PostHog orders by; it passes over other names. Source: PostHog,
// ee/api/subscription.py, ordering_fields.
var columns = []string{"created_at", "next_delivery_date", "title", "created_by__email"}

func orderNotice(ordering string) string {
	var unknown []string
	for _, name := range strings.Split(ordering, ",") {
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
	tiles := c.Args.Text("dashboard_tiles")
	switch {
	case tiles != "" && view.Any(answer.Get("results"), isOld):
		_, named, _ := lookup.ReadDashboard(ctx, c, tiles)
		c.Insights = map[int64]string{}
		for _, insight := range named {
			c.Insights[insight.ID] = insight.Name
		}
	case !c.Args.Given("fields") && isUnnamed(answer.Raw) && (isNameless(answer) || view.Any(answer.Get("results"), shownNameless(c.Rendering))):
		c.Insights = lookup.ReadInsights(ctx, c)
	}
	return nil
}

// shownNameless tells the nameless ones among those that the call asks for.
func shownNameless(r engine.Rendering) func(gjson.Result) bool {
	is := wanted(r)
	return func(item gjson.Result) bool { return isNameless(item) && (is == nil || is(item)) }
}

// isUnnamed is false, at little cost, for most answers.
func isUnnamed(answer string) bool {
	for {
		_, name, found := strings.Cut(answer, `"resource_name":`)
		if !found {
			return false
		}
		if strings.HasPrefix(name, `"None"`) || strings.HasPrefix(name, "null") || strings.HasPrefix(name, `""`) {
			return true
		}
		answer = name
	}
}

// noName is PostHog's name of an insight that has none.
const noName = "None"

// isNameless tells a subscription of an insight that PostHog does not name.
func isNameless(item gjson.Result) bool {
	name := item.Get("resource_name").String()
	return item.Get("insight").Type == gjson.Number && (name == "" || name == noName)
}
