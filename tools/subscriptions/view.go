package subscriptions

import (
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/recipient"
	"posthog-mcp/tools/schedule"
	"posthog-mcp/tools/view"
)

// subscription has the members of PostHog's object. To search them takes as long as
// in a map, which takes longer to make than all the rest of a list's row.
type subscription []member

type member struct {
	name  string
	value view.Raw
}

func readSubscription(object gjson.Result) subscription {
	const usual = 40 // short enough to be inlined: a view needs no memory for them then
	return make(subscription, 0, usual).read(view.Raw(object.Raw))
}

func (s subscription) read(object view.Raw) subscription {
	for name, value := range object.Members() {
		s = append(s, member{name.String(), value})
	}
	return s
}

// get returns a member's value; of several with that name the last one.
func (s subscription) get(name string) view.Raw {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i].name == name {
			return s[i].value
		}
	}
	return ""
}

// noName is PostHog's name of an insight that has none.
const noName = "None"

// showSubscription is the concise view: what it reports, where it goes, when,
// and only what is out of the ordinary besides.
func showSubscription(o *view.Object, object gjson.Result, r engine.Rendering) {
	show(o, object, r, "")
}

// showCreated is a new subscription.
func showCreated(o *view.Object, object gjson.Result, r engine.Rendering) {
	show(o, object, r, sentAtOnce(r.Args, true))
}

// showUpdated is about a change of recipients too, and about a pause that ends.
func showUpdated(o *view.Object, object gjson.Result, r engine.Rendering) {
	show(o, object, r, sentAtOnce(r.Args, false))
}

// show writes a subscription; atOnce says who gets a message of an active one now.
func show(o *view.Object, object gjson.Result, r engine.Rendering, atOnce string) {
	s := readSubscription(object)
	rule, state := s.rule(), s.state()
	for _, name := range []string{"id", "title", "dashboard", "insight"} {
		o.Copy(name, s.get(name))
	}
	if name := s.get("resource_name").String(); name != s.get("title").String() && name != noName {
		o.Copy("resource_name", s.get("resource_name"))
	}
	o.Text("prompt", view.Cut(s.get("prompt").String(), view.ShortText))
	if kind := s.get("target_type").String(); kind == recipient.Teams {
		o.Text(kind, s.target().Audit()) // the address is a secret
	} else if slices.Contains(targetTypes, kind) {
		o.Copy(kind, s.get("target_value")) // "email": "a@x.example" says both
	} else {
		o.Copy("target_type", s.get("target_type"))
		o.Copy("target_value", s.get("target_value"))
	}
	o.Text("schedule", rule.Sentence(r.Now))
	o.Text("state", state)
	if state == "active" && !r.Single {
		o.Text("next", date(s.get("next_delivery_date"))) // the time of day is in the schedule
	}
	o.Flag("summary_enabled", s.get("summary_enabled").IsTrue())
	if !r.Single {
		return
	}
	if len(s.get("dashboard_export_insights").Value().Array()) > 0 {
		o.Copy("dashboard_export_insights", s.get("dashboard_export_insights"))
	}
	warnings := localShifts(r, rule)
	if state == "active" {
		if !r.Planned {
			o.Text("at_once", atOnce)
		}
		o.Texts("next", s.deliveries(rule))
		warnings = append(rule.Warnings(r.Now), warnings...)
	}
	o.Texts("warnings", warnings)
	if s.get("id") != "" {
		o.Text("link", r.Base+s.path())
	}
}

// state makes one word of flags that can contradict each other.
func (s subscription) state() string {
	switch {
	case s.get("deleted").IsTrue():
		return "deleted"
	case s.get("next_delivery_date").IsNull():
		return "ended"
	case s.get("enabled") == "false":
		return "paused"
	}
	return "active"
}

// rule is the schedule as package schedule has it.
func (s subscription) rule() schedule.Rule {
	r := schedule.Rule{Frequency: s.get("frequency").String(), Interval: 1, Start: s.get("start_date").Time()}
	if s.get("interval") != "" {
		r.Interval = s.get("interval").Int()
	}
	for day := range s.get("byweekday").Items() {
		r.Weekdays = append(r.Weekdays, day.String())
	}
	r.SetPos, r.Count = whole(s.get("bysetpos")), whole(s.get("count"))
	if until := s.get("until_date").Time(); !until.IsZero() {
		r.Until = &until
	}
	return r
}

func whole(v view.Raw) *int64 {
	if !v.IsNumber() {
		return nil
	}
	n := v.Int()
	return &n
}

// targetTypes are PostHog's, and the members that a view has for them.
var targetTypes = []string{"email", "slack", "webhook", "teams"}

// localShifts says what a start in local time comes to; nothing where the call
// gave none, since PostHog returns the saved one in UTC.
func localShifts(r engine.Rendering, rule schedule.Rule) []string {
	given, ok := schema.ParseTime(r.Args.Text("start_date"))
	if !ok {
		return nil
	}
	return rule.LocalShifts(given, r.Zone)
}

func date(at view.Raw) string {
	day, _, _ := strings.Cut(at.String(), "T")
	return day
}

// deliveries are the next three: PostHog's own, and two that are computed here.
// Where PostHog's is not one of the rule's, nobody can tell what follows.
func (s subscription) deliveries(rule schedule.Rule) []string {
	next := s.get("next_delivery_date").Time()
	dates := rule.Next(next.Add(-time.Second), 3)
	if len(dates) == 0 || !dates[0].Equal(next) {
		return []string{s.get("next_delivery_date").String()}
	}
	coming := make([]string, len(dates))
	for i, d := range dates {
		coming[i] = schedule.Slot(d).Format(time.RFC3339)
	}
	return coming
}

// path is where a person finds it. PostHog's own mails link this way; servers
// old and new know it.
func (s subscription) path() string {
	switch {
	case s.get("insight_short_id").String() != "":
		return "/insights/" + s.get("insight_short_id").String() + "/subscriptions/" + s.get("id").String()
	case s.get("dashboard").IsNumber():
		return "/dashboard/" + s.get("dashboard").String() + "/subscriptions/" + s.get("id").String()
	}
	return "/subscriptions/" + s.get("id").String()
}
