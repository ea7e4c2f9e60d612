package subscriptions

import (
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/schedule"
	"posthog-mcp/tools/view"
)

// subscription is what is read of PostHog's object to show it.
type subscription struct {
	id, title, name, targetType, targetValue          view.Raw
	dashboard, insight, shortID, exported, summarized view.Raw
	frequency, interval, weekdays, setpos, count      view.Raw
	start, until, next, deleted, enabled, integration view.Raw
}

// readSubscription goes over the object once.
func readSubscription(object gjson.Result) *subscription {
	s := new(subscription)
	s.read(object)
	return s
}

func (s *subscription) read(object gjson.Result) {
	for name, value := range view.Raw(object.Raw).Members() {
		if at := s.member(name.String()); at != nil {
			*at = value
		}
	}
}

func (s *subscription) member(name string) *view.Raw {
	switch name {
	case "id":
		return &s.id
	case "title":
		return &s.title
	case "resource_name":
		return &s.name
	case "target_type":
		return &s.targetType
	case "target_value":
		return &s.targetValue
	case "dashboard":
		return &s.dashboard
	case "insight":
		return &s.insight
	case "insight_short_id":
		return &s.shortID
	case "dashboard_export_insights":
		return &s.exported
	case "summary_enabled":
		return &s.summarized
	case "frequency":
		return &s.frequency
	case "interval":
		return &s.interval
	case "byweekday":
		return &s.weekdays
	case "bysetpos":
		return &s.setpos
	case "count":
		return &s.count
	case "start_date":
		return &s.start
	case "until_date":
		return &s.until
	case "next_delivery_date":
		return &s.next
	case "deleted":
		return &s.deleted
	case "enabled":
		return &s.enabled
	case "integration_id":
		return &s.integration
	}
	return nil
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
	show(o, object, r, "a first delivery, to every recipient")
}

// showUpdated is about a change of recipients too, and about a pause that ends.
func showUpdated(o *view.Object, object gjson.Result, r engine.Rendering) {
	atOnce := ""
	switch {
	case r.Args.Given("target_value"):
		atOnce = "a message to each recipient who is new"
	case r.Args.Is("enabled", "true"), r.Args.Is("deleted", "false"):
		atOnce = "nothing; newer PostHog versions send to all recipients after this"
	}
	show(o, object, r, atOnce)
}

// show writes a subscription; atOnce says who gets a message of an active one now.
func show(o *view.Object, object gjson.Result, r engine.Rendering, atOnce string) {
	var s subscription // a list has many, which need not be collected
	s.read(object)
	rule := s.rule()
	state := s.state()
	o.Copy("id", s.id)
	o.Copy("title", s.title)
	o.Copy("dashboard", s.dashboard)
	o.Copy("insight", s.insight)
	if name := s.name.String(); name != s.title.String() && name != noName {
		o.Copy("resource_name", s.name)
	}
	if kind := s.targetType.String(); slices.Contains(targetTypes, kind) {
		o.Copy(kind, s.targetValue) // "email": "a@x.example" says both
	} else {
		o.Copy("target_type", s.targetType)
		o.Copy("target_value", s.targetValue)
	}
	o.Text("schedule", rule.Sentence(r.Now))
	o.Text("state", state)
	if state == "active" && !r.Single {
		o.Text("next", date(s.next)) // the time of day is in the schedule
	}
	o.Flag("summary_enabled", s.summarized.IsTrue())
	if !r.Single {
		return
	}
	if len(s.exported.Value().Array()) > 0 {
		o.Copy("dashboard_export_insights", s.exported)
	}
	warnings := localShifts(r.Args.Text("start_date"), rule)
	if state == "active" {
		o.Text("at_once", atOnce)
		o.Texts("next", s.deliveries(rule))
		warnings = append(rule.Warnings(r.Now), warnings...)
	}
	o.Texts("warnings", warnings)
	if s.id != "" {
		o.Text("link", r.Base+s.path())
	}
}

// state makes one word of flags that can contradict each other.
func (s *subscription) state() string {
	switch {
	case s.deleted.IsTrue():
		return "deleted"
	case s.next.IsNull():
		return "ended"
	case s.enabled == "false":
		return "paused"
	}
	return "active"
}

// rule is the schedule as package schedule has it.
func (s *subscription) rule() schedule.Rule {
	r := schedule.Rule{Frequency: s.frequency.String(), Interval: 1, Start: s.start.Time()}
	if s.interval != "" {
		r.Interval = s.interval.Int()
	}
	for day := range s.weekdays.Items() {
		r.Weekdays = append(r.Weekdays, day.String())
	}
	r.SetPos, r.Count = whole(s.setpos), whole(s.count)
	if until := s.until.Time(); !until.IsZero() {
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
func localShifts(start string, rule schedule.Rule) []string {
	given, ok := schema.ParseTime(start)
	if !ok {
		return nil
	}
	return rule.LocalShifts(given)
}

func date(at view.Raw) string {
	day, _, _ := strings.Cut(at.String(), "T")
	return day
}

// deliveries are the next three: PostHog's own, and two that are computed here.
// Where PostHog's is not one of the rule's, nobody can tell what follows.
func (s *subscription) deliveries(rule schedule.Rule) []string {
	next := s.next.Time()
	dates := rule.Next(next.Add(-time.Second), 3)
	if len(dates) == 0 || !dates[0].Equal(next) {
		return []string{s.next.String()}
	}
	coming := make([]string, len(dates))
	for i, d := range dates {
		coming[i] = d.Format(time.RFC3339)
	}
	return coming
}

// path is where a person finds it. PostHog's own mails link this way; servers
// old and new know it.
func (s *subscription) path() string {
	switch {
	case s.shortID.String() != "":
		return "/insights/" + s.shortID.String() + "/subscriptions/" + s.id.String()
	case s.dashboard.IsNumber():
		return "/dashboard/" + s.dashboard.String() + "/subscriptions/" + s.id.String()
	}
	return "/subscriptions/" + s.id.String()
}
