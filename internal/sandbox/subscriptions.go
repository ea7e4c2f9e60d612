package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
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
		"summary":       func(w *world, s row) any { return w.rule(s).Summary() },
		"team_id":       func(_ *world, s row) any { return s["team_id"] },
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
		// The API never shows a message again.
		"nothing": func(*world, row) any { return nil },
	}
}

// resourceType returns what the subscription delivers: insight, dashboard or ai_prompt;
// empty for nothing.
func resourceType(s row) string {
	switch {
	case s["insight"] != nil:
		return "insight"
	case s["dashboard"] != nil:
		return "dashboard"
	case s.text("prompt") != "":
		return "ai_prompt"
	}
	return ""
}

// target returns the target as servers show it. Of a channel of Microsoft Teams, that
// is the host: who knows the whole URL can post to the channel.
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

// resourceName returns the name of what the subscription delivers; empty for nothing.
// An insight without a name is called "None".
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

// size returns the bytes of free text in the row.
func size(s row) int {
	n := 8*len(s.ids(exportInsights)) + 16*len(s.texts("byweekday"))
	for _, name := range []string{"target_value", "prompt", "summary_prompt_guide", "title", "invite_message"} {
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
	if column := contentColumns[q.Get("resource_type")]; column != "" && (column != "prompt" || c.today()) {
		tests = append(tests, func(s row) bool { return s[column] != nil && s[column] != "" })
	}
	if kind := q.Get("target_type"); kind != "" {
		kinds := "target_types " + string(c.switches.Generation)
		if !oneOf(kinds, kind) {
			return nil, drf.Invalid("target_type", "Must be one of: "+strings.Join(rules().Choices[kinds], ", ")+".")
		}
		tests = append(tests, func(s row) bool { return s.text("target_type") == kind })
	}
	for _, name := range []string{"insight", "dashboard"} {
		ids, err := c.idsOf(name, "Must be an integer ID.")
		if err != nil {
			return nil, err
		}
		if ids != nil {
			tests = append(tests, func(s row) bool { return s[name] == ids[0] })
		}
	}
	if c.today() {
		more, err := c.newerFilter()
		if err != nil {
			return nil, err
		}
		tests = append(tests, more...)
	}
	return func(s row) bool {
		return !slices.ContainsFunc(tests, func(t func(row) bool) bool { return !t(s) })
	}, nil
}

var contentColumns = map[string]string{"insight": "insight", "dashboard": "dashboard", "ai_prompt": "prompt"}

// newerFilter reads the filters that only newer servers have, and leaves out what the
// caller may not view.
func (c *call) newerFilter() ([]func(row) bool, *drf.Error) {
	tests := []func(row) bool{c.views}
	insights, err := c.idsOf("insights", "Must be a comma-separated list of integer insight IDs.")
	if err != nil {
		return nil, err
	}
	if insights != nil {
		tests = append(tests, func(s row) bool { return slices.Contains(insights, s.number("insight")) })
	}
	boards, err := c.idsOf("dashboard_tiles", "Must be an integer ID.")
	if err != nil || boards == nil {
		return tests, err
	}
	board := c.find("dashboards", c.project.number("id"), boards[0])
	switch {
	case board == nil:
		return nil, drf.Invalid("dashboard_tiles", "This dashboard does not belong to your team.")
	case boards[0] == c.switches.Unviewable:
		return nil, drf.Denied("You do not have viewer access to this resource.")
	}
	return append(tests, func(s row) bool {
		t := tileOf(board, s["insight"])
		return s["insight"] != nil && t != nil && !t.is("deleted")
	}), nil
}

// idsOf reads a parameter of ids, separated by commas; nil if it is absent.
func (c *call) idsOf(name, refusal string) (ids []int64, _ *drf.Error) {
	for text := range strings.SplitSeq(c.query.Get(name), ",") {
		id, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		switch {
		case c.query.Get(name) == "":
			return nil, nil
		case (err != nil || len(ids) == 1 && name != "insights") && !c.today():
			// Older servers do not catch Python's ValueError here.
			return nil, drf.Crashed()
		case err != nil || len(ids) == 1 && name != "insights":
			return nil, drf.Invalid(name, refusal)
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// views reports whether the caller may view what the subscription delivers.
func (w *world) views(s row) bool {
	hidden := w.switches.Unviewable
	return hidden == 0 || !w.today() || s["insight"] != hidden && s["dashboard"] != hidden && !slices.Contains(s.ids(exportInsights), hidden)
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
		names := []string{s.text("title"), insight.text("name"), insight.text("derived_name"), c.find("dashboards", 0, s["dashboard"]).text("name"), s.text("prompt")}
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
	s, err := c.subscription()
	if err != nil {
		return failed(err)
	}
	return ok(c.show("subscription", s))
}

// subscription returns the one that the path names. The filter deleted applies to it
// too.
func (c *call) subscription() (row, *drf.Error) {
	s, asked := c.named("subscriptions"), c.query.Get("deleted")
	switch {
	case s == nil, asked != "" && s.is("deleted") != isTrue(asked):
		return nil, drf.NotFound()
	case !c.views(s):
		return nil, drf.Denied("You do not have viewer access to this subscription. Ask an admin to grant you access.")
	}
	return s, nil
}
