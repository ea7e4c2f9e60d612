package subscriptions

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/lookup"
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
	creating := !p.Saved.Exists()
	base := p.Saved
	if creating {
		base = unsaved
	}
	p.After = engine.Overlay(base, engine.InUTC(p.Body()))
	c := change{Plan: p, before: readSubscription(p.Saved), after: readSubscription(p.After), creating: creating}
	live := c.after.live()
	c.revived = !creating && live && !c.before.live()
	// What the call itself says counts, not only what is saved: another call may
	// change that meanwhile.
	wakes := p.Args.Is("enabled", "true") || p.Args.Is("deleted", "false")
	sends := p.Args.Is("send_test_now", "true") && !p.Args.Is("enabled", "false") && !p.Args.Is("deleted", "true")
	moved := creating || c.revived || live && wakes || p.Gives(scheduling...)
	retargeted := creating || c.before.target() != c.after.target()

	p.Target = c.after.target()
	p.Stops = !live && !retargeted && !wakes && !sends
	p.Notifies = wakes || sends || live && (retargeted || moved || p.Gives(resending...) || p.Gives(settings...)) ||
		retargeted && c.before.hidden() // a consent to wake it cannot carry the target
	p.Bound = bound.Select(nil, p.After)
	p.Pinned = pinned(p, c.after)
	if !c.before.get("deleted").Bool() && c.after.get("deleted").Bool() {
		p.Irreversible = append(p.Irreversible, "The subscription is deleted: nobody gets it any more, until it is restored with deleted: false.")
	}
	if moved {
		next := c.after.rule().Next(p.Now.Add(lead), 1)
		if len(next) == 0 {
			next = c.after.rule().Newer().Next(p.Now.Add(lead), 1)
		}
		reschedule(p, next)
		c.after = readSubscription(p.After)
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
	if s.get("prompt").String() != "" {
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

// reports says what is sent, in a person's words.
func (s subscription) reports() string {
	kind, id := "dashboard", s.get("dashboard")
	if s.get("dashboard").Type != gjson.Number {
		kind, id = "insight", s.get("insight")
	}
	words := kind + " " + lookup.Named{ID: id.Int(), Name: s.get("resource_name").String()}.String()
	if prompt := s.get("prompt").String(); prompt != "" {
		words = fmt.Sprintf("prompt %q", view.Brief(prompt, view.LongName))
	}
	if title := s.get("title").String(); title != "" && title != s.get("resource_name").String() {
		words += fmt.Sprintf(", titled %q", lookup.ShortName(title))
	}
	return words
}

// reschedule sets the date that PostHog will plan with.
func reschedule(p *engine.Plan, next []time.Time) {
	date := json.RawMessage("null")
	if len(next) > 0 {
		date, _ = json.Marshal(next[0])
	}
	p.Set("next_delivery_date", date)
}

// live tells whether the subscription is neither paused nor deleted.
func (s subscription) live() bool {
	return s.get("enabled").Type != gjson.False && !s.get("deleted").Bool()
}

// target is where it goes. What PostHog does not tell is no place that a rule
// could allow.
func (s subscription) target() recipient.Target {
	return recipient.Target{Kind: cmp.Or(s.get("target_type").String(), "unknown"), Value: s.get("target_value").String()}
}

// hidden reports whether PostHog tells of the target the host alone, and does not
// take it back.
func (s subscription) hidden() bool {
	return s.get("target_type").String() == recipient.Teams && !strings.Contains(s.get("target_value").String(), "://")
}

// neverFires says why a new subscription would deliver nothing; empty when it
// does.
func neverFires(args *schema.Arguments, now time.Time) string {
	rule := readSubscription(engine.Overlay(unsaved, engine.InUTC(args.List))).stored()
	if len(rule.Next(now.Add(lead), 1)) > 0 {
		return ""
	}
	return fmt.Sprintf("no delivery comes of this schedule (%s)", rule.Sentence(now))
}

// bound are the members that a consent is about: once another call changes one
// of them, it is worthless.
var bound = view.Fields{
	"dashboard": nil, "insight": nil, "dashboard_export_insights": nil, "target_type": nil, "target_value": nil, "integration_id": nil,
	"frequency": nil, "interval": nil, "byweekday": nil, "bysetpos": nil, "count": nil, "start_date": nil, "until_date": nil,
	"enabled": nil, "deleted": nil, "invite_message": nil,
	"prompt": nil, "ai_prompt_config": nil, "contexts": nil, "delivery_config": nil,
}

// The fields of a subscription that a verdict can rest on.
var (
	destination = []string{"target_type", "target_value", "integration_id"}
	scheduling  = []string{"frequency", "interval", "byweekday", "bysetpos", "count", "start_date", "until_date"}
	// reported are given as far as they have a value: PostHog refuses a dashboard
	// for a subscription of an insight, even null.
	reported = []string{"dashboard", "insight", "dashboard_export_insights", "prompt"}
	// resending are those whose change makes newer versions of PostHog send at once.
	resending = append([]string{"integration_id"}, reported...)
	// settings are more of those; PostHog completes them, so that the same may differ.
	settings = []string{"ai_prompt_config", "contexts", "delivery_config"}
)

// pinned lists the fields that the verdict on a change of a subscription rests
// on. A pause or a deletion is always allowed, and rests on nothing. What makes
// messages stop is part of it; what lets them flow is not, or else a change of a
// title would undo a pause that lands at the same moment.
func pinned(p *engine.Plan, after subscription) (fields []string) {
	if !judgesTargets(p.Box) || p.Stops && !p.Gives(judged(p.Box)...) {
		return nil
	}
	if after.get("enabled").Type == gjson.False {
		fields = append(fields, "enabled")
	}
	if after.get("deleted").Bool() {
		fields = append(fields, "deleted")
	}
	if p.Stops {
		return fields // what it gives was not judged, since nothing is sent
	}
	if after.hidden() {
		fields = append(fields, "target_type")
	} else {
		fields = append(fields, destination...)
	}
	if !p.Box.Confirm.Covers(p) {
		return fields
	}
	fields = append(fields, scheduling...)
	for _, name := range reported {
		if value := p.After.Get(name); value.Type != 0 && value.Raw != "[]" && value.Raw != `""` {
			fields = append(fields, name)
		}
	}
	return fields
}

// judged are the fields that a verdict is about.
func judged(b *engine.Toolbox) []string {
	if b.Confirm == engine.ConfirmSends {
		return slices.Concat(destination, scheduling, reported)
	}
	return destination
}

// judgesTargets tells whether anything rests on where messages go.
func judgesTargets(b *engine.Toolbox) bool {
	return b.Confirm == engine.ConfirmSends || b.Rules.Recipients.Restricts()
}
