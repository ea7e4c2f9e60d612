package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
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
