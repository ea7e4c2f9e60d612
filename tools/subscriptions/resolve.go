package subscriptions

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/lookup"
	"posthog-mcp/tools/recipient"
	"posthog-mcp/tools/view"
)

// mostNamed is how many things of one kind a warning names.
const mostNamed = 5

// isChannel is what PostHog's own picker takes for the id of a channel.
var isChannel = regexp.MustCompile("^" + recipient.ChannelID + "$")

// resolveSubscription looks up what a create or an update names by its number.
func resolveSubscription(ctx context.Context, p *engine.Plan) {
	switch {
	case p.Args.Given("dashboard") || p.Args.Given("dashboard_export_insights"):
		resolveDashboard(ctx, p, p.After.Get("dashboard").String())
	case p.Args.Given("insight"):
		resolveInsight(ctx, p, p.Args.Text("insight"))
	}
}

// warnOfSlack says what keeps a message from arriving in Slack.
func warnOfSlack(ctx context.Context, p *engine.Plan) {
	if channel, _, _ := strings.Cut(p.Target.Value, "|"); p.Target.Kind == "slack" && p.Args.Given("target_value") && !isChannel.MatchString(channel) {
		p.Warn("%q is no Slack channel's id, so that nothing may be delivered: slack-channels-list has each channel's target_value.", channel)
	}
	if id := p.After.Get("integration_id"); id.Type == gjson.Number && p.Target.Kind == "slack" && (p.Notifies || p.Args.Given("integration_id")) {
		resolveSlack(ctx, p, id.String())
	}
}

func resolveDashboard(ctx context.Context, p *engine.Plan, id string) {
	name, tiles, refusal := lookup.ReadDashboard(ctx, p.Call, id)
	if refusal != nil {
		p.Missed("dashboard "+id, refusal)
		return
	}
	nameReport(p, name)
	chosen := p.After.Get("dashboard_export_insights").Array()
	switch {
	case len(chosen) == 0:
		p.Warn("PostHog will refuse a dashboard without dashboard_export_insights. Dashboard %s has the insights %s.", id, lookup.List(tiles))
	case len(chosen) > 6:
		p.Warn("PostHog may refuse %d insights: versions take at most 6, 10 or 25.", len(chosen))
	}
	var strangers []string
	for _, insight := range chosen {
		if !slices.ContainsFunc(tiles, func(n lookup.Named) bool { return n.ID == insight.Int() }) {
			strangers = append(strangers, insight.String())
		}
	}
	if len(strangers) == 1 {
		p.Warn("PostHog will refuse insight %s: it is not on dashboard %s, which has %s.", strangers[0], id, lookup.List(tiles))
	} else if strangers != nil {
		p.Warn("PostHog will refuse the insights %s: they are not on dashboard %s, which has %s.", view.Few(strangers, mostNamed), id, lookup.List(tiles))
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
	at := slices.IndexFunc(all, func(w lookup.Workspace) bool { return fmt.Sprint(w.ID) == id })
	switch {
	case at < 0:
		p.Warn("PostHog will refuse integration_id %s. %s", id, slackWords(all))
	case all[at].Broken:
		p.Warn("The Slack integration %s is broken: nothing is delivered until a person reconnects it in PostHog.", all[at])
	}
}

// nameReport sets what is reported; PostHog has it as resource_name.
func nameReport(p *engine.Plan, name string) {
	text, _ := json.Marshal(name)
	p.Set("resource_name", text)
}

// explainSubscription says after a refusal what would have been right.
func explainSubscription(ctx context.Context, c *engine.Call, e *engine.Refusal) {
	if e.Status != http.StatusBadRequest {
		return
	}
	var more string
	if strings.Contains(e.Detail, "end date") && c.Tool.Effect == engine.Update {
		more = "An ended or paused subscription is resumed with enabled: true, after until_date or count was moved."
	}
	switch attr, _, _ := strings.Cut(e.Attr, "__"); attr {
	case "dashboard_export_insights":
		more = tileWords(ctx, c)
	case "integration_id":
		if all, refusal := lookup.ReadSlack(ctx, c); refusal == nil {
			more = slackWords(all)
		}
	case "dashboard":
		more = "dashboards-list finds dashboards by name."
	case "insight":
		more = "insights-list finds the numeric id of an insight by name or short id."
	}
	e.Hint = strings.TrimSpace(more + " " + e.Hint)
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
	if len(tiles) == 0 {
		return "Dashboard " + id + " has no insights."
	}
	return "Dashboard " + id + " has the insights " + lookup.List(tiles) + ". How many can be sent at once depends on PostHog's version: 6, 10 or 25."
}

func slackWords(all []lookup.Workspace) string {
	if len(all) == 0 {
		return "The project has no Slack integration: a person connects Slack in PostHog, under Settings, Integrations."
	}
	var working []lookup.Named
	for _, w := range all {
		if !w.Broken {
			working = append(working, w.Named)
		}
	}
	if working == nil {
		return "The project's Slack integrations are all broken: a person reconnects Slack in PostHog, under Settings, Integrations."
	}
	return "The project's Slack integrations: " + lookup.List(working) + "."
}

// addRecipients says to whom a test delivery goes. It is no failure not to
// know: the delivery is on its way.
func addRecipients(ctx context.Context, c *engine.Call, r engine.Result) engine.Result {
	saved, refusal := c.ReadSaved(ctx)
	if refusal != nil || saved.Get("target_value").String() == "" {
		return r
	}
	to, _ := json.Marshal(readSubscription(saved).target().Names())
	return r.With("to", to)
}
