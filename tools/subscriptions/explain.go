package subscriptions

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/lookup"
	"posthog-mcp/tools/recipient"
	"posthog-mcp/tools/view"
)

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
		attr += " " + c.Args.Text("target_type")
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
		saved, _ := c.ReadSaved(ctx)
		if id = saved.Get("dashboard").String(); id == "" {
			return ""
		}
	}
	_, tiles, refusal := lookup.ReadDashboard(ctx, c, id)
	if refusal != nil {
		return ""
	}
	return dashboardWords(id, tiles)
}
