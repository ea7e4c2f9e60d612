package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"posthog-mcp/internal/sandbox/drf"
)

// listDashboards sorts pinned dashboards first, then by name. Older servers ignore the search. Newer ones also find
// similar names, always or if there is no exact match.
func listDashboards(c *call) any {
	rows := c.rows("dashboards", func(d row) bool { return d.text("creation_mode") != "unlisted" })
	if c.switches.DashboardSearch == "absent" {
		for i := range rows {
			rows[i] = rows[i].with(row{"_match": omitted{}})
		}
		return c.list("dashboard", rows, "-pinned", "name")
	}
	rows = c.searched(rows, c.searchText(), "_match", "name", "description", "tags")
	isExact := func(d row) bool { return d["_match"] == "exact" }
	if c.switches.DashboardSearch == "exact" && slices.ContainsFunc(rows, isExact) {
		rows = where(rows, isExact)
	}
	return c.list("dashboard", rows, "_match", "-pinned", "name")
}

// dashboard returns the one in the path, and records the access in its row.
func (c *call) dashboard() row {
	d := c.named("dashboards").with(row{"last_accessed_at": c.now})
	c.put("dashboards", d)
	return d
}

func chartMembers() makers {
	return makers{
		"access_level": func(w *world, _ row) any { return w.switches.AccessLevel },
		"tiles": func(w *world, d row) any {
			out := []object{}
			for place, t := range d.rows("tiles") {
				if !t.is("deleted") {
					out = append(out, w.show("tile", t.with(row{"order": int64(place)})))
				}
			}
			return out
		},
		"insight": func(w *world, t row) any {
			if t["insight"] == nil {
				return nil
			}
			return w.show("insight_with_result", w.find("insights", 0, t["insight"]))
		},
		"query": func(_ *world, i row) any {
			if i["kind"] == nil {
				return nil
			}
			series := []row{{"kind": "EventsNode", "event": i["event"], "math": "total"}}
			return row{"kind": "InsightVizNode", "source": row{"kind": i["kind"], "series": series, "interval": "day", "dateRange": row{"date_from": "-30d"}}}
		},
		"dashboards": func(w *world, i row) any { return w.dashboardsOf(i) },
		"dashboard_tiles": func(w *world, i row) any {
			out := []object{}
			for _, d := range w.tables["dashboards"] {
				if t := tileOf(d, i["id"]); t != nil {
					out = append(out, object{{"id", t["id"]}, {"dashboard_id", d["id"]}, {"deleted", t.is("deleted")}})
				}
			}
			return out
		},
		"result": func(_ *world, i row) any { return results(i) },
	}
}

// tileOf returns the dashboard's tile of the insight, also a deleted one; nil for none.
func tileOf(dashboard row, insight any) row {
	for _, t := range dashboard.rows("tiles") {
		if t["insight"] == insight {
			return t
		}
	}
	return nil
}

// isTrue reports whether a query's value is true, as insights spell it.
func isTrue(text string) bool { return text == "true" || text == "1" }

// insightKind is the kind of object that the query asks for: basic leaves the results out.
func (c *call) insightKind() string {
	return map[bool]string{true: "insight", false: "insight_with_result"}[isTrue(c.query.Get("basic"))]
}

// listInsights has the filters that tools send.
func listInsights(c *call) any {
	var boards []int64
	text, short := c.query.Get("dashboards"), c.query.Get("short_id")
	// PostHog does not catch Python's JSONDecodeError here.
	refuse(text != "" && json.Unmarshal([]byte(text), &boards) != nil, drf.Crashed())
	rows := c.rows("insights", func(i row) bool {
		on := c.dashboardsOf(i)
		return (short == "" || short == i.text("short_id")) && !slices.ContainsFunc(boards, func(id int64) bool { return !slices.Contains(on, id) })
	})
	rows = c.searched(rows, c.searchText(), "search_match_type", "name", "derived_name", "description", "tags")
	return c.list(c.insightKind(), rows, "search_match_type")
}

// insight finds the one in the path by its number, or by its short id.
func (c *call) insight() row {
	if i := c.by("insights", "short_id", c.values["id"]); i != nil && i["team_id"] == c.project["id"] {
		return i
	}
	return c.named("insights")
}

// holds reports whether the dashboard has a tile of the insight that is not deleted.
func holds(dashboard row, insight any) bool {
	t := tileOf(dashboard, insight)
	return t != nil && !t.is("deleted")
}

func (w *world) dashboardsOf(insight row) []int64 {
	out := []int64{}
	for _, d := range w.tables["dashboards"] {
		if holds(d, insight["id"]) {
			out = append(out, d.number("id"))
		}
	}
	return out
}

// A chart has a line for each value of its breakdown, with a point per day. A page of history repeats them all and
// has some megabytes, as PostHog's has.
const lines, days = 8, 30

func results(i row) []object {
	labels, dates := make([]string, days), make([]string, days)
	for n := range days {
		day := time.Date(2025, 5, 1+n, 0, 0, 0, 0, time.UTC)
		labels[n], dates[n] = day.Format("2-Jan-2006"), day.Format(time.DateOnly)
	}
	out := make([]object, lines)
	for line := range out {
		data, count := make([]int64, days), int64(0)
		for n := range days {
			data[n] = (i.number("id")*7919 + int64(n)*104729 + int64(line)*611) % 900
			count += data[n]
		}
		out[line] = object{{"label", fmt.Sprintf("%s - segment %d", i.text("event"), line+1)}, {"count", count}, {"data", data}, {"labels", labels}, {"days", dates}}
	}
	return out
}

// title returns the insight's name, or else the derived one.
func title(insight row) string { return cmp.Or(insight.text("name"), insight.text("derived_name")) }
