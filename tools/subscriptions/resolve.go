package subscriptions

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
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

// mostNamed is how many things of one kind a warning names.
const mostNamed = 5

// isChannel is what PostHog's own picker takes for the id of a channel.
var isChannel = regexp.MustCompile("^" + recipient.ChannelID + "$")

// resolveSubscription looks up what a create or an update names by its number, and
// what it may have to do with.
func resolveSubscription(ctx context.Context, p *engine.Plan) {
	switch {
	case p.After.Get("dashboard").Type != gjson.Number && len(p.After.Get(exported).Array()) > 0 && p.Args.Given(exported):
		p.Fail("PostHog refuses dashboard_export_insights without a dashboard.")
	case p.After.Get("dashboard").Type == gjson.Number && (p.Args.Given("dashboard") || p.Args.Given(exported)):
		resolveDashboard(ctx, p, p.After.Get("dashboard").String())
	case p.Args.Given("insight"):
		resolveInsight(ctx, p, p.Args.Text("insight"))
	}
	if !p.Saved.Exists() {
		if words := doubles(ctx, p.Call, p.Target, ""); words != "" {
			p.Warn("%s", words)
		}
	}
	resolveQuota(ctx, p)
}

// resolveArrival looks up what a message's arrival depends on: the clocks where people
// are, and Slack.
func resolveArrival(ctx context.Context, p *engine.Plan) {
	resolveZone(ctx, p)
	if channel, _, _ := strings.Cut(p.Target.Value, "|"); p.Target.Kind == "slack" && p.Args.Given("target_value") && !isChannel.MatchString(channel) {
		p.Warn("%q is no Slack channel's id, so that nothing may be delivered: slack-channels-list has each channel's target_value.", channel)
	}
	if id := p.After.Get("integration_id"); id.Type == gjson.Number && p.Target.Kind == "slack" && (p.Notifies || p.Args.Given("integration_id")) {
		resolveSlack(ctx, p, id.String())
	}
}

// exported is the argument with the insights of a dashboard.
const exported = "dashboard_export_insights"

func resolveDashboard(ctx context.Context, p *engine.Plan, id string) {
	name, tiles, refusal := lookup.ReadDashboard(ctx, p.Call, id)
	if refusal != nil {
		p.Missed("dashboard "+id, refusal)
		return
	}
	nameReport(p, name)
	chosen := p.After.Get(exported).Array()
	var strangers []string
	for _, insight := range chosen {
		if !slices.ContainsFunc(tiles, func(n lookup.Named) bool { return n.ID == insight.Int() }) {
			strangers = append(strangers, insight.String())
		}
	}
	switch most, known := p.Learned(ctx, exported); {
	case p.Saved.Exists() && !p.Gives(exported): // PostHog looks at the insights where they are given
		if strangers != nil || len(chosen) == 0 {
			p.Warn("Give dashboard_export_insights too: the saved ones are not of this dashboard. %s", dashboardWords(id, tiles))
		}
	case len(tiles) == 0:
		p.Fail("PostHog refuses this: %s", dashboardWords(id, tiles))
	case len(chosen) == 0:
		p.Fail("PostHog refuses a dashboard without dashboard_export_insights. %s", dashboardWords(id, tiles))
	case strangers != nil:
		p.Fail("PostHog refuses insight %s, which is not on the dashboard. %s", view.Few(strangers, mostNamed), dashboardWords(id, tiles))
	case known && len(chosen) > most:
		p.Fail("PostHog refuses more than %d insights here.", most)
	case !known && len(chosen) > fewest:
		p.Doubt("PostHog may refuse %d insights: how many it takes depends on its version and the plan.", len(chosen))
	}
}

// fewest is how many insights of a dashboard every version of PostHog sends.
const fewest = 6

func dashboardWords(id string, tiles []lookup.Named) string {
	if len(tiles) == 0 {
		return "Dashboard " + id + " has no insights, so that there is nothing to send: choose another one, or an insight."
	}
	return "Dashboard " + id + " has the insights " + lookup.List(tiles) + "."
}

// resolveQuota looks whether the plan allows one AI summary more.
func resolveQuota(ctx context.Context, p *engine.Plan) {
	counts := func(object gjson.Result) bool {
		return object.Get("summary_enabled").Bool() && !object.Get("deleted").Bool()
	}
	if !counts(p.After) || counts(p.Saved) {
		return
	}
	quota, refusal := p.Read(ctx, p.InProject("subscriptions/summary_quota/"), "", "limit", "at_limit")
	if refusal == nil && quota.Get("at_limit").Bool() {
		p.Fail("PostHog refuses this: the plan's %s AI summaries are all in use. Switch one off, or leave summary_enabled out.", quota.Get("limit"))
	}
}

// resolveZone reads the project's time zone, where the call's start has an offset.
func resolveZone(ctx context.Context, p *engine.Plan) {
	if start, ok := schema.ParseTime(p.Args.Text("start_date")); !ok || start.Format("-0700") == "+0000" || p.Timezone != "" {
		return
	}
	if project, refusal := p.Read(ctx, p.InProject(""), "", "timezone"); refusal == nil {
		p.Timezone = project.Get("timezone").String()
		useZone(p)
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

func resolveInsight(ctx context.Context, p *engine.Plan, id string) {
	name, shortID, refusal := lookup.ReadInsight(ctx, p.Call, id)
	if refusal != nil {
		p.Missed("insight "+id, refusal)
		return
	}
	nameReport(p, name)
	short, _ := json.Marshal(shortID)
	p.Set("insight_short_id", short)
}

func resolveSlack(ctx context.Context, p *engine.Plan, id string) {
	all, refusal := lookup.ReadSlack(ctx, p.Call)
	if refusal != nil {
		p.Missed("integration "+id, refusal)
		return
	}
	at := slices.IndexFunc(all, func(w lookup.Named) bool { return fmt.Sprint(w.ID) == id })
	switch {
	case at < 0:
		p.Fail("PostHog refuses integration_id %s. %s", id, slackWords(all))
	case all[at].Broken:
		p.Warn("The Slack integration %s is broken: nothing is delivered until a person reconnects it in PostHog.", all[at])
	}
}

// nameReport sets what is reported; PostHog has it as resource_name.
func nameReport(p *engine.Plan, name string) {
	text, _ := json.Marshal(name)
	p.Set("resource_name", text)
}

// tooMany is how PostHog refuses more insights than it takes.
var tooMany = regexp.MustCompile(`Cannot select more than ([0-9]+) insights`)

// explainSubscription says after a refusal what would have been right.
func explainSubscription(ctx context.Context, c *engine.Call, e *engine.Refusal) {
	e.Hint = view.Join(wayOut(ctx, c, e), e.Hint)
}

func wayOut(ctx context.Context, c *engine.Call, e *engine.Refusal) string {
	attr, _, _ := strings.Cut(e.Attr, "__")
	switch found := tooMany.FindStringSubmatch(e.Detail); {
	case c.Args.Given("prompt") && (e.Status == http.StatusForbidden || e.Status == http.StatusBadRequest && (attr == "" || attr == "prompt" || attr == "insight")):
		return "An AI report needs a newer PostHog Cloud, an organization that has approved AI data processing, and a key with the scope query:read."
	case e.Status == http.StatusInternalServerError && c.Args.Given("integration_id") && c.Args.Text("target_type") != recipient.Slack:
		return "Leave integration_id out: it is for Slack alone, and PostHog fails where no integration has that number."
	case e.Status != http.StatusBadRequest:
		return ""
	case found != nil:
		most, _ := strconv.Atoi(found[1])
		c.Learn(ctx, exported, most)
		return "Give fewer, or make several subscriptions."
	case strings.Contains(e.Detail, "end date") && c.Args.Given("count"):
		return "count is that of all deliveries since start_date, past ones too."
	case strings.Contains(e.Detail, "end date") && c.Tool.Effect == engine.Update:
		return "An ended or paused subscription is resumed with enabled: true, after until_date or count was moved."
	case attr == exported:
		return tileWords(ctx, c)
	case attr == "integration_id" || attr == "enabled" && strings.Contains(e.Detail, "no integration"):
		if all, refusal := lookup.ReadSlack(ctx, c); refusal == nil {
			return slackWords(all)
		}
	case strings.HasPrefix(attr, "target_"):
		return waysOutOf[attr+" "+c.Args.Text("target_type")]
	}
	return waysOutOf[attr]
}

// waysOutOf are for a refused argument, of a target with its kind.
var waysOutOf = map[string]string{
	"dashboard":           "dashboards-list finds dashboards by name.",
	"insight":             "insights-list finds the numeric id of an insight by name or short id.",
	"target_type teams":   "This PostHog is too old for Teams: use email or slack.",
	"target_type webhook": noWebhooks,
	"target_value teams":  "The Workflows app of the channel in Teams makes such a URL.",
}

// tileWords lists what can be chosen of the dashboard: the one that the call
// names, else the one that is saved.
func tileWords(ctx context.Context, c *engine.Call) string {
	id := c.Args.Text("dashboard")
	if id == "" {
		saved, refusal := c.ReadSaved(ctx)
		if refusal != nil || saved.Get("dashboard").String() == "" {
			return ""
		}
		id = saved.Get("dashboard").String()
	}
	_, tiles, refusal := lookup.ReadDashboard(ctx, c, id)
	if refusal != nil {
		return ""
	}
	return dashboardWords(id, tiles)
}

func slackWords(all []lookup.Named) string {
	if len(all) == 0 {
		return "The project has no Slack integration: a person connects Slack in PostHog, under Settings, Integrations."
	}
	working := slices.DeleteFunc(slices.Clone(all), func(w lookup.Named) bool { return w.Broken })
	if len(working) == 0 {
		return "The project's Slack integrations are all broken: a person reconnects Slack in PostHog, under Settings, Integrations."
	}
	return "The project's Slack integrations: " + lookup.List(working) + "."
}

// addRecipients says to whom a test delivery goes. It is no failure not to
// know: the delivery is on its way.
func addRecipients(ctx context.Context, c *engine.Call, _ gjson.Result, r engine.Result) engine.Result {
	saved, refusal := c.ReadSaved(ctx)
	if refusal != nil || saved.Get("target_value").String() == "" {
		return r
	}
	to, _ := json.Marshal(readSubscription(saved).target().Names())
	return r.With("to", to)
}
