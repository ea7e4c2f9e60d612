package subscriptions

import (
	"fmt"
	"slices"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/recipient"
	"posthog-mcp/tools/view"
)

// lead is how far away a delivery is at least when PostHog plans it.
const lead = 15 * time.Minute

// unsaved is what PostHog takes for what a create leaves out.
var unsaved = gjson.Parse(`{"interval":1,"enabled":true,"deleted":false,"summary_enabled":false,"send_test_now":true}`)

// change is what a create or an update makes of a subscription. before is empty for
// a new one.
type change struct {
	*engine.Plan
	before, after subscription
	creating      bool
	// revived says that a paused or deleted one becomes active.
	revived bool
}

// planSubscription works out what a create or an update comes to.
func planSubscription(p *engine.Plan) {
	c := change{Plan: p, before: readSubscription(p.Saved), creating: !p.Saved.Exists()}
	base := p.Saved
	if c.creating {
		base = unsaved
	}
	p.After = engine.Overlay(base, engine.InUTC(p.Body()))
	c.after = readSubscription(p.After)
	live := c.after.live()
	c.revived = !c.creating && live && !c.before.live()
	// What the call itself says counts, not only what is saved: another call may
	// change that meanwhile.
	wakes := p.Args.Is("enabled", "true") || p.Args.Is("deleted", "false")
	sends := p.Args.Is("send_test_now", "true") && !p.Args.Is("enabled", "false") && !p.Args.Is("deleted", "true")
	moved := c.creating || c.revived || live && wakes || p.Gives(scheduling...)
	retargeted := c.creating || c.before.target() != c.after.target()

	p.Target = c.after.target()
	p.Stops = !live && !retargeted && !wakes && !sends
	p.Notifies = wakes || sends || live && (retargeted || moved || p.Gives(resending...) || p.Gives(settings...)) ||
		retargeted && c.before.hidden() // a consent to wake it cannot carry the target
	p.Bound = bound.Select(nil, p.After)
	p.Pinned = c.pinned()
	if !c.before.get("deleted").IsTrue() && c.after.get("deleted").IsTrue() {
		p.Irreversible = append(p.Irreversible, "The subscription is deleted: nobody gets it any more, until it is restored with deleted: false.")
	}
	if moved {
		c.reschedule()
	}
	useZone(p)
	c.foretell()
	c.recipients()
	describe(p)
}

// planTestDelivery is about the recipients who are saved.
func planTestDelivery(p *engine.Plan) {
	s := readSubscription(p.Saved)
	p.Target, p.Notifies, p.Bound = s.target(), true, bound.Select(nil, p.Saved)
	if s.live() {
		p.AtOnce = p.Target.NewSince(recipient.Target{})
	} else {
		p.Fail("PostHog sends no test of a paused or deleted subscription: subscriptions-partial-update switches it on (enabled: true, deleted: false).")
	}
	switch p.Target.Kind {
	case recipient.Webhook:
		p.Fail(noWebhooks)
	case recipient.Email:
		foretellMail(p, true)
	}
	if s.text("prompt") != "" {
		p.Doubt(needsQueries)
	}
	describe(p)
}

// planRefusedDelete is a delete that PostHog never makes.
func planRefusedDelete(p *engine.Plan) {
	p.Fail("PostHog refuses this with 405: use subscriptions-partial-update with deleted: true.")
}

// describe shows what is planned as a read will show it.
func describe(p *engine.Plan) {
	p.ShowAfter(showSubscription)
	p.Words = func() []string {
		s := readSubscription(p.After) // by now with the names of what it reports
		words := []string{"Reports: " + s.reports(), "Schedule: " + s.rule().Sentence(p.Now)}
		if invitation := p.Args.Text("invite_message"); invitation != "" {
			words = append(words, fmt.Sprintf("With the text: %q", invitation))
		}
		return words
	}
}

// reschedule sets the date that PostHog will plan with.
func (c *change) reschedule() {
	next := c.after.rule().Next(c.Now.Add(lead), 1)
	if len(next) == 0 {
		next = c.after.rule().Newer().Next(c.Now.Add(lead), 1)
	}
	if c.Set("next_delivery_date", nil); len(next) > 0 {
		c.Set("next_delivery_date", next[0])
	}
	c.after = readSubscription(c.After)
}

// bound are the members that a consent is about: once another call changes one
// of them, it is worthless.
var bound, _, _ = view.ParseFields(slices.Concat(destination, scheduling, reported, settings, []string{"enabled", "deleted", "invite_message"}))

// pinned lists the fields that the verdict on a change of a subscription rests
// on. A pause or a deletion is always allowed, and rests on nothing. What makes
// messages stop is part of it; what lets them flow is not, or else a change of a
// title would undo a pause that lands at the same moment.
func (c change) pinned() (fields []string) {
	judged, asks := destination, c.Box.Confirm == engine.ConfirmSends
	if asks {
		judged = slices.Concat(destination, scheduling, reported)
	}
	if !asks && !c.Box.Rules.Recipients.Restricts() || c.Stops && !c.Gives(judged...) {
		return nil
	}
	if !c.after.enabled() {
		fields = append(fields, "enabled")
	}
	if c.after.get("deleted").IsTrue() {
		fields = append(fields, "deleted")
	}
	switch {
	case c.Stops:
		return fields // what it gives was not judged, since nothing is sent
	case c.after.hidden():
		fields = append(fields, "target_type")
	default:
		fields = append(fields, destination...)
	}
	if !c.Box.Confirm.Covers(c.Plan) {
		return fields
	}
	return slices.Concat(fields, scheduling, slices.DeleteFunc(slices.Clone(reported), func(name string) bool {
		return c.after.text(name) == "" || c.after.get(name) == "[]"
	}))
}
