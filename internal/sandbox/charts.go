package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"posthog-mcp/internal/sandbox/drf"
)

// listDashboards sorts pinned dashboards first, then by name. Older servers ignore the search. Newer ones also find
// similar names, always or if there is no exact match.
func listDashboards(c *call) any {
	rows := c.rows("dashboards", c.lists)
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

// lists reports whether the dashboard has one of the query's tags and its creation_mode. Without a mode, unlisted
// dashboards are left out.
func (c *call) lists(d row) bool {
	tags := c.query["tags"]
	if len(tags) > 0 && !slices.ContainsFunc(tags, func(t string) bool { return slices.Contains(d.texts("tags"), t) }) {
		return false
	}
	if mode := c.query.Get("creation_mode"); mode != "" {
		return d.text("creation_mode") == mode
	}
	return d.text("creation_mode") != "unlisted"
}

// getDashboard answers with each tile's results, and records the access in the row.
func getDashboard(c *call) any {
	d := c.named("dashboards").with(row{"last_accessed_at": c.now})
	c.put("dashboards", d)
	return c.show("dashboard_detail", d)
}

func dashboardMembers() makers {
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
		"layouts": func(_ *world, t row) any {
			place := t.number("order")
			return map[string]any{"sm": map[string]int64{"x": place % 2 * 6, "y": place / 2 * 5, "w": 6, "h": 5}}
		},
		"insight": func(w *world, t row) any {
			if t["insight"] == nil {
				return nil
			}
			return w.show("insight", w.find("insights", 0, t["insight"]).with(row{"_whole": true}))
		},
	}
}

// tileOf returns the dashboard's tile of the insight; nil for none. A deleted tile is not on the page but still in
// the table.
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

func listInsights(c *call) any {
	text, f := c.searchText(), c.insightFilter()
	if !oneOf("insight_columns", strings.TrimPrefix(c.query.Get("order"), "-")) {
		fail(drf.Crashed()) // PostHog does not catch the ORM's error here.
	}
	rows := c.rows("insights", func(i row) bool { return c.keeps(f, i) })
	rows = c.searched(rows, text, "search_match_type", "name", "derived_name", "description", "tags")
	if !isTrue(c.query.Get("basic")) {
		for n := range rows {
			rows[n] = rows[n].with(row{"_whole": true})
		}
	}
	// Without a column the order is the table's, which PostHog does not define.
	return c.list("insight", rows, c.query.Get("order"), "search_match_type")
}

// insightFilter is the JSON part of the query. An insight must be on all of the dashboards, and match any of the
// other values.
type insightFilter struct {
	dashboards, authors []int64
	tags                []string
}

func (c *call) insightFilter() (f insightFilter) {
	for name, into := range map[string]any{"dashboards": &f.dashboards, "created_by": &f.authors, "tags": &f.tags} {
		if raw := c.query.Get(name); raw != "" && json.Unmarshal([]byte(raw), into) != nil {
			fail(drf.Crashed()) // PostHog does not catch Python's JSONDecodeError here.
		}
	}
	return f
}

// keeps reports whether the insight matches the filter. An insight on a dashboard counts as saved.
func (c *call) keeps(f insightFilter, i row) bool {
	q, boards := c.query, c.dashboardsOf(i)
	switch id, kind := q.Get("short_id"), strings.ToUpper(q.Get("insight")); {
	case id != "" && id != i.text("short_id"), !strings.HasPrefix(strings.ToUpper(i.text("kind")), kind):
		return false
	case q.Has("favorited"), q.Has("user") && i["created_by"] != c.user["id"]:
		return false
	case slices.ContainsFunc(f.dashboards, func(id int64) bool { return !slices.Contains(boards, id) }):
		return false
	case f.authors != nil && !slices.Contains(f.authors, i.number("created_by")):
		return false
	case f.tags != nil && !slices.ContainsFunc(f.tags, func(t string) bool { return slices.Contains(i.texts("tags"), t) }):
		return false
	}
	return !isTrue(q.Get("saved")) || i.is("saved") || len(boards) > 0
}

// getInsight finds an insight by its number, or by its short id.
func getInsight(c *call) any {
	whole := row{"_whole": !isTrue(c.query.Get("basic"))}
	if i := c.by("insights", "short_id", c.values["id"]); i != nil && i["team_id"] == c.project["id"] {
		return c.show("insight", i.with(whole))
	}
	return c.show("insight", c.named("insights").with(whole))
}

func insightMembers() makers {
	whole := func(make func(i row) any) maker {
		return func(_ *world, i row) any {
			if !i.is("_whole") {
				return omitted{}
			}
			return make(i)
		}
	}
	return makers{
		"query":      func(_ *world, i row) any { return query(i) },
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
		"result":    whole(func(i row) any { return results(i) }),
		"hogql":     whole(func(row) any { return "SELECT toStartOfDay(timestamp) AS day, count() FROM events GROUP BY day" }),
		"columns":   whole(func(row) any { return []string{"day", "count"} }),
		"is_cached": whole(func(row) any { return true }),
	}
}

// dashboardsOf returns the dashboards with a tile of the insight, without deleted tiles.
func (w *world) dashboardsOf(insight row) []int64 {
	out := []int64{}
	for _, d := range w.tables["dashboards"] {
		if t := tileOf(d, insight["id"]); t != nil && !t.is("deleted") {
			out = append(out, d.number("id"))
		}
	}
	return out
}

func query(i row) any {
	if i["kind"] == nil {
		return nil
	}
	return row{"kind": "InsightVizNode", "source": row{
		"kind": i["kind"], "series": []row{{"kind": "EventsNode", "event": i["event"], "math": "total"}},
		"interval": "day", "dateRange": row{"date_from": "-30d"},
	}}
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
