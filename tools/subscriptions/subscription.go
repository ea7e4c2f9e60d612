package subscriptions

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/lookup"
	"posthog-mcp/tools/recipient"
	"posthog-mcp/tools/schedule"
	"posthog-mcp/tools/view"
)

// subscription has the members of PostHog's object, in a slice: it takes less time and
// memory than a map, of which a list needs many.
type subscription []member

type member struct {
	name  string
	value gjson.Result
}

func readSubscription(object gjson.Result) subscription {
	return make(subscription, 0, 40).read(object) // short enough to be inlined: a view needs no memory for them then
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

func (s subscription) text(name string) string { return s.get(name).String() }

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

func (s subscription) enabled() bool { return s.get("enabled").Type != gjson.False }

// live tells whether the subscription is neither paused nor deleted.
func (s subscription) live() bool { return s.enabled() && !s.get("deleted").Bool() }

// state makes one word of flags that can contradict each other.
func (s subscription) state() string {
	switch {
	case s.get("deleted").Bool():
		return "deleted"
	case s.get("next_delivery_date").Type == gjson.Null:
		return "ended"
	case !s.enabled():
		return "paused"
	}
	return "active"
}

// target is where it goes. What PostHog does not tell is no place that a rule
// could allow.
func (s subscription) target() recipient.Target {
	return recipient.Target{Kind: cmp.Or(s.text("target_type"), "unknown"), Value: s.text("target_value")}
}

// hidden reports whether PostHog tells of the target the host alone, and does not
// take it back.
func (s subscription) hidden() bool {
	return s.text("target_type") == recipient.Teams && !strings.Contains(s.text("target_value"), "://")
}

// content is one of the three, unless something is wrong.
func (s subscription) content() []string {
	return slices.DeleteFunc([]string{"dashboard", "insight", "prompt"}, func(name string) bool { return s.text(name) == "" })
}

func (s subscription) reports() string {
	kind := "dashboard"
	if s.get(kind).Type != gjson.Number {
		kind = "insight"
	}
	words := kind + " " + lookup.Named{ID: s.get(kind).Int(), Name: s.text("resource_name")}.String()
	if prompt := s.text("prompt"); prompt != "" {
		words = fmt.Sprintf("prompt %q", view.Brief(prompt, view.LongName))
	}
	if title := s.text("title"); title != "" && title != s.text("resource_name") {
		words += fmt.Sprintf(", titled %q", lookup.ShortName(title))
	}
	return words
}

// noName is PostHog's name of an insight that has none.
const noName = "None"

func (s subscription) isNameless() bool {
	name := s.text("resource_name")
	return s.get("insight").Type == gjson.Number && (name == "" || name == noName)
}

// name is what people see of it.
func (s subscription) name(r engine.Rendering) string {
	name := s.text("resource_name")
	if s.isNameless() && (name == noName || !r.Planned) {
		return cmp.Or(r.Insights[s.get("insight").Int()], lookup.Untitled)
	}
	return name
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
	r := schedule.Rule{Frequency: s.text("frequency"), Interval: 1, Start: s.get("start_date").Time()}
	if s.get("interval").Exists() {
		r.Interval = s.get("interval").Int()
	}
	for _, day := range view.Items(s.get("byweekday")) {
		r.Weekdays = append(r.Weekdays, day.String())
	}
	if s.get("bysetpos").Type == gjson.Number {
		r.SetPos = new(s.get("bysetpos").Int())
	}
	if s.get("count").Type == gjson.Number {
		r.Count = new(s.get("count").Int())
	}
	if until := s.get("until_date").Time(); !until.IsZero() {
		r.Until = &until
	}
	return r
}

// coming are the next three deliveries: PostHog's own, and two that are computed here.
// Where PostHog's is not one of the rule's, nobody can tell what follows.
func (s subscription) coming() []string {
	next := s.get("next_delivery_date").Time()
	if next.IsZero() {
		return []string{s.text("next_delivery_date")}
	}
	dates := s.rule().Next(next.Add(-time.Second), 3)
	if len(dates) == 0 || !dates[0].Equal(next) {
		dates = []time.Time{next}
	}
	coming := make([]string, len(dates))
	for i, date := range dates {
		coming[i] = schedule.Slot(date).Format(time.RFC3339)
	}
	return coming
}

// path is where a person finds it. PostHog's own mails link this way; servers
// old and new know it.
func (s subscription) path() string {
	path := "/subscriptions/" + s.text("id")
	switch {
	case s.text("insight_short_id") != "":
		return "/insights/" + s.text("insight_short_id") + path
	case s.get("dashboard").Type == gjson.Number:
		return "/dashboard/" + s.text("dashboard") + path
	}
	return path
}
