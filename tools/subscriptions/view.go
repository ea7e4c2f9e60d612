package subscriptions

import (
	"cmp"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/recipient"
	"posthog-mcp/tools/view"
)

// showSubscription is the concise view: what it reports, where it goes, when,
// and only what is out of the ordinary besides.
func showSubscription(o *view.Object, object gjson.Result, r engine.Rendering) {
	s := readSubscription(object)
	s.show(o, r)
	if r.Single && !r.Planned {
		o.Text("started", s.date("start_date"))
		by := s.get("created_by").Value().Get("email").String()
		o.Text("created", strings.TrimSuffix(strings.TrimSpace(s.date("created_at")+" by "+by), " by"))
	}
}

// showCreated is a new subscription, with all that the call gave.
func showCreated(o *view.Object, object gjson.Result, r engine.Rendering) {
	s := readSubscription(object)
	s.show(o, r)
	s.showGiven(o, r, "target_type", "target_value", "title", "enabled", "deleted", "summary_enabled")
}

// showUpdated is what identifies a subscription, what the call changed, and what
// follows from that.
func showUpdated(o *view.Object, object gjson.Result, r engine.Rendering) {
	s := readSubscription(object)
	gives := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return r.Args.Get(name) != nil })
	}
	wakes := s.state() == "active" && gives("enabled", "deleted")
	moved := wakes || gives(scheduling...)
	o.Copy("id", s.get("id"))
	if s.text("title") != "" || !gives("title") {
		o.Text("title", cmp.Or(s.text("title"), s.name(r)))
	}
	if gives(reported...) {
		s.showReport(o, r)
		s.showChosen(o)
	}
	if wakes || gives(destination...) {
		s.showTarget(o)
	}
	if moved {
		o.Text("schedule", s.rule().Sentence(r.Now))
	}
	o.Text("state", s.state())
	if moved && s.state() == "active" {
		o.Texts("next", s.coming())
	}
	s.showGiven(o, r, "id", "target_type", "target_value", "enabled", "deleted")
	o.Texts("warnings", s.warnings(r, moved))
}

// showGiven adds what the call gave and the view does not have under another name, or
// as one of the shown.
func (s subscription) showGiven(o *view.Object, r engine.Rendering, shown ...string) {
	shown = slices.Concat(shown, scheduling, reported)
	for _, a := range r.Args.List {
		name := a.Field.Name
		switch value := s.get(name); {
		case value == "" || slices.Contains(shown, name):
		case value.IsNull() && name != "invite_message": // PostHog never returns that one
			o.JSON(name, []byte("null"))
		case name != "title" || value.String() == "":
			o.Copy(name, value)
		}
	}
}

// show writes a subscription.
func (s subscription) show(o *view.Object, r engine.Rendering) {
	state := s.state()
	o.Copy("id", s.get("id"))
	o.Copy("title", s.get("title"))
	s.showReport(o, r)
	s.showTarget(o)
	o.Text("schedule", s.rule().Sentence(r.Now))
	if state != "active" || r.Single {
		o.Text("state", state)
	} else {
		o.Text("next", s.date("next_delivery_date")) // the time of day is in the schedule; only an active one has it
	}
	if !r.Single {
		return
	}
	o.Flag("summary_enabled", s.get("summary_enabled").IsTrue())
	s.showChosen(o)
	if state == "active" {
		o.Texts("next", s.coming())
	}
	o.Texts("warnings", s.warnings(r, true))
	if s.get("id") != "" {
		o.Text("link", r.Base+s.path())
	}
}

// warnings are what a person would not expect of the next deliveries, where the call
// moved them, and of a pause. A start in local time is in the call alone: PostHog
// returns UTC.
func (s subscription) warnings(r engine.Rendering, moved bool) (all []string) {
	if moved && s.state() == "active" {
		all = s.rule().Warnings(r.Now)
	}
	if given, ok := schema.ParseTime(r.Args.Text("start_date")); ok {
		all = append(all, s.rule().LocalShifts(given, r.Zone, r.Now)...)
	}
	if s.state() == "paused" && r.Args.Is("enabled", "false") {
		all = append(all, enabling)
	}
	return all
}

// showReport writes what is sent.
func (s subscription) showReport(o *view.Object, r engine.Rendering) {
	o.Copy("dashboard", s.get("dashboard"))
	o.Copy("insight", s.get("insight"))
	prompt := s.text("prompt")
	if !r.Single {
		prompt = view.Cut(prompt, view.ShortText)
	}
	o.Text("prompt", prompt)
	if name := s.name(r); name != s.text("title") && name != s.text("prompt") {
		o.Text("resource_name", name)
	}
}

// showChosen writes which insights of a dashboard are sent.
func (s subscription) showChosen(o *view.Object) {
	if chosen := s.get(exported); len(chosen.Value().Array()) > 0 {
		o.Copy(exported, chosen)
	}
}

// showTarget writes where it goes: "email": "a@x.example" says both.
func (s subscription) showTarget(o *view.Object) {
	switch kind := s.text("target_type"); kind {
	case recipient.Teams:
		o.Text(kind, s.target().Audit()) // the address is a secret
	case recipient.Email, recipient.Slack, recipient.Webhook:
		o.Copy(kind, s.get("target_value"))
	default:
		o.Copy("target_type", s.get("target_type"))
		o.Copy("target_value", s.get("target_value"))
	}
}

// date is the day of a date and time.
func (s subscription) date(name string) string {
	day, _, _ := strings.Cut(s.text(name), "T")
	return day
}
