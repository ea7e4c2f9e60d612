package tools

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/recipient"
)

// isChannel is what PostHog's own picker takes for the id of a channel.
var isChannel = regexp.MustCompile("^" + recipient.ChannelID + "$")

// resolveSubscription looks up what a create or an update names by its number.
func resolveSubscription(ctx context.Context, p *plan) {
	switch {
	case isGiven(p.args, "dashboard") || isGiven(p.args, "dashboard_export_insights"):
		p.resolveDashboard(ctx, p.after.Get("dashboard").String())
	case isGiven(p.args, "insight"):
		p.resolveInsight(ctx, argumentText(p.args, "insight"))
	}
	if channel, _, _ := strings.Cut(p.target.value, "|"); p.target.kind == "slack" && isGiven(p.args, "target_value") && !isChannel.MatchString(channel) {
		p.warnings = append(p.warnings, fmt.Sprintf("%q is no Slack channel's id, so that nothing may be delivered: slack-channels-list has each channel's target_value.", channel))
	}
	if id := p.after.Get("integration_id"); id.Type == gjson.Number && p.target.kind == "slack" && (p.sends || isGiven(p.args, "integration_id")) {
		p.resolveSlack(ctx, id.String())
	}
}

func (p *plan) resolveDashboard(ctx context.Context, id string) {
	name, tiles, refusal := p.dashboard(ctx, id)
	if refusal != nil {
		p.missed("dashboard "+id, refusal)
		return
	}
	p.name(name)
	chosen := p.after.Get("dashboard_export_insights").Array()
	switch {
	case len(chosen) == 0:
		p.warnings = append(p.warnings, "PostHog will refuse a dashboard without dashboard_export_insights. Dashboard "+id+" has the insights "+list(tiles)+".")
	case len(chosen) > 6:
		p.warnings = append(p.warnings, fmt.Sprintf("PostHog may refuse %d insights: versions take at most 6, 10 or 25.", len(chosen)))
	}
	var strangers []string
	for _, insight := range chosen {
		if !slices.ContainsFunc(tiles, func(n named) bool { return n.id == insight.Int() }) {
			strangers = append(strangers, insight.String())
		}
	}
	if len(strangers) == 1 {
		p.warnings = append(p.warnings, fmt.Sprintf("PostHog will refuse insight %s: it is not on dashboard %s, which has %s.", strangers[0], id, list(tiles)))
	} else if strangers != nil {
		p.warnings = append(p.warnings, fmt.Sprintf("PostHog will refuse the insights %s: they are not on dashboard %s, which has %s.", few(strangers), id, list(tiles)))
	}
}

func (p *plan) resolveInsight(ctx context.Context, id string) {
	name, shortID, refusal := p.insight(ctx, id)
	if refusal != nil {
		p.missed("insight "+id, refusal)
		return
	}
	p.name(name)
	short, _ := json.Marshal(shortID)
	p.set("insight_short_id", short)
}

func (p *plan) resolveSlack(ctx context.Context, id string) {
	all, refusal := p.slackIntegrations(ctx)
	if refusal != nil {
		p.missed("integration "+id, refusal)
		return
	}
	at := slices.IndexFunc(all, func(w workspace) bool { return fmt.Sprint(w.id) == id })
	switch {
	case at < 0:
		p.warnings = append(p.warnings, "PostHog will refuse integration_id "+id+". "+slackWords(all))
	case all[at].broken:
		p.warnings = append(p.warnings, "The Slack integration "+all[at].String()+" is broken: nothing is delivered until a person reconnects it in PostHog.")
	}
}

// name sets what is reported; PostHog has it as resource_name.
func (p *plan) name(name string) {
	text, _ := json.Marshal(name)
	p.set("resource_name", text)
}

// missed notes a look-up that did not work: PostHog will refuse what it does
// not find, and the rest stays open.
func (p *plan) missed(what string, r *Refusal) {
	switch {
	case r.Status == http.StatusNotFound:
		p.warnings = append(p.warnings, "PostHog will refuse "+what+": it is not in the project.")
	case r.Scope != "":
		p.unchecked = append(p.unchecked, what+": the key lacks the scope "+r.Scope)
	default:
		p.unchecked = append(p.unchecked, what+": "+strings.TrimSuffix(r.Detail, "."))
	}
}

// enrichSubscription says after a refusal what would have been right.
func enrichSubscription(ctx context.Context, c *call, e *Refusal) {
	if e.Status != http.StatusBadRequest {
		return
	}
	var more string
	if strings.Contains(e.Detail, "end date") && c.tool.Effect == Update {
		more = reopenSchedule
	}
	switch attr, _, _ := strings.Cut(e.Attr, "__"); attr {
	case "dashboard_export_insights":
		more = c.tileWords(ctx)
	case "integration_id":
		if all, refusal := c.slackIntegrations(ctx); refusal == nil {
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
func (c *call) tileWords(ctx context.Context) string {
	id := argumentText(c.args, "dashboard")
	if id == "" {
		saved, refusal := c.readSaved(ctx)
		if refusal != nil || saved.Get("dashboard").String() == "" {
			return ""
		}
		id = saved.Get("dashboard").String()
	}
	_, tiles, refusal := c.dashboard(ctx, id)
	if refusal != nil {
		return ""
	}
	if len(tiles) == 0 {
		return "Dashboard " + id + " has no insights."
	}
	return "Dashboard " + id + " has the insights " + list(tiles) + ". How many can be sent at once depends on PostHog's version: 6, 10 or 25."
}

func slackWords(all []workspace) string {
	if len(all) == 0 {
		return "The project has no Slack integration: a person connects Slack in PostHog, under Settings, Integrations."
	}
	var working []named
	for _, w := range all {
		if !w.broken {
			working = append(working, w.named)
		}
	}
	if working == nil {
		return "The project's Slack integrations are all broken: a person reconnects Slack in PostHog, under Settings, Integrations."
	}
	return "The project's Slack integrations: " + list(working) + "."
}

// tellRecipients says to whom a test delivery goes. It is no failure not to
// know: the delivery is on its way.
func tellRecipients(ctx context.Context, c *call, r Result) Result {
	saved, refusal := c.readSaved(ctx)
	if refusal != nil || saved.Get("target_value").String() == "" {
		return r
	}
	to, _ := json.Marshal(readSubscription(saved).target().names())
	return r.with("to", to)
}

// createdByMe puts the caller's UUID in the place of @me, which PostHog does
// not know here.
func createdByMe(ctx context.Context, c *call) *Refusal {
	if argumentText(c.args, "created_by") != "@me" {
		return nil
	}
	me, refusal := c.read(ctx, usersRoute+"@me/", "", "uuid")
	if refusal != nil {
		return refusal
	}
	query, _ := url.ParseQuery(c.request.Query) // escaped by us
	query.Set("created_by", me.Get("uuid").String())
	c.request.Query = query.Encode()
	return nil
}
