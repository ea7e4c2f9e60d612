package sandbox

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"posthog-mcp/internal/sandbox/drf"
)

// dashboardView is a dashboard in a list, in the API's order.
type dashboardView struct {
	ID              int64      `json:"id"`
	Name            string     `json:"name"`
	Description     string     `json:"description"`
	Pinned          bool       `json:"pinned"`
	CreatedAt       drf.Time   `json:"created_at"`
	CreatedBy       *personRef `json:"created_by"`
	LastAccessedAt  *drf.Time  `json:"last_accessed_at"`
	LastViewedAt    *drf.Time  `json:"last_viewed_at"`
	IsShared        bool       `json:"is_shared"`
	Deleted         bool       `json:"deleted"`
	CreationMode    string     `json:"creation_mode"`
	Tags            []string   `json:"tags"`
	Restriction     int        `json:"restriction_level"`
	EffRestriction  int        `json:"effective_restriction_level"`
	EffPrivilege    int        `json:"effective_privilege_level"`
	UserAccessLevel string     `json:"user_access_level"`
	AccessVersion   string     `json:"access_control_version"`
	LastRefresh     *drf.Time  `json:"last_refresh"`
	TeamID          int64      `json:"team_id"`
	// Match is left out by servers that know no search.
	Match *string `json:"search_match_type,omitempty"`
}

func (w *world) showDashboard(d *dashboard) dashboardView {
	return dashboardView{
		ID: d.ID, Name: d.Name, Description: d.Description, Pinned: d.Pinned, CreatedAt: d.created, CreatedBy: w.personRef(d.author),
		CreationMode: "default", Tags: list(d.tags), Restriction: 21, EffRestriction: 21, EffPrivilege: 37,
		UserAccessLevel: w.switches.AccessLevel, AccessVersion: "v2", TeamID: d.project,
	}
}

// listDashboards has pinned ones first, then by name. Older servers pass over
// the search; newer ones show similar names, or only where none is exact.
func listDashboards(c *call) reply {
	text, err := c.searchText()
	if err != nil {
		return failed(err)
	}
	if c.switches.DashboardSearch == "absent" {
		text = ""
	}
	views := c.dashboardsMatching(text)
	slices.SortFunc(views, func(a, b dashboardView) int {
		return cmp.Or(compareMatch(a.Match, b.Match), pinnedFirst(a.Pinned, b.Pinned), cmp.Compare(a.Name, b.Name))
	})
	return ok(paginate(c, views))
}

func (c *call) dashboardsMatching(text string) []dashboardView {
	views := []dashboardView{}
	tags := c.query["tags"]
	exact := false
	for _, d := range c.dashboards {
		if d.project != c.project.ID || len(tags) > 0 && !slices.ContainsFunc(tags, func(t string) bool { return slices.Contains(d.tags, t) }) {
			continue
		}
		v := c.showDashboard(d)
		if text != "" {
			found := match(text, append([]string{d.Name, d.Description}, d.tags...)...)
			if found == "" {
				continue
			}
			exact = exact || found == exactMatch
			v.Match = &found
		}
		views = append(views, v)
	}
	if exact && c.switches.DashboardSearch == "exact" {
		views = slices.DeleteFunc(views, func(v dashboardView) bool { return *v.Match != exactMatch })
	}
	return views
}

func compareMatch(a, b *string) int {
	if a == nil || b == nil {
		return 0
	}
	return strings.Compare(*a, *b)
}

func pinnedFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

type dashboardDetail struct {
	dashboardView
	Filters   map[string]any `json:"filters"`
	Variables map[string]any `json:"variables"`
	Theme     *int           `json:"data_color_theme_id"`
	Tiles     []tileView     `json:"tiles"`
}

type tileView struct {
	ID          int64          `json:"id"`
	Layouts     map[string]any `json:"layouts"`
	Color       *string        `json:"color"`
	Insight     *insightView   `json:"insight"`
	Text        *textView      `json:"text"`
	ButtonTile  *string        `json:"button_tile"`
	Widget      *string        `json:"widget"`
	Order       int            `json:"order"`
	LastRefresh *drf.Time      `json:"last_refresh"`
	IsCached    bool           `json:"is_cached"`
}

type textView struct {
	Body string `json:"body"`
}

func getDashboard(c *call) reply {
	id, err := strconv.ParseInt(c.values["id"], 10, 64)
	d := c.dashboards[id]
	if err != nil || d == nil || d.project != c.project.ID {
		return failed(drf.NotFound())
	}
	v := dashboardDetail{dashboardView: c.showDashboard(d), Filters: map[string]any{}, Variables: map[string]any{}, Tiles: []tileView{}}
	for i, t := range d.tiles {
		if t.deleted {
			continue
		}
		tv := tileView{ID: t.ID, Order: i, IsCached: true, Layouts: map[string]any{"sm": map[string]int{"x": i % 2 * 6, "y": i / 2 * 5, "w": 6, "h": 5}}}
		if t.insight != 0 {
			tv.Insight = new(c.showInsight(c.insights[t.insight], true))
		} else {
			tv.Text = &textView{t.text}
		}
		v.Tiles = append(v.Tiles, tv)
	}
	return ok(v)
}
