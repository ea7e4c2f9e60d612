package subscriptions

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/lookup"
	"posthog-mcp/tools/recipient"
	"posthog-mcp/tools/schedule"
	"posthog-mcp/tools/view"
)

const (
	noWebhooks   = "No version of PostHog delivers webhooks: newer ones refuse them, older ones switch such a subscription off. Use email, slack or teams."
	needsQueries = "PostHog refuses every write and test of an AI report to a key without the scope query:read."
	enabling     = "Newer PostHog sends to all recipients at once when it is enabled."
	ended        = " this: the schedule has no delivery left. Move until_date or count in the same call."
)

// verdict is what to say if it holds; without say it is nothing.
type verdict struct {
	holds bool
	say   func(sentence string)
	text  string
}

// sayFirst says the first verdict that holds.
func sayFirst(all []verdict) {
	at := slices.IndexFunc(all, func(v verdict) bool { return v.holds })
	if at >= 0 && all[at].say != nil {
		all[at].say(all[at].text)
	}
}

// foretell says why PostHog refuses what is planned, or does not do it.
func (c change) foretell() {
	reenabled := !c.before.enabled() && c.after.enabled()
	c.foretellEnd(c.creating || reenabled || c.after.enabled() && c.Gives(scheduling...))
	// What is reported never changes its kind.
	was, becomes := c.before.content(), c.after.content()
	sayFirst([]verdict{
		{len(was) == 0, nil, ""}, // a new one, or an answer that is not PostHog's
		{len(becomes) == 0, c.Fail, "PostHog refuses this: a subscription reports a dashboard, an insight or a prompt."},
		{len(becomes) > 1 && !c.Args.Given("prompt"), c.Fail, "PostHog refuses this: a subscription reports one thing, and cannot change from " + cmp.Or(was...) + " to another kind. Create a new one."},
		{!slices.Equal(was, becomes), c.Doubt, "Newer PostHog refuses this, since a subscription cannot change from " + cmp.Or(was...) + " to another kind. Create a new one."},
	})
	c.foretellTarget(reenabled)
	sayFirst([]verdict{
		{c.before.text("prompt") != "", c.Doubt, needsQueries},
		{c.creating && c.Args.Given("prompt"), c.Doubt, "PostHog refuses an AI report unless it is a newer Cloud, the organization has approved AI data processing, and the key has the scope query:read."},
	})
	c.foretellOptions()
}

// foretellEnd is about schedules without a delivery, which is looked at where one would
// follow from the call. Newer versions read bysetpos of monthly ones only.
func (c change) foretellEnd(follows bool) {
	ends := func(r schedule.Rule) bool { return follows && len(r.Next(c.Now.Add(lead), 1)) == 0 }
	older := c.after.stored()
	inOlder, inNewer := ends(older), ends(older.Newer())
	sayFirst([]verdict{
		{inOlder && inNewer, c.Fail, "PostHog refuses" + ended},
		{inOlder, c.Doubt, "Older PostHog refuses" + ended},
		{inNewer, c.Doubt, "Newer PostHog refuses" + ended},
		// PostHog takes the call, and nothing follows.
		{!follows && c.Args.Is("enabled", "true") && c.before.state() == "ended", c.Warn, "It has no delivery left: move until_date or count."},
	})
}

// foretellOptions is about what only newer versions of PostHog read, and refuse where
// it does not go with the rest.
func (c change) foretellOptions() {
	ofPrompt := c.after.text("prompt") != ""
	for _, name := range []string{"ai_prompt_config", "contexts"} {
		c.Doubt(view.When(c.Gives(name) && !ofPrompt, "Newer PostHog refuses "+name+" without a prompt."))
	}
	for member, value := range view.Members(gjson.ParseBytes(c.Args.Get("delivery_config"))) {
		name := member.String()
		inMain, refused := name == "post_all_insights_in_main_message", "Newer PostHog refuses delivery_config."+name
		sayFirst([]verdict{
			{!inMain && !ofPrompt, c.Doubt, refused + " without a prompt."},
			{!inMain || !value.Bool(), nil, ""},
			{ofPrompt || c.Target.Kind != recipient.Slack, c.Doubt, refused + ", which is for insights and dashboards in Slack."},
			{true, c.Doubt, refused + " unless its Slack app has the permission files:write."},
		})
	}
}

func (c change) foretellTarget(reenabled bool) {
	given, kind := c.creating || c.Gives("target_type", "target_value"), c.Target.Kind
	slack, teams := kind == recipient.Slack, kind == recipient.Teams
	if kind == recipient.Email {
		foretellMail(c.Plan, given)
	}
	sayFirst([]verdict{
		{kind == recipient.Webhook && (given || reenabled), c.Fail, noWebhooks},
		{slack && c.after.get("integration_id").Type == gjson.Number, nil, ""},
		{slack && (reenabled || c.Gives("target_type", "integration_id")), c.Fail, "PostHog refuses this: Slack needs an integration_id, which integrations-list shows."},
		{slack, c.Doubt, "Newer PostHog refuses every change of this, even deleting, since its Slack integration is gone: give an integration_id with it."},
		{teams && given && !recipient.IsTeams(c.Target.Value), c.Fail, "PostHog refuses this: target_value is no webhook URL of Microsoft Teams. The Workflows app of the channel in Teams makes one."},
		{teams && (c.Changes("target_type") || c.creating), c.Doubt, "Older PostHog does not know teams and refuses it."},
	})
	leaves := c.before.hidden() && !teams && !c.Args.Given("target_value")
	c.Fail(view.When(leaves, "PostHog refuses this: leaving Teams needs a new target_value."))
	c.Doubt(view.When(!slack && c.Args.Given("integration_id"), "integration_id is for Slack alone; PostHog fails with 500 where no integration has that number."))
}

// foretellMail is about items that are no addresses; all says that the call names them.
func foretellMail(p *engine.Plan, all bool) {
	right, wrong := recipient.Addresses(p.Target.Value)
	sayFirst([]verdict{
		{len(right) == 0 && all, p.Fail, "Nobody gets this: target_value has no email address."},
		{len(wrong) > 0, p.Warn, fmt.Sprintf("Of the recipients, items %v are no email addresses: nobody gets a mail there.", wrong[:min(len(wrong), mostNamed)])},
	})
}

// recipients tells who gets a message the moment the call is made: from every version of
// PostHog, or from some.
//
// Older versions send to all recipients of a new subscription, and to those that a
// change adds. Newer ones have send_test_now for both, and without it send to all when
// a subscription is switched on or reports something else. Source: PostHog's
// ee/api/subscription.py and its worker, 2024 to 2026.
func (c change) recipients() {
	asked, quiet := c.Args.Is("send_test_now", "true"), c.Args.Is("send_test_now", "false")
	if c.Target.Kind == recipient.Webhook {
		return
	}
	if !c.after.live() {
		c.Warn(view.When(asked, "send_test_now does nothing while the subscription is paused or deleted."))
		return
	}
	changed := c.creating || c.before.text("target_value") != c.after.text("target_value")
	if changed {
		c.AtOnce = c.Target.NewSince(c.before.target())
	}
	if asked && !c.creating || !changed && (c.revived || c.Changes("target_type") || c.Changes(resending...) || c.Gives(settings...)) {
		c.Perhaps = slices.DeleteFunc(c.Target.Names(), func(name string) bool { return slices.Contains(c.AtOnce, name) })
	}
	if c.AtOnce != nil && c.before.hidden() && c.before.target().Audit() == c.Target.Audit() {
		c.AtOnce, c.Perhaps = nil, c.AtOnce // PostHog hides the saved URL
		c.Warn("A message leaves at once if this is another Teams channel than the saved one.")
		return
	}
	c.explain(quiet)
	if quiet {
		c.AtOnce, c.Perhaps = nil, append(c.AtOnce, c.Perhaps...)
	}
}

// explain says what cannot be avoided, or where versions of PostHog differ.
func (c change) explain(quiet bool) {
	next := c.after.get("next_delivery_date").Time()
	slot := schedule.Slot(next)
	today := !next.IsZero() && slot.Format(time.DateOnly) == c.Now.UTC().Format(time.DateOnly)
	sayFirst([]verdict{
		{quiet && c.creating, c.Warn, "Newer PostHog stays silent, older ones send to every recipient at once."},
		{c.creating && today, c.Warn, "Two messages today: one at once, whatever start_date says, and one at " + slot.Format("15:04") + " UTC."},
		{c.creating && c.after.get("start_date").Time().After(c.Now), c.Warn, "The first message leaves at once, whatever start_date says."},
		{c.creating, nil, ""},
		{quiet && c.AtOnce != nil, c.Warn, "Newer PostHog stays silent, older ones send to each recipient who is new at once."},
		{quiet && c.Perhaps != nil, c.Warn, "Newer PostHog stays silent; a version without send_test_now may send to all recipients at once."},
		{c.Perhaps != nil && c.AtOnce != nil, c.Warn, "Newer PostHog may send to all recipients at once, older ones send to the new ones."},
		{c.Perhaps != nil, c.Warn, "Newer PostHog sends to all recipients at once, older ones to nobody."},
	})
}

// tooMany is how PostHog refuses more insights than it takes.
var tooMany = regexp.MustCompile(`Cannot select more than ([0-9]+) insights`)

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
	return view.When(refusal == nil, dashboardWords(id, tiles))
}
