package sandbox

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"posthog-mcp/internal/sandbox/drf"
	"posthog-mcp/internal/sandbox/schedule"
)

// scheduleFields are the fields that change the next delivery.
var scheduleFields = []string{"frequency", "interval", "byweekday", "bysetpos", "count", "start_date", "until_date"}

const exportInsights = "dashboard_export_insights"

// checkField checks a value against the world while the serializer reads it.
func (c *call) checkField(name string, value any) *drf.Error {
	switch name {
	case "dashboard", "insight":
		if c.find(name+"s", 0, value) == nil {
			return drf.NoSuchKey(name, fmt.Sprint(value))
		}
	case exportInsights:
		list, ok := value.([]any)
		if !ok {
			return drf.Invalid(name, "Expected a list of insight IDs.")
		}
		if slices.ContainsFunc(list, func(v any) bool { _, ok := integer(v); return !ok }) {
			return drf.Invalid(name, "All items must be integers.")
		}
	}
	return nil
}

// integer returns a decoded number without a fraction.
func integer(v any) (int64, bool) {
	number, _ := v.(json.Number)
	n, err := strconv.ParseInt(number.String(), 10, 64)
	return n, err == nil
}

// insightIDs returns the ids in order, without duplicates.
func insightIDs(list []any) []int64 {
	out := make([]int64, 0, min(len(list), 64))
	seen := make(map[int64]bool, len(list))
	for _, item := range list {
		if id, _ := integer(item); !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

func subscriptionMembers() makers {
	return makers{
		"short_id": func(w *world, s row) any { return w.find("insights", 0, s["insight"])["short_id"] },
		"resource_name": func(w *world, s row) any {
			name := w.resourceName(s)
			return map[bool]any{true: nil, false: name}[name == ""]
		},
		"summary": func(_ *world, s row) any { return rule(s).Summary() },
		"team_id": func(_ *world, s row) any { return s["team_id"] },
		// The API never shows a message again.
		"nothing": func(*world, row) any { return nil },
	}
}

// resourceName returns the name of the subscription's dashboard or insight; empty
// for neither. An insight without a name is called "None".
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
	return ""
}

func rule(s row) schedule.Rule {
	return schedule.Rule{
		Frequency: s.text("frequency"), Interval: s.number("interval"), Weekdays: s.texts("byweekday"), SetPos: pointer[int64](s, "bysetpos"),
		Count: pointer[int64](s, "count"), Start: s.time("start_date"), Until: pointer[time.Time](s, "until_date"),
	}
}

// reschedule sets the time of the next delivery; null if there is none.
func reschedule(s row, now time.Time) row {
	if next, ok, err := rule(s).Next(now); err == nil && ok {
		return s.with(row{"next_delivery_date": next})
	}
	return s.with(row{"next_delivery_date": nil})
}

// size returns the bytes of free text in the row.
func size(s row) int {
	n := 8*len(s.ids(exportInsights)) + 16*len(s.texts("byweekday"))
	for _, name := range []string{"target_value", "summary_prompt_guide", "title", "invite_message"} {
		n += len(s.text(name))
	}
	return n
}

// recipients returns the addresses of the target. PostHog splits at commas and does
// not trim.
func recipients(s row) []string {
	if s.text("target_type") != "email" {
		return []string{s.text("target_value")}
	}
	return strings.Split(s.text("target_value"), ",")
}

// summaries returns the number of active AI summaries in the organisation.
func (w *world) summaries(org string) int {
	return len(where(w.tables["subscriptions"], func(s row) bool {
		return s.is("summary_enabled") && !s.is("deleted") && w.find("projects", 0, s["team_id"]).text("organization") == org
	}))
}

// summaryLimit returns the plan's limit of active AI summaries.
func (w *world) summaryLimit(org string) int {
	return map[string]int{"free": 10, "paid": 20, "enterprise": 100}[w.plan(org)]
}

func listSubscriptions(c *call) reply {
	keep, err := c.subscriptionFilter()
	if err != nil {
		return failed(err)
	}
	return c.list("subscription", c.rows("subscriptions", keep), c.order()...)
}

// subscriptionFilter reads the filters of the query, in PostHog's order.
func (c *call) subscriptionFilter() (func(row) bool, *drf.Error) {
	q := c.query
	tests := []func(row) bool{c.search(q.Get("search")), func(s row) bool { return s.is("deleted") == isTrue(q.Get("deleted")) }}
	if raw := q.Get("created_by"); raw != "" {
		if !uuidForm().MatchString(raw) {
			return nil, drf.Invalid("created_by", "Not a valid UUID.")
		}
		bare := strings.ReplaceAll(raw, "-", "")
		tests = append(tests, func(s row) bool {
			return strings.EqualFold(strings.ReplaceAll(c.find("users", 0, s["created_by"]).text("uuid"), "-", ""), bare)
		})
	}
	if kind := q.Get("resource_type"); kind == "insight" || kind == "dashboard" {
		tests = append(tests, func(s row) bool { return s[kind] != nil })
	}
	if kind := q.Get("target_type"); kind != "" {
		if !slices.Contains([]string{"email", "slack", "webhook"}, kind) {
			return nil, drf.Invalid("target_type", "Must be one of: email, slack, webhook.")
		}
		tests = append(tests, func(s row) bool { return s.text("target_type") == kind })
	}
	for _, name := range []string{"insight", "dashboard"} {
		id, err := strconv.ParseInt(q.Get(name), 10, 64)
		switch {
		case q.Get(name) == "":
		case err != nil:
			// PostHog does not catch Python's ValueError here.
			return nil, drf.Crashed()
		default:
			tests = append(tests, func(s row) bool { return s[name] == id })
		}
	}
	return func(s row) bool {
		return !slices.ContainsFunc(tests, func(t func(row) bool) bool { return !t(s) })
	}, nil
}

var uuidForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$`)
})

// search keeps rows in which each term is part of one of the names. The
// framework splits at spaces and commas.
func (c *call) search(text string) func(row) bool {
	terms := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r == ' ' || r == ',' })
	return func(s row) bool {
		insight := c.find("insights", 0, s["insight"])
		names := []string{s.text("title"), insight.text("name"), insight.text("derived_name"), c.find("dashboards", 0, s["dashboard"]).text("name")}
		return !slices.ContainsFunc(terms, func(term string) bool {
			return !slices.ContainsFunc(names, func(name string) bool { return strings.Contains(strings.ToLower(name), term) })
		})
	}
}

// order returns the columns in ordering, without unknown ones, and then the id.
func (c *call) order() []string {
	names := slices.DeleteFunc(strings.Split(strings.ReplaceAll(c.query.Get("ordering"), " ", ""), ","), func(name string) bool {
		return !oneOf("subscription_columns", strings.TrimPrefix(name, "-"))
	})
	if len(names) == 0 {
		names = []string{"-created_at"}
	}
	return append(names, "-id")
}

func getSubscription(c *call) reply {
	s := c.named("subscriptions")
	if asked := c.query.Get("deleted"); s == nil || asked != "" && s.is("deleted") != isTrue(asked) {
		return failed(drf.NotFound())
	}
	return ok(c.show("subscription", s))
}
