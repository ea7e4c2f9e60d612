package subscriptions

import (
	"slices"
	"time"

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
	reenabled := !c.before.enabled() && c.after.enabled()
	switch {
	case c.creating || reenabled || c.after.enabled() && c.Gives(scheduling...):
		c.foretellEnd()
	case c.Args.Is("enabled", "true") && c.before.state() == "ended":
		c.Warn("It has no delivery left: move until_date or count.") // PostHog takes the call, and nothing follows
	}
	if !c.creating {
		c.foretellContent()
	}
	c.foretellTarget(reenabled)
	switch {
	case c.before.text("prompt") != "":
		c.Doubt(needsQueries)
	case c.creating && c.Args.Given("prompt"):
		c.Doubt("PostHog refuses an AI report unless it is a newer Cloud, the organization has approved AI data processing, and the key has the scope query:read.")
	}
	c.foretellOptions()
}

// foretellEnd is about schedules without a delivery. Newer versions read bysetpos of
// monthly ones only.
func (c change) foretellEnd() {
	ends := func(r schedule.Rule) bool { return len(r.Next(c.Now.Add(lead), 1)) == 0 }
	older := c.after.stored()
	switch inOlder, inNewer := ends(older), ends(older.Newer()); {
	case inOlder && inNewer:
		c.Fail("PostHog refuses" + ended)
	case inOlder:
		c.Doubt("Older PostHog refuses" + ended)
	case inNewer:
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
	case !slices.Equal(was, becomes):
		c.Doubt("Newer PostHog refuses this, since a subscription cannot change from %s to another kind. Create a new one.", was[0])
	}
}

// foretellOptions is about what only newer versions of PostHog read, and refuse where
// it does not go with the rest.
func (c change) foretellOptions() {
	ofPrompt := c.after.text("prompt") != ""
	for _, name := range []string{"ai_prompt_config", "contexts"} {
		if c.Gives(name) && !ofPrompt {
			c.Doubt("Newer PostHog refuses %s without a prompt.", name)
		}
	}
	for member, value := range view.Raw(c.Args.Get("delivery_config")).Members() {
		switch name := member.String(); {
		case name != "post_all_insights_in_main_message" && !ofPrompt:
			c.Doubt("Newer PostHog refuses delivery_config.%s without a prompt.", name)
		case name != "post_all_insights_in_main_message" || !value.IsTrue():
		case ofPrompt || c.Target.Kind != recipient.Slack:
			c.Doubt("Newer PostHog refuses delivery_config.%s, which is for insights and dashboards in Slack.", name)
		default:
			c.Doubt("Newer PostHog refuses delivery_config.%s unless its Slack app has the permission files:write.", name)
		}
	}
}

// foretellTarget is about where messages go.
func (c change) foretellTarget(reenabled bool) {
	given := c.creating || c.Gives("target_type", "target_value")
	switch kind := c.Target.Kind; {
	case kind == recipient.Webhook && (given || reenabled):
		c.Fail(noWebhooks)
	case kind == recipient.Email:
		foretellMail(c.Plan, given)
	case kind == recipient.Slack && c.after.get("integration_id").IsNumber():
	case kind == recipient.Slack && (reenabled || c.Gives("target_type", "integration_id")):
		c.Fail("PostHog refuses this: Slack needs an integration_id, which integrations-list shows.")
	case kind == recipient.Slack:
		c.Doubt("Newer PostHog refuses every change of this, even deleting, since its Slack integration is gone: give an integration_id with it.")
	case kind == recipient.Teams && given && !recipient.IsTeams(c.Target.Value):
		c.Fail("PostHog refuses this: target_value is no webhook URL of Microsoft Teams. The Workflows app of the channel in Teams makes one.")
	case kind == recipient.Teams && (c.Changes("target_type") || c.creating):
		c.Doubt("Older PostHog does not know teams and refuses it.")
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

// recipients tells who gets a message the moment the call is made: from every version of
// PostHog, or from some.
//
// Older versions send to all recipients of a new subscription, and to those that a
// change adds. Newer ones have send_test_now for both, and without it send to all when
// a subscription is switched on or reports something else. Source: PostHog's
// ee/api/subscription.py and its worker, 2024 to 2026.
func (c change) recipients() {
	asked, quiet := c.Args.Is("send_test_now", "true"), c.Args.Is("send_test_now", "false")
	switch {
	case c.Target.Kind == recipient.Webhook:
		return
	case !c.after.live():
		if asked {
			c.Warn("send_test_now does nothing while the subscription is paused or deleted.")
		}
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

// explain says in a sentence where versions of PostHog differ, or what cannot be
// avoided.
func (c change) explain(quiet bool) {
	next := c.after.get("next_delivery_date").Time()
	slot := schedule.Slot(next)
	switch {
	case quiet && c.creating:
		c.Warn("Newer PostHog stays silent, older ones send to every recipient at once.")
	case c.creating && !next.IsZero() && slot.Format(time.DateOnly) == c.Now.UTC().Format(time.DateOnly):
		c.Warn("Two messages today: one at once, whatever start_date says, and one at %s UTC.", slot.Format("15:04"))
	case c.creating && c.after.get("start_date").Time().After(c.Now):
		c.Warn("The first message leaves at once, whatever start_date says.")
	case c.creating:
	case quiet && c.AtOnce != nil:
		c.Warn("Newer PostHog stays silent, older ones send to each recipient who is new at once.")
	case quiet && c.Perhaps != nil:
		c.Warn("Newer PostHog stays silent; a version without send_test_now may send to all recipients at once.")
	case c.Perhaps != nil && c.AtOnce != nil:
		c.Warn("Newer PostHog may send to all recipients at once, older ones send to the new ones.")
	case c.Perhaps != nil:
		c.Warn("Newer PostHog sends to all recipients at once, older ones to nobody.")
	}
}
