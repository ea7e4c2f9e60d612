package subscriptions

import (
	"slices"

	"posthog-mcp/tools/recipient"
	"posthog-mcp/tools/schedule"
)

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
	changed := c.creating || c.before.get("target_value").String() != c.after.get("target_value").String()
	if changed {
		c.AtOnce = c.Target.Added(c.before.target())
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
	switch {
	case c.creating && !quiet:
		c.firstMessage()
	case quiet && c.creating:
		c.Warn("Newer PostHog stays silent, older ones send to every recipient at once.")
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

// firstMessage says when messages of a new subscription come too soon or too often.
func (c change) firstMessage() {
	const day = "2006-01-02"
	next := c.after.get("next_delivery_date").Time()
	switch slot := schedule.Slot(next); {
	case !next.IsZero() && slot.Format(day) == c.Now.UTC().Format(day):
		c.Warn("Two messages today: one at once, whatever start_date says, and one at %s UTC.", slot.Format("15:04"))
	case c.after.get("start_date").Time().After(c.Now):
		c.Warn("The first message leaves at once, whatever start_date says.")
	}
}
