package sandbox

import (
	"slices"

	"posthog-mcp/internal/sandbox/drf"
)

// listDashboards has pinned ones first, then by name. Older servers pass over
// the search; newer ones show similar names, or only where none is exact.
func listDashboards(c *call) reply {
	text, err := c.searchText()
	if c.switches.DashboardSearch == "absent" {
		text, err = "", nil
	}
	if err != nil {
		return failed(err)
	}
	rows := c.searched(c.rows("dashboards", c.lists), text, "_match", "name", "description", "tags")
	switch isExact := func(d row) bool { return d["_match"] == exactMatch }; {
	case c.switches.DashboardSearch == "absent":
		for i := range rows {
			rows[i] = rows[i].with(row{"_match": omitted{}})
		}
	case c.switches.DashboardSearch == "exact" && slices.ContainsFunc(rows, isExact):
		rows = where(rows, isExact)
	}
	return c.list("dashboard", rows, "_match", "-pinned", "name")
}

// lists says whether a list has the dashboard: with one of the tags, and of
// the kind that was asked for; unlisted ones only then.
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

// getDashboard is noted in the row, and has each tile's results.
func getDashboard(c *call) reply {
	d := c.named("dashboards")
	if d == nil {
		return failed(drf.NotFound())
	}
	d = d.with(row{"last_accessed_at": c.now})
	c.put("dashboards", d)
	return ok(c.show("dashboard_detail", d))
}

func dashboardMembers() makers {
	return makers{
		"match":        func(_ *world, d row) any { return d["_match"] },
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

// tileOf is the dashboard's tile of the insight; nil for none. A deleted one
// is gone from the page and still in the table.
func tileOf(dashboard row, insight any) row {
	for _, t := range dashboard.rows("tiles") {
		if t["insight"] == insight {
			return t
		}
	}
	return nil
}
