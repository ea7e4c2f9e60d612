package sandbox

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"posthog-mcp/internal/sandbox/drf"
	"posthog-mcp/internal/sandbox/schedule"
)

func subscriptionMembers() makers {
	return makers{
		"short_id": func(w *world, s row) any { return w.find("insights", 0, s["insight"])["short_id"] },
		"resource_name": func(w *world, s row) any {
			name := w.resourceName(s)
			return map[bool]any{true: nil, false: name}[name == ""]
		},
		"summary":       func(w *world, s row) any { return w.rule(s).Summary() },
		"target":        func(_ *world, s row) any { return target(s) },
		"resource_type": func(_ *world, s row) any { return resourceType(s) },
		"contexts": func(w *world, s row) any {
			out := []object{}
			for _, c := range s.rows("contexts") {
				if d := w.find("dashboards", 0, c["dashboard_id"]); d != nil {
					out = append(out, object{{"dashboard_id", d["id"]}, {"dashboard_name", d["name"]}})
				} else if i := w.find("insights", 0, c["insight_id"]); i != nil {
					out = append(out, object{{"insight_id", i["id"]}, {"insight_short_id", i["short_id"]}, {"insight_name", title(i)}})
				}
			}
			return out
		},
	}
}

// resourceType returns what the subscription delivers: insight, dashboard or ai_prompt; empty for nothing.
func resourceType(s row) string {
	for _, kind := range []string{"insight", "dashboard"} {
		if s[kind] != nil {
			return kind
		}
	}
	return map[bool]string{true: "ai_prompt"}[s.text("prompt") != ""]
}

// target returns the target as servers show it: of Microsoft Teams only the host, since the URL is a secret.
func target(s row) string {
	if s.text("target_type") == "teams" {
		return host(s.text("target_value"))
	}
	return s.text("target_value")
}

func host(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// resourceName names what the subscription delivers; empty for nothing. An insight without a name is called "None".
func (w *world) resourceName(s row) string {
	switch {
	case s["insight"] != nil:
		if name := title(w.find("insights", 0, s["insight"])); name != "" {
			return name
		}
		return "None"
	case s["dashboard"] != nil:
		return w.find("dashboards", 0, s["dashboard"]).text("name")
	}
	if prompt := []rune(s.text("prompt")); len(prompt) > 0 {
		return cmp.Or(s.text("title"), string(prompt[:min(len(prompt), 60)]))
	}
	return ""
}

func (w *world) rule(s row) schedule.Rule {
	return schedule.Rule{
		Newer:     w.today(),
		Frequency: s.text("frequency"), Interval: s.number("interval"), Weekdays: s.texts("byweekday"), SetPos: pointer[int64](s, "bysetpos"),
		Count: pointer[int64](s, "count"), Start: s.time("start_date"), Until: pointer[time.Time](s, "until_date"),
	}
}

// reschedule sets the time of the next delivery; null if there is none.
func (w *world) reschedule(s row, now time.Time) row {
	if next, ok, err := w.rule(s).Next(now); err == nil && ok {
		return s.with(row{"next_delivery_date": next})
	}
	return s.with(row{"next_delivery_date": nil})
}

// recipients returns the addresses of the target. PostHog splits at commas and does not trim.
func recipients(s row) []string {
	if s.text("target_type") != "email" {
		return []string{s.text("target_value")}
	}
	return strings.Split(s.text("target_value"), ",")
}

func (w *world) summaries(org string) int {
	return len(where(w.tables["subscriptions"], func(s row) bool {
		return s.is("summary_enabled") && !s.is("deleted") && w.find("projects", 0, s["team_id"]).text("organization") == org
	}))
}

func (w *world) summaryLimit(org string) int {
	return map[string]int{"free": 10, "paid": 20, "enterprise": 100}[w.plan(org)]
}

func listSubscriptions(c *call) any {
	return c.list("subscription", c.rows("subscriptions", c.subscriptionFilter()), c.order()...)
}

// filters are the parameters of the list, in PostHog's order. Each has the test of a value, or ends the call.
var filters = []struct {
	only Generation
	name string
	test func(c *call, value string) func(row) bool
}{
	{"", "created_by", func(c *call, value string) func(row) bool {
		bare := strings.ToLower(strings.ReplaceAll(value, "-", ""))
		refuse(!uuidForm().MatchString(value), drf.Invalid("created_by", "Not a valid UUID."))
		return func(s row) bool {
			return strings.ReplaceAll(c.find("users", 0, s["created_by"]).text("uuid"), "-", "") == bare
		}
	}},
	{"", "resource_type", func(c *call, value string) func(row) bool {
		column := map[string]string{"insight": "insight", "dashboard": "dashboard", "ai_prompt": map[bool]string{true: "prompt"}[c.today()]}[value]
		return func(s row) bool { return column == "" || s[column] != nil && s[column] != "" }
	}},
	{"", "target_type", func(c *call, value string) func(row) bool {
		kinds := "target_types " + string(c.switches.Generation)
		refuse(!oneOf(kinds, value), drf.Invalid("target_type", "Must be one of: "+strings.Join(rules().Choices[kinds], ", ")+"."))
		return func(s row) bool { return s.text("target_type") == value }
	}},
	{"", "insight", func(_ *call, value string) func(row) bool { return among("insight", value) }},
	{"", "dashboard", func(_ *call, value string) func(row) bool { return among("dashboard", value) }},
	{Today, "insights", func(_ *call, value string) func(row) bool { return among("insight", value) }},
	{Today, "dashboard_tiles", func(c *call, value string) func(row) bool {
		id, _ := strconv.ParseInt(value, 10, 64)
		board := c.find("dashboards", c.project.number("id"), id)
		refuse(board == nil, drf.Invalid("dashboard_tiles", "This dashboard does not belong to your team."))
		refuse(id == c.switches.Unviewable, drf.Denied("You do not have viewer access to this resource."))
		return func(s row) bool { return s["insight"] != nil && holds(board, s["insight"]) }
	}},
}

// among tests a column for one of the ids, which tools join by commas.
func among(column, ids string) func(row) bool {
	return func(s row) bool { return slices.Contains(strings.Split(ids, ","), fmt.Sprint(s[column])) }
}

func (c *call) subscriptionFilter() func(row) bool {
	tests := []func(row) bool{c.search(c.query.Get("search")), func(s row) bool { return s.is("deleted") == isTrue(c.query.Get("deleted")) }, c.views}
	for _, f := range filters {
		if value := c.query.Get(f.name); value != "" && (f.only == "" || f.only == c.switches.Generation) {
			tests = append(tests, f.test(c, value))
		}
	}
	return func(s row) bool { return !slices.ContainsFunc(tests, func(t func(row) bool) bool { return !t(s) }) }
}

// views reports whether the caller may view what the subscription delivers.
func (w *world) views(s row) bool {
	hidden := w.switches.Unviewable
	return hidden == 0 || !w.today() || s["insight"] != hidden && s["dashboard"] != hidden && !slices.Contains(s.ids(exportInsights), hidden)
}

var uuidForm = drf.Pattern(`^(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$`)

// search keeps rows in which each term is part of one of the names. The framework splits at spaces and commas.
func (c *call) search(text string) func(row) bool {
	terms := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r == ' ' || r == ',' })
	return func(s row) bool {
		insight := c.find("insights", 0, s["insight"])
		names := []string{s.text("title"), insight.text("name"), insight.text("derived_name"), c.find("dashboards", 0, s["dashboard"]).text("name"), s.text("prompt")}
		return !slices.ContainsFunc(terms, func(term string) bool {
			return !slices.ContainsFunc(names, func(name string) bool { return strings.Contains(strings.ToLower(name), term) })
		})
	}
}

// order returns the columns in ordering, without unknown ones, and then the id.
func (c *call) order() []string {
	names := slices.DeleteFunc(strings.Split(strings.ReplaceAll(c.query.Get("ordering"), " ", ""), ","), func(name string) bool { return !oneOf("subscription_columns", strings.TrimPrefix(name, "-")) })
	if len(names) == 0 {
		names = []string{"-created_at"}
	}
	return append(names, "-id")
}

// subscription returns the one that the path names.
func (c *call) subscription() row {
	s := c.named("subscriptions")
	refuse(!c.views(s), drf.Denied("You do not have viewer access to this subscription. Ask an admin to grant you access."))
	return s
}
