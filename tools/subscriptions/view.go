package subscriptions

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/lookup"
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
		by := s.get("created_by").Get("email").String()
		o.Text("created", strings.TrimSuffix(strings.TrimSpace(s.date("created_at")+" by "+by), " by"))
	}
}

func showCreated(o *view.Object, object gjson.Result, r engine.Rendering) {
	s := readSubscription(object)
	s.show(o, r)
	s.showGiven(o, r, "target_type", "target_value", "title", "enabled", "deleted", "summary_enabled")
}

// showUpdated is what identifies a subscription, what the call changed, and what
// follows from that.
func showUpdated(o *view.Object, object gjson.Result, r engine.Rendering) {
	s := readSubscription(object)
	wakes := s.state() == "active" && r.Gives("enabled", "deleted")
	moved := wakes || r.Gives(scheduling...)
	o.Raw("id", s.get("id"))
	if s.text("title") != "" || !r.Gives("title") {
		o.Text("title", cmp.Or(s.text("title"), s.name(r)))
	}
	if r.Gives(reported...) {
		s.showReport(o, r)
		s.showChosen(o)
	}
	if wakes || r.Gives(destination...) {
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

// showGiven adds what the call gave and the view does not show yet.
func (s subscription) showGiven(o *view.Object, r engine.Rendering, shown ...string) {
	shown = slices.Concat(shown, scheduling, reported)
	for _, a := range r.Args.List {
		name := a.Field.Name
		switch value := s.get(name); {
		case !value.Exists() || slices.Contains(shown, name):
		case value.Type == gjson.Null && name != "invite_message": // PostHog never returns that one
			o.JSON(name, []byte("null"))
		case name != "title" || value.String() == "":
			o.Raw(name, value)
		}
	}
}

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
		o.Text("next", s.date("next_delivery_date")) // the time of day is in the schedule; only an active one has it
	}
	if !r.Single {
		return
	}
	o.Flag("summary_enabled", s.get("summary_enabled").Bool())
	s.showChosen(o)
	if state == "active" {
		o.Texts("next", s.coming())
	}
	o.Texts("warnings", s.warnings(r, true))
	if s.get("id").Exists() {
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

func (s subscription) showReport(o *view.Object, r engine.Rendering) {
	o.Raw("dashboard", s.get("dashboard"))
	o.Raw("insight", s.get("insight"))
	prompt := s.text("prompt")
	if !r.Single {
		prompt = view.Cut(prompt, view.ShortText)
	}
	o.Text("prompt", prompt)
	if name := s.name(r); name != s.text("title") && name != s.text("prompt") {
		o.Text("resource_name", name)
	}
}

func (s subscription) showChosen(o *view.Object) {
	if chosen := s.get(exported); len(chosen.Array()) > 0 {
		o.Raw(exported, chosen)
	}
}

// showTarget writes where it goes: "email": "a@x.example" says both.
func (s subscription) showTarget(o *view.Object) {
	switch kind := s.text("target_type"); kind {
	case recipient.Teams:
		o.Text(kind, s.target().Audit()) // the address is a secret
	case recipient.Email, recipient.Slack, recipient.Webhook:
		o.Raw(kind, s.get("target_value"))
	default:
		o.Raw("target_type", s.get("target_type"))
		o.Raw("target_value", s.get("target_value"))
	}
}

func (s subscription) date(name string) string {
	day, _, _ := strings.Cut(s.text(name), "T")
	return day
}

// mostSubscriptions is PostHog's own limit for a project. Source: PostHog,
// posthog/resource_limits/registry.py.
const mostSubscriptions = 200

// changeQuery puts the caller's UUID in the place of @me, which PostHog does not
// know here. Where this server picks some of the subscriptions, it asks for all.
func changeQuery(ctx context.Context, c *engine.Call, query url.Values) *engine.Refusal {
	if wanted(c.Rendering) != nil {
		query.Set("limit", strconv.Itoa(mostSubscriptions))
	}
	if c.Args.Text("created_by") != "@me" {
		return nil
	}
	me, refusal := c.ReadOwner(ctx, "uuid")
	if refusal == nil {
		query.Set("created_by", me.Get("uuid").String())
	}
	return refusal
}

// wanted tells which subscriptions a call asks for, as far as PostHog, or an older
// one, cannot choose them; nil for all.
func wanted(r engine.Rendering) func(gjson.Result) bool {
	recipient := strings.ToLower(strings.TrimSpace(r.Args.Text("recipient")))
	state, ids := r.Args.Text("state"), r.Args.Text("insights")
	tiles, prompts := r.Args.Given("dashboard_tiles"), r.Args.Text("resource_type") == "ai_prompt"
	if recipient+state+ids == "" && !tiles && !prompts {
		return nil
	}
	return func(item gjson.Result) bool {
		insight := item.Get("insight")
		return (recipient == "" || isSentTo(item, recipient)) &&
			(state == "" || readSubscription(item).state() == state) &&
			(ids == "" || slices.Contains(strings.Split(ids, ","), insight.String())) &&
			(!tiles || !isOld(item) || r.Insights[insight.Int()] != "") &&
			(!prompts || !isOld(item))
	}
}

// isOld tells a PostHog that ignores the newer filters: it has no prompts either.
func isOld(item gjson.Result) bool { return !item.Get("resource_type").Exists() }

// isSentTo tells what goes to a recipient. A whole address, or a channel by its name
// with # or its id, is that one; anything else is a part of one.
func isSentTo(item gjson.Result, recipient string) bool {
	value := strings.ToLower(item.Get("target_value").String())
	if !strings.HasPrefix(recipient, "#") && strings.Index(recipient, "@") < 1 && !isChannel.MatchString(strings.ToUpper(recipient)) {
		return strings.Contains(value, recipient)
	}
	all := strings.FieldsFunc(value, func(c rune) bool { return c == ',' || c == '|' })
	return value == recipient || slices.ContainsFunc(all, func(one string) bool { return strings.TrimSpace(one) == recipient })
}

// columns are what PostHog orders by; it passes over other names. Source: PostHog,
// ee/api/subscription.py, ordering_fields.
var columns = []string{"created_at", "next_delivery_date", "title", "created_by__email"}

func orderNotice(ordering string) string {
	var unknown []string
	for name := range strings.SplitSeq(ordering, ",") {
		if name = strings.TrimPrefix(strings.TrimSpace(name), "-"); name != "" && !slices.Contains(columns, name) {
			unknown = append(unknown, strconv.Quote(view.Brief(name, view.ShortText)))
		}
	}
	return view.When(unknown != nil, "PostHog does not order by "+view.Few(unknown, mostNamed)+", but by "+strings.Join(columns, ", "))
}

// nameInsights reads the names of insights that PostHog's rows do not name, all of
// them at once, and the insights of a dashboard that an older PostHog cannot choose
// by. Where it cannot, the rows stay without.
func nameInsights(ctx context.Context, c *engine.Call, answer gjson.Result) *engine.Refusal {
	c.Notice = orderNotice(c.Args.Text("ordering"))
	tiles, is := c.Args.Text("dashboard_tiles"), wanted(c.Rendering)
	nameless := func(item gjson.Result) bool { return (is == nil || is(item)) && readSubscription(item).isNameless() }
	switch {
	case tiles != "" && slices.ContainsFunc(view.Items(answer.Get("results")), isOld):
		c.Insights = map[int64]string{}
		_, all, _ := lookup.ReadDashboard(ctx, c, tiles)
		for _, insight := range all {
			c.Insights[insight.ID] = insight.Name
		}
	case !c.Args.Given("fields") && mayLackNames(answer.Raw) && (nameless(answer) || slices.ContainsFunc(view.Items(answer.Get("results")), nameless)):
		c.Insights = lookup.ReadInsights(ctx, c)
	}
	return nil
}

// mayLackNames is false, at little cost, for most answers.
func mayLackNames(answer string) bool {
	return slices.ContainsFunc([]string{`"None"`, `null`, `""`}, func(none string) bool { return strings.Contains(answer, `"resource_name":`+none) })
}
