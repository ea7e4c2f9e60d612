package subscriptions

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/lookup"
	"posthog-mcp/tools/recipient"
	"posthog-mcp/tools/view"
)

const (
	mostNamed = 5 // things of one kind in a warning
	exported  = "dashboard_export_insights"
	fewest    = 6 // exported insights that every version of PostHog sends
)

// isChannel is what PostHog's own picker takes for the id of a channel.
var isChannel = regexp.MustCompile("^" + recipient.ChannelID + "$")

// resolveSubscription looks up what a create or an update names by its number, and
// what it may have to do with.
func resolveSubscription(ctx context.Context, p *engine.Plan) {
	switch dashboard := p.After.Get("dashboard"); {
	case dashboard.Type != gjson.Number && len(p.After.Get(exported).Array()) > 0 && p.Args.Given(exported):
		p.Fail("PostHog refuses dashboard_export_insights without a dashboard.")
	case dashboard.Type == gjson.Number && (p.Args.Given("dashboard") || p.Args.Given(exported)):
		resolveDashboard(ctx, p, dashboard.String())
	case p.Args.Given("insight"):
		id := p.Args.Text("insight")
		name, shortID, refusal := lookup.ReadInsight(ctx, p.Call, id)
		if !p.Missed("insight "+id, refusal) {
			p.Set("resource_name", name)
			p.Set("insight_short_id", shortID)
		}
	}
	if !p.Saved.Exists() {
		p.Warn(doubles(ctx, p.Call, p.Target, ""))
	}
	resolveQuota(ctx, p)
}

func resolveDashboard(ctx context.Context, p *engine.Plan, id string) {
	name, tiles, refusal := lookup.ReadDashboard(ctx, p.Call, id)
	if p.Missed("dashboard "+id, refusal) {
		return
	}
	p.Set("resource_name", name)
	chosen := p.After.Get(exported).Array()
	var strangers []string
	for _, insight := range chosen {
		if !slices.ContainsFunc(tiles, func(n lookup.Named) bool { return n.ID == insight.Int() }) {
			strangers = append(strangers, insight.String())
		}
	}
	words, silent := dashboardWords(id, tiles), p.Saved.Exists() && !p.Gives(exported)
	most, known := p.Learned(ctx, exported)
	sayFirst([]verdict{
		{silent && (strangers != nil || len(chosen) == 0), p.Warn, "Give dashboard_export_insights too: the saved ones are not of this dashboard. " + words},
		{silent, nil, ""}, // PostHog looks at the insights where they are given
		{len(tiles) == 0, p.Fail, "PostHog refuses this: " + words},
		{len(chosen) == 0, p.Fail, "PostHog refuses a dashboard without dashboard_export_insights. " + words},
		{strangers != nil, p.Fail, "PostHog refuses insight " + view.Few(strangers, mostNamed) + ", which is not on the dashboard. " + words},
		{known && len(chosen) > most, p.Fail, fmt.Sprintf("PostHog refuses more than %d insights here.", most)},
		{!known && len(chosen) > fewest, p.Doubt, fmt.Sprintf("PostHog may refuse %d insights: how many it takes depends on its version and the plan.", len(chosen))},
	})
}

func dashboardWords(id string, tiles []lookup.Named) string {
	return "Dashboard " + id + cmp.Or(
		view.When(len(tiles) == 0, " has no insights, so that there is nothing to send: choose another one, or an insight."),
		" has the insights "+lookup.List(tiles)+".",
	)
}

func resolveQuota(ctx context.Context, p *engine.Plan) {
	counts := func(object gjson.Result) bool {
		return object.Get("summary_enabled").Bool() && !object.Get("deleted").Bool()
	}
	if !counts(p.After) || counts(p.Saved) {
		return
	}
	quota, refusal := p.Read(ctx, p.InProject("subscriptions/summary_quota/"), "", "limit", "at_limit")
	if refusal == nil && quota.Get("at_limit").Bool() {
		p.Fail(fmt.Sprintf("PostHog refuses this: the plan's %s AI summaries are all in use. Switch one off, or leave summary_enabled out.", quota.Get("limit")))
	}
}

// resolveArrival looks up what a message's arrival depends on: the clocks where people
// are, and Slack.
func resolveArrival(ctx context.Context, p *engine.Plan) {
	if start, ok := schema.ParseTime(p.Args.Text("start_date")); ok && start.Format("-0700") != "+0000" && p.Timezone == "" {
		project, _ := p.Read(ctx, p.InProject(""), "", "timezone")
		p.Timezone = project.Get("timezone").String()
		useZone(p)
	}
	if p.Target.Kind != recipient.Slack {
		return
	}
	if (p.Notifies || p.Args.Given("target_value")) && !namesChannel(p.Target.Value) {
		channel, _, _ := strings.Cut(p.Target.Value, "|")
		p.Warn(fmt.Sprintf("%q is no Slack channel's id, so that nothing may be delivered: slack-channels-list has each channel's target_value.", channel))
	}
	if id := p.After.Get("integration_id"); id.Type == gjson.Number && (p.Notifies || p.Args.Given("integration_id")) {
		resolveSlack(ctx, p, id.String())
	}
}

// useZone takes the project's time zone for the one of the call's start, where their
// offsets agree.
func useZone(p *engine.Plan) {
	start, ok := schema.ParseTime(p.Args.Text("start_date"))
	zone, err := time.LoadLocation(p.Timezone)
	if ok && err == nil && start.In(zone).Format("-0700") == start.Format("-0700") {
		p.Zone = zone
	}
}

func resolveSlack(ctx context.Context, p *engine.Plan, id string) {
	all, refusal := lookup.ReadSlack(ctx, p.Call)
	at := slices.IndexFunc(all, func(w lookup.Named) bool { return fmt.Sprint(w.ID) == id })
	switch {
	case p.Missed("integration "+id, refusal):
	case at < 0:
		p.Fail("PostHog refuses integration_id " + id + ". " + slackWords(all))
	case all[at].Broken:
		p.Warn("The Slack integration " + all[at].String() + " is broken: nothing is delivered until a person reconnects it in PostHog.")
	}
}

func slackWords(all []lookup.Named) string {
	working := slices.DeleteFunc(slices.Clone(all), func(w lookup.Named) bool { return w.Broken })
	return cmp.Or(
		view.When(len(all) == 0, "The project has no Slack integration: a person connects Slack in PostHog, under Settings, Integrations."),
		view.When(len(working) == 0, "The project's Slack integrations are all broken: a person reconnects Slack in PostHog, under Settings, Integrations."),
		"The project's Slack integrations: "+lookup.List(working)+".",
	)
}

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
	answer, _ := c.Read(ctx, c.InProject("subscriptions/"), query.Encode(), "results.id", "results.title", "results.resource_name",
		"results.prompt", "results.target_type", "results.target_value", "results.enabled", "results.deleted", "results.next_delivery_date")
	var found []string
	for _, row := range answer.Get("results").Array() {
		s := readSubscription(row)
		to := target.Shared(s.target())
		if s.text("id") == but || len(to) == 0 || s.text("prompt") != prompt {
			continue
		}
		name := lookup.Named{ID: s.get("id").Int(), Name: view.Brief(s.text("title"), view.ShortText)}
		found = append(found, fmt.Sprintf("%s (%s) to %s", name, s.state(), view.Few(to, mostNamed)))
	}
	return view.When(found != nil, "The same is sent already by subscription "+view.Few(found, mostNamed)+".")
}

func addDoubles(ctx context.Context, c *engine.Call, made gjson.Result, r engine.Result) engine.Result {
	target := recipient.Target{Kind: c.Args.Text("target_type"), Value: c.Args.Text("target_value")}
	r.Object = view.WithNotice(r.Object, doubles(ctx, c, target, made.Get("id").String()))
	return r
}

// addRecipients says to whom a test delivery goes. It is no failure not to
// know: the delivery is on its way.
func addRecipients(ctx context.Context, c *engine.Call, _ gjson.Result, r engine.Result) engine.Result {
	saved, _ := c.ReadSaved(ctx)
	if saved.Get("target_value").String() == "" {
		return r
	}
	to, _ := json.Marshal(readSubscription(saved).target().Names())
	return r.With("to", to)
}
