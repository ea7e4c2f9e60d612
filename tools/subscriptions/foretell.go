package subscriptions

import (
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/engine"
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

// foretell says why PostHog refuses what is planned, or does not do it.
func (c change) foretell() {
	reenabled := c.before.get("enabled").Type == gjson.False && c.after.get("enabled").Type != gjson.False
	running := c.before.get("enabled").Type != gjson.False && c.after.get("enabled").Type != gjson.False && c.Gives(scheduling...)
	switch {
	case c.creating || reenabled || running:
		c.foretellEnd()
	case c.Args.Is("enabled", "true") && c.before.state() == "ended":
		c.Warn("It has no delivery left: move until_date or count.") // PostHog takes the call, and nothing follows
	}
	if !c.creating {
		c.foretellContent()
	}
	c.foretellTarget(reenabled)
	switch {
	case c.before.get("prompt").String() != "":
		c.Doubt(needsQueries)
	case c.creating && c.Args.Given("prompt"):
		c.Doubt("PostHog refuses an AI report unless it is a newer Cloud, the organization has approved AI data processing, and the key has the scope query:read.")
	}
	c.foretellOptions()
}

// foretellEnd is about schedules without a delivery. Newer versions read bysetpos of
// monthly ones only.
func (c change) foretellEnd() {
	older := c.after.stored()
	newer := older.Newer()
	ends := func(r schedule.Rule) bool { return len(r.Next(c.Now.Add(lead), 1)) == 0 }
	switch {
	case ends(older) && ends(newer):
		c.Fail("PostHog refuses" + ended)
	case ends(older):
		c.Doubt("Older PostHog refuses" + ended)
	case ends(newer):
		c.Doubt("Newer PostHog refuses" + ended)
	}
}

// foretellContent is about what is reported, which never changes its kind.
func (c change) foretellContent() {
	switch was, becomes := c.before.content(), c.after.content(); {
	case len(was) == 0: // an answer that is not PostHog's
	case len(becomes) == 0:
		c.Fail("PostHog refuses this: a subscription reports a dashboard, an insight or a prompt.")
	case len(becomes) > 1 && !c.Args.Given("prompt"):
		c.Fail("PostHog refuses this: a subscription reports one thing, and cannot change from %s to another kind. Create a new one.", was[0])
	case strings.Join(was, "") != strings.Join(becomes, ""):
		c.Doubt("Newer PostHog refuses this, since a subscription cannot change from %s to another kind. Create a new one.", was[0])
	}
}

// content names what is reported: one of the three, unless something is wrong.
func (s subscription) content() (names []string) {
	for _, name := range []string{"dashboard", "insight", "prompt"} {
		if s.get(name).Type != gjson.Null && s.get(name).String() != "" {
			names = append(names, name)
		}
	}
	return names
}

// foretellOptions is about what only newer versions of PostHog read, and refuse where
// it does not go with the rest.
func (c change) foretellOptions() {
	ofPrompt := c.after.get("prompt").String() != ""
	for _, name := range []string{"ai_prompt_config", "contexts"} {
		if c.Gives(name) && !ofPrompt {
			c.Doubt("Newer PostHog refuses %s without a prompt.", name)
		}
	}
	for name, value := range view.Members(gjson.ParseBytes(c.Args.Get("delivery_config"))) {
		switch inMain := name.String() == "post_all_insights_in_main_message"; {
		case !inMain && !ofPrompt:
			c.Doubt("Newer PostHog refuses delivery_config.%s without a prompt.", name.String())
		case inMain && value.Bool() && (ofPrompt || c.Target.Kind != recipient.Slack):
			c.Doubt("Newer PostHog refuses delivery_config.%s, which is for insights and dashboards in Slack.", name.String())
		case inMain && value.Bool():
			c.Doubt("Newer PostHog refuses delivery_config.%s unless its Slack app has the permission files:write.", name.String())
		}
	}
}

// foretellTarget is about where messages go.
func (c change) foretellTarget(reenabled bool) {
	given := c.creating || c.Gives("target_type", "target_value")
	switch c.Target.Kind {
	case recipient.Webhook:
		if given || reenabled {
			c.Fail(noWebhooks)
		}
	case recipient.Email:
		foretellMail(c.Plan, given)
	case recipient.Slack:
		c.foretellSlack(reenabled)
	case recipient.Teams:
		if given && !recipient.IsTeams(c.Target.Value) {
			c.Fail("PostHog refuses this: target_value is no webhook URL of Microsoft Teams. The Workflows app of the channel in Teams makes one.")
		} else if c.Changes("target_type") || c.creating {
			c.Doubt("Older PostHog does not know teams and refuses it.")
		}
	}
	if c.before.hidden() && c.Target.Kind != recipient.Teams && !c.Args.Given("target_value") {
		c.Fail("PostHog refuses this: leaving Teams needs a new target_value.")
	}
	if c.Target.Kind != recipient.Slack && c.Args.Given("integration_id") {
		c.Doubt("integration_id is for Slack alone; PostHog fails with 500 where no integration has that number.")
	}
}

// foretellMail is about recipients who are no addresses; sends says that the call is
// about all of them.
func foretellMail(p *engine.Plan, sends bool) {
	right, wrong := recipient.Addresses(p.Target.Value)
	switch {
	case len(right) == 0 && sends:
		p.Fail("Nobody gets this: target_value has no email address.")
	case len(wrong) > 0:
		p.Warn("Of the recipients, items %v are no email addresses: nobody gets a mail there.", wrong[:min(len(wrong), mostNamed)])
	}
}

func (c change) foretellSlack(reenabled bool) {
	switch {
	case c.after.get("integration_id").Type == gjson.Number:
	case reenabled || c.Gives("target_type", "integration_id"):
		c.Fail("PostHog refuses this: Slack needs an integration_id, which integrations-list shows.")
	default:
		c.Doubt("Newer PostHog refuses every change of this, even deleting, since its Slack integration is gone: give an integration_id with it.")
	}
}
