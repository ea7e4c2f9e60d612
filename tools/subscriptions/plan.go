package subscriptions

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/recipient"
	"posthog-mcp/tools/view"
)

// lead is how far away a delivery is at least when PostHog plans it.
const lead = 15 * time.Minute

// unsaved is what PostHog takes for what a create leaves out.
var unsaved = gjson.Parse(`{"interval":1,"enabled":true,"deleted":false,"summary_enabled":false,"send_test_now":true}`)

// checkCreate refuses what nobody can have meant, or PostHog would refuse late.
func checkCreate(args *schema.Arguments, now time.Time) schema.Problems {
	given := slices.DeleteFunc([]string{"dashboard", "insight", "prompt"}, func(name string) bool { return !args.Given(name) })
	noWorkspace := args.Text("target_type") == recipient.Slack && !args.Given("integration_id")
	rule := readSubscription(engine.Overlay(unsaved, engine.InUTC(args.List))).stored()
	ends := len(rule.Next(now.Add(lead), 1)) == 0
	found := slices.DeleteFunc(schema.Problems{
		{Text: view.When(len(given) != 1, "dashboard, insight, prompt: give one of the three, it is what gets sent")},
		{Field: "integration_id", Text: view.When(noWorkspace, "required with target_type slack: the number of the project's Slack integration, which integrations-list shows")},
		{Field: "start_date", Text: view.When(ends, "no delivery comes of this schedule ("+rule.Sentence(now)+")")},
	}, func(p schema.Problem) bool { return p.Text == "" })
	return append(found, checkAddresses(args, now)...)
}

// mayReach tells a change of who is reached, or of what, which somebody may hear of.
func mayReach(args *schema.Arguments) bool {
	return args.Is("enabled", "true") || args.Is("deleted", "false") || args.Is("send_test_now", "true") ||
		slices.ContainsFunc(slices.Concat(destination, reported, resending, settings), func(name string) bool { return args.Get(name) != nil })
}

// mostRecipients bounds the work that is done for each of them.
const mostRecipients = 2000

// checkAddresses looks at the recipients that a call names. PostHog checks no
// address, and its worker neither trims nor understands display names: what is
// wrong here would be mail to nobody, or to somebody else.
func checkAddresses(args *schema.Arguments, _ time.Time) (found schema.Problems) {
	kind, value := args.Text("target_type"), args.Text("target_value")
	link := strings.Contains(value, "://")
	// Without a type it is the saved one's, and what is no URL and has an @ can
	// only be meant for mail.
	mail := kind == recipient.Email || kind == "" && strings.Contains(value, "@") && !link
	refuse := func(format string, values ...any) {
		found = append(found, schema.Problem{Field: "target_value", Text: fmt.Sprintf(format, values...)})
	}
	switch {
	case value == "":
	case strings.Count(value, ",") >= mostRecipients:
		refuse("must have at most %d recipients", mostRecipients)
	case mail:
		_, wrong := recipient.Addresses(value)
		for _, item := range wrong {
			refuse("item %d is not an email address; give plain addresses, joined by commas without spaces", item)
		}
	case kind == "" && !link && !strings.HasPrefix(value, "#") && !namesChannel(value):
		refuse("is no email address, no Slack channel such as C0123ABCD|#growth and no URL")
	case kind == recipient.Teams && !link:
		refuse("must be the whole webhook URL of the Teams channel; PostHog shows its host alone, and takes no host back")
	case kind == recipient.Slack && link:
		refuse("is a URL; slack takes a channel, such as C0123ABCD|#growth, which slack-channels-list shows")
	}
	return found
}

// namesChannel tells a value that begins with a channel's id.
func namesChannel(value string) bool {
	id, _, _ := strings.Cut(value, "|")
	return isChannel.MatchString(id)
}

// change is what a create or an update makes of a subscription. before is empty for
// a new one; revived says that a paused or deleted one becomes active.
type change struct {
	*engine.Plan
	before, after     subscription
	creating, revived bool
}

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
	deleted := !c.before.get("deleted").Bool() && c.after.get("deleted").Bool()
	p.Final(view.When(deleted, "The subscription is deleted: nobody gets it any more, until it is restored with deleted: false."))
	if moved { // the date that PostHog will plan with
		next := c.after.rule().Next(p.Now.Add(lead), 1)
		if len(next) == 0 {
			next = c.after.rule().Newer().Next(p.Now.Add(lead), 1)
		}
		if p.Set("next_delivery_date", nil); len(next) > 0 {
			p.Set("next_delivery_date", next[0])
		}
		c.after = readSubscription(p.After)
	}
	useZone(p)
	c.foretell()
	c.recipients()
	describe(p)
}

func planTestDelivery(p *engine.Plan) {
	s := readSubscription(p.Saved)
	p.Target, p.Notifies, p.Bound = s.target(), true, bound.Select(nil, p.Saved)
	if s.live() {
		p.AtOnce = p.Target.NewSince(recipient.Target{})
	}
	p.Fail(view.When(!s.live(), "PostHog sends no test of a paused or deleted subscription: subscriptions-partial-update switches it on (enabled: true, deleted: false)."))
	p.Fail(view.When(p.Target.Kind == recipient.Webhook, noWebhooks))
	if p.Target.Kind == recipient.Email {
		foretellMail(p, true)
	}
	p.Doubt(view.When(s.text("prompt") != "", needsQueries))
	describe(p)
}

func planRefusedDelete(p *engine.Plan) {
	p.Fail("PostHog refuses this with 405: use subscriptions-partial-update with deleted: true.")
}

func describe(p *engine.Plan) {
	p.ShowAfter = showSubscription
	p.Words = func() []string {
		s := readSubscription(p.After) // by now with the names of what it reports
		words := []string{"Reports: " + s.reports(), "Schedule: " + s.rule().Sentence(p.Now)}
		if invitation := p.Args.Text("invite_message"); invitation != "" {
			words = append(words, fmt.Sprintf("With the text: %q", invitation))
		}
		return words
	}
}

// bound are the members that a consent is about: once another call changes one
// of them, it is worthless.
var bound, _ = view.ParseFields(slices.Concat(destination, scheduling, reported, settings, []string{"enabled", "deleted", "invite_message"}))

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
	fields = slices.DeleteFunc([]string{"enabled", "deleted"}, func(name string) bool {
		return name == "enabled" && c.after.enabled() || name == "deleted" && !c.after.get("deleted").Bool()
	})
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
		return c.after.text(name) == "" || c.after.get(name).Raw == "[]"
	}))
}
