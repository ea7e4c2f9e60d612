package subscriptions

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/lookup"
	"posthog-mcp/tools/recipient"
	"posthog-mcp/tools/schedule"
	"posthog-mcp/tools/view"
)

// subscription has the members of PostHog's object, in a slice: other than a map, it
// needs no memory of its own in a view.
type subscription []member

type member struct {
	name  string
	value gjson.Result
}

func readSubscription(object gjson.Result) subscription {
	const usual = 40 // short enough to be inlined: a view needs no memory for them then
	return make(subscription, 0, usual).read(object)
}

func (s subscription) read(object gjson.Result) subscription {
	for name, value := range view.Members(object) {
		s = append(s, member{name.Str, value})
	}
	return s
}

// get returns a member's value; of several with that name the last one.
func (s subscription) get(name string) gjson.Result {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i].name == name {
			return s[i].value
		}
	}
	return gjson.Result{}
}

// showSubscription is the concise view: what it reports, where it goes, when,
// and only what is out of the ordinary besides.
func showSubscription(o *view.Object, object gjson.Result, r engine.Rendering) {
	s := readSubscription(object)
	s.show(o, r)
	if r.Single && !r.Planned {
		o.Text("started", date(s.get("start_date")))
		by := s.get("created_by").Get("email").String()
		o.Text("created", strings.TrimSuffix(strings.TrimSpace(date(s.get("created_at"))+" by "+by), " by"))
	}
}

// showCreated is a new subscription, with all that the call gave.
func showCreated(o *view.Object, object gjson.Result, r engine.Rendering) {
	s := readSubscription(object)
	s.show(o, r)
	s.showGiven(o, r, slices.Concat(scheduling, reported, []string{"target_type", "target_value", "title", "enabled", "deleted", "summary_enabled", "prompt"}))
}

// showUpdated is what identifies a subscription, what the call changed, and what
// follows from that.
func showUpdated(o *view.Object, object gjson.Result, r engine.Rendering) {
	s := readSubscription(object)
	gives := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return r.Args.Get(name) != nil })
	}
	o.Raw("id", s.get("id"))
	if s.get("title").String() != "" || !gives("title") {
		o.Text("title", cmp.Or(s.get("title").String(), s.name(r)))
	}
	if gives(reported...) {
		s.showReport(o, r)
		s.showChosen(o)
	}
	wakes := s.state() == "active" && gives("enabled", "deleted")
	if wakes || gives("target_type", "target_value", "integration_id") {
		s.showTarget(o)
	}
	moved := wakes || gives(scheduling...)
	if moved {
		o.Text("schedule", s.rule().Sentence(r.Now))
	}
	o.Text("state", s.state())
	var warnings []string
	if moved {
		warnings = s.showNext(o, r)
	}
	s.showGiven(o, r, slices.Concat(scheduling, reported, []string{"id", "target_type", "target_value", "enabled", "deleted"}))
	o.Texts("warnings", append(warnings, s.whenEnabled(r)...))
}

// showGiven adds what the call gave and the view does not have under another name.
func (s subscription) showGiven(o *view.Object, r engine.Rendering, shown []string) {
	for _, a := range r.Args.List {
		name := a.Field.Name
		value := s.get(name)
		switch {
		case !value.Exists() || slices.Contains(shown, name):
		case value.Type == gjson.Null && name != "invite_message": // PostHog never returns that one
			o.JSON(name, []byte("null"))
		case name != "title" || value.String() == "":
			o.Raw(name, value)
		}
	}
}

// show writes a subscription.
func (s subscription) show(o *view.Object, r engine.Rendering) {
	state := s.state()
	o.Raw("id", s.get("id"))
	o.Raw("title", s.get("title"))
	s.showReport(o, r)
	s.showTarget(o)
	o.Text("schedule", s.rule().Sentence(r.Now))
	if state != "active" || r.Single {
		o.Text("state", state)
	} else {
		o.Text("next", date(s.get("next_delivery_date"))) // the time of day is in the schedule; only an active one has it
	}
	if !r.Single {
		return
	}
	o.Flag("summary_enabled", s.get("summary_enabled").Bool())
	s.showChosen(o)
	o.Texts("warnings", append(s.showNext(o, r), s.whenEnabled(r)...))
	if s.get("id").Exists() {
		o.Text("link", r.Base+s.path())
	}
}

// whenEnabled says to a call that pauses what undoes the pause.
func (s subscription) whenEnabled(r engine.Rendering) []string {
	if s.state() == "paused" && r.Args.Is("enabled", "false") {
		return []string{enabling}
	}
	return nil
}

// showNext writes the next deliveries of an active one, and returns what a person would
// not expect of them. A start in local time is in the call alone: PostHog returns UTC.
func (s subscription) showNext(o *view.Object, r engine.Rendering) (warnings []string) {
	rule := s.rule()
	if s.state() == "active" {
		o.Texts("next", s.deliveries(rule))
		warnings = rule.Warnings(r.Now)
	}
	if given, ok := schema.ParseTime(r.Args.Text("start_date")); ok {
		warnings = append(warnings, rule.LocalShifts(given, r.Zone, r.Now)...)
	}
	return warnings
}

// showReport writes what is sent.
func (s subscription) showReport(o *view.Object, r engine.Rendering) {
	o.Raw("dashboard", s.get("dashboard"))
	o.Raw("insight", s.get("insight"))
	if prompt := s.get("prompt").String(); r.Single {
		o.Text("prompt", prompt)
	} else {
		o.Text("prompt", view.Cut(prompt, view.ShortText))
	}
	if name := s.name(r); name != s.get("title").String() && name != s.get("prompt").String() {
		o.Text("resource_name", name)
	}
}

// showChosen writes which insights of a dashboard are sent.
func (s subscription) showChosen(o *view.Object) {
	if len(s.get("dashboard_export_insights").Array()) > 0 {
		o.Raw("dashboard_export_insights", s.get("dashboard_export_insights"))
	}
}

// showTarget writes where it goes: "email": "a@x.example" says both.
func (s subscription) showTarget(o *view.Object) {
	if kind := s.get("target_type").String(); kind == recipient.Teams {
		o.Text(kind, s.target().Audit()) // the address is a secret
	} else if slices.Contains(targetTypes, kind) {
		o.Raw(kind, s.get("target_value"))
	} else {
		o.Raw("target_type", s.get("target_type"))
		o.Raw("target_value", s.get("target_value"))
	}
}

// name is what people see of what is reported.
func (s subscription) name(r engine.Rendering) string {
	name := s.get("resource_name").String()
	if s.get("insight").Type == gjson.Number && (name == noName || name == "" && !r.Planned) {
		return cmp.Or(r.Insights[s.get("insight").Int()], lookup.Untitled)
	}
	return name
}

// state makes one word of flags that can contradict each other.
func (s subscription) state() string {
	switch {
	case s.get("deleted").Bool():
		return "deleted"
	case s.get("next_delivery_date").Type == gjson.Null:
		return "ended"
	case s.get("enabled").Type == gjson.False:
		return "paused"
	}
	return "active"
}

// rule is the schedule as it delivers. One without any date is of a newer PostHog.
func (s subscription) rule() schedule.Rule {
	r := s.stored()
	if r.SetPos != nil && len(r.Next(r.Start.Add(-time.Second), 1)) == 0 {
		return r.Newer()
	}
	return r
}

// stored is the schedule as it is written.
func (s subscription) stored() schedule.Rule {
	r := schedule.Rule{Frequency: s.get("frequency").String(), Interval: 1, Start: s.get("start_date").Time()}
	if s.get("interval").Exists() {
		r.Interval = s.get("interval").Int()
	}
	for _, day := range view.Items(s.get("byweekday")) {
		r.Weekdays = append(r.Weekdays, day.String())
	}
	r.SetPos, r.Count = whole(s.get("bysetpos")), whole(s.get("count"))
	if until := s.get("until_date").Time(); !until.IsZero() {
		r.Until = &until
	}
	return r
}

func whole(v gjson.Result) *int64 {
	if v.Type != gjson.Number {
		return nil
	}
	n := v.Int()
	return &n
}

// targetTypes are PostHog's, and the members that a view has for them.
var targetTypes = []string{"email", "slack", "webhook", "teams"}

func date(at gjson.Result) string {
	day, _, _ := strings.Cut(at.String(), "T")
	return day
}

// deliveries are the next three: PostHog's own, and two that are computed here.
// Where PostHog's is not one of the rule's, nobody can tell what follows.
func (s subscription) deliveries(rule schedule.Rule) []string {
	next := s.get("next_delivery_date").Time()
	if next.IsZero() {
		return []string{s.get("next_delivery_date").String()}
	}
	dates := rule.Next(next.Add(-time.Second), 3)
	if len(dates) == 0 || !dates[0].Equal(next) {
		return []string{schedule.Slot(next).Format(time.RFC3339)}
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
	case s.get("dashboard").Type == gjson.Number:
		return "/dashboard/" + s.get("dashboard").String() + "/subscriptions/" + s.get("id").String()
	}
	return "/subscriptions/" + s.get("id").String()
}
