package tools

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/recipient"
	"posthog-mcp/tools/view"
)

// lead is how far away a delivery is at least when PostHog plans it.
const lead = 15 * time.Minute

// unsaved is what PostHog takes for what a create leaves out.
var unsaved = gjson.Parse(`{"interval":1,"enabled":true,"deleted":false,"summary_enabled":false}`)

// planSubscription works out what a create or an update comes to.
func planSubscription(p *plan) {
	creating := !p.saved.Exists()
	base := p.saved
	if creating {
		base = unsaved
	}
	p.after = gjson.ParseBytes(overlay(base, inUTC(p.body())))
	before, after := readSubscription(p.saved), readSubscription(p.after)
	// What the call itself says counts, not only what is saved: another call may
	// change that meanwhile.
	wakes := says(p.args, "enabled", "true") || says(p.args, "deleted", "false")
	revived := !creating && after.live() && (wakes || !before.live())
	moved := creating || revived || p.gives(scheduling...)
	retargeted := creating || before.target() != after.target()
	resourced := p.gives("dashboard", "insight", "dashboard_export_insights", "integration_id")

	p.target = after.target()
	p.stops = !after.live() && !retargeted && !wakes
	p.sends = wakes || after.live() && (retargeted || resourced || moved) ||
		retargeted && before.hidden() // a consent to wake it cannot carry the target
	p.bound = bound.Select(nil, p.after)
	p.rests = p.restsOn(after)
	if after.live() && retargeted {
		p.atOnce = added(before.target(), p.target)
	}
	if !before.deleted.IsTrue() && after.deleted.IsTrue() {
		p.grave = append(p.grave, "The subscription is deleted: nobody gets it any more, until it is restored with deleted: false.")
	}
	if moved {
		p.reschedule(after.rule().Next(p.now.Add(lead), 1))
	}
	p.warnings = append(p.warnings, readSubscription(p.after).refusals(creating)...)
	if after.live() && !creating && !retargeted && (revived || resourced) {
		p.warnings = append(p.warnings, "Newer PostHog versions also send to all recipients at once after this change.")
	}
	p.describe()
}

// planTestDelivery is about the recipients who are saved.
func planTestDelivery(p *plan) {
	s := readSubscription(p.saved)
	p.target, p.sends, p.bound = s.target(), true, bound.Select(nil, p.saved)
	if s.live() {
		p.atOnce = p.target.names()
	} else {
		p.warnings = append(p.warnings, "PostHog sends no test of a subscription that is paused or deleted.")
	}
	p.describe()
}

// planRefusedDelete is a delete that PostHog never makes.
func planRefusedDelete(p *plan) {
	p.warnings = append(p.warnings, "PostHog refuses this with 405. Use subscriptions-partial-update with deleted: true.")
}

// describe shows what is planned as a read will show it.
func (p *plan) describe() {
	s := readSubscription(p.after)
	if s.targetType.String() == "webhook" {
		p.warnings = append(p.warnings, "PostHog does not deliver webhooks: it switches such a subscription off.")
	}
	p.sent = "" // a preview has the recipients by name
	p.shown = func() []byte {
		o := view.NewObject(nil)
		showSubscription(o, p.after, p.viewing)
		return o.Bytes()
	}
	p.words = func() []string {
		s := readSubscription(p.after) // by now with the names of what it reports
		words := []string{"Reports: " + s.reports(), "Schedule: " + s.rule().Sentence(p.now)}
		if invitation := argumentText(p.args, "invite_message"); invitation != "" {
			words = append(words, fmt.Sprintf("With the text: %q", invitation))
		}
		return words
	}
}

// reports says what is sent, in a person's words.
func (s *subscription) reports() string {
	kind, id := "dashboard", s.dashboard
	if !s.dashboard.IsNumber() {
		kind, id = "insight", s.insight
	}
	words := kind + " " + named{id.Int(), s.name.String()}.String()
	if title := s.title.String(); title != "" && title != s.name.String() {
		words += fmt.Sprintf(", titled %q", shortName(title))
	}
	return words
}

// reschedule sets the date that PostHog will plan with.
func (p *plan) reschedule(next []time.Time) {
	date := json.RawMessage("null")
	if len(next) > 0 {
		date, _ = json.Marshal(next[0])
	}
	p.set("next_delivery_date", date)
}

// set gives a member of what will be there a value.
func (p *plan) set(name string, value json.RawMessage) {
	p.after = gjson.ParseBytes(overlay(p.after, []schema.Argument{{Field: &schema.Field{Name: name}, Raw: value}}))
}

// bound are the members that a consent is about: once another call changes one
// of them, it is worthless.
var bound = view.Fields{
	"dashboard": nil, "insight": nil, "dashboard_export_insights": nil, "target_type": nil, "target_value": nil, "integration_id": nil,
	"frequency": nil, "interval": nil, "byweekday": nil, "bysetpos": nil, "count": nil, "start_date": nil, "until_date": nil,
	"enabled": nil, "deleted": nil, "invite_message": nil,
}

// refusals are what PostHog will not take, in what is planned.
func (s *subscription) refusals(creating bool) (all []string) {
	if s.live() && s.next.IsNull() && !creating {
		all = append(all, "PostHog may refuse this: the schedule has no delivery left. Move until_date or count.")
	}
	if s.dashboard.IsNumber() && s.insight.IsNumber() {
		all = append(all, "PostHog will refuse this: a subscription reports a dashboard or an insight, and cannot change from one to the other.")
	}
	switch kind := s.targetType.String(); {
	case kind == "slack" && !s.integration.IsNumber():
		all = append(all, "PostHog will refuse this: Slack needs an integration_id, which integrations-list shows.")
	case kind == "email":
		if _, wrong := recipient.Addresses(s.targetValue.String()); len(wrong) > 0 {
			all = append(all, fmt.Sprintf("Of the recipients, items %v are no email addresses: nobody gets a mail there.", wrong[:min(len(wrong), mostOfAKind)]))
		}
	}
	return all
}

// gives tells whether the call has one of the arguments.
func (p *plan) gives(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return p.args.Get(name) != nil })
}

// live tells whether the subscription is neither paused nor deleted.
func (s *subscription) live() bool { return s.enabled != "false" && !s.deleted.IsTrue() }

// target is where it goes. What PostHog does not tell is no place that a rule
// could allow.
func (s *subscription) target() target {
	return target{cmp.Or(s.targetType.String(), "unknown"), s.targetValue.String()}
}

// hidden tells whether PostHog tells of the target the host alone, and does not
// take it back.
func (s *subscription) hidden() bool {
	return s.targetType.String() == recipient.Teams && !strings.Contains(s.targetValue.String(), "://")
}

// names are the recipients one by one, as a person may read them: of a URL,
// which is a secret, the host.
func (t target) names() []string {
	switch t.kind {
	case "email":
		return strings.Split(t.value, ",")
	case "slack":
		return []string{t.value}
	}
	return []string{recipient.Audit(t.kind, t.value)}
}

// added are the recipients who are new: PostHog sends to them at once.
func added(before, after target) []string {
	switch {
	case after.kind == "webhook":
		return nil // which PostHog does not deliver
	case before.kind != after.kind:
		return after.names()
	}
	return recipient.Added(after.kind, before.value, after.value)
}

// inUTC writes dates as PostHog gives them back.
func inUTC(members []schema.Argument) []schema.Argument {
	out := slices.Clone(members)
	for i, m := range out {
		if m.Field.Name != "start_date" && m.Field.Name != "until_date" {
			continue
		}
		if at, ok := schema.ParseTime(m.Text()); ok {
			out[i].Raw, _ = json.Marshal(at.UTC())
		}
	}
	return out
}

// neverFires says why a new subscription would deliver nothing; empty when it
// does.
func neverFires(args *schema.Arguments, now time.Time) string {
	object := overlay(unsaved, inUTC(args.List))
	rule := readSubscription(gjson.ParseBytes(object)).rule()
	if len(rule.Next(now.Add(lead), 1)) > 0 {
		return ""
	}
	return fmt.Sprintf("no delivery comes of this schedule (%s)", rule.Sentence(now))
}
