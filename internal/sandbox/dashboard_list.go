package sandbox

import (
	"cmp"
	"slices"
	"strconv"

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
	Match *foundAs `json:"search_match_type,omitempty"`
}

func (w *world) showDashboard(d *dashboard) dashboardView {
	return dashboardView{
		ID: d.ID, Name: d.Name, Description: d.Description, Pinned: d.Pinned, CreatedAt: d.created, CreatedBy: w.personRef(d.author),
		LastAccessedAt: d.accessed, CreationMode: d.mode, Tags: list(d.tags), Restriction: 21, EffRestriction: 21, EffPrivilege: 37,
		UserAccessLevel: w.switches.AccessLevel, AccessVersion: "v2", TeamID: d.project,
	}
}

// foundAs is how a search found something, null without a search.
type foundAs string

// MarshalJSON writes the empty text as null.
func (f foundAs) MarshalJSON() ([]byte, error) {
	if f == "" {
		return []byte("null"), nil
	}
	return drf.Encode(string(f))
}

// listDashboards has pinned ones first, then by name. Older servers pass over
// the search; newer ones show similar names, or only where none is exact.
func listDashboards(c *call) reply {
	text, err := c.searchText()
	switch {
	case c.switches.DashboardSearch == "absent":
		text = ""
	case err != nil:
		return failed(err)
	}
	views := c.dashboardsMatching(text)
	slices.SortFunc(views, func(a, b dashboardView) int {
		return cmp.Or(compareMatch(a.Match, b.Match), pinnedFirst(a.Pinned, b.Pinned), cmp.Compare(a.Name, b.Name))
	})
	return ok(paginate(c, views))
}

func (c *call) dashboardsMatching(text string) []dashboardView {
	views := []dashboardView{}
	exact := false
	for _, d := range c.dashboards {
		if d.project != c.project.ID || !c.lists(d) {
			continue
		}
		v := c.showDashboard(d)
		if c.switches.DashboardSearch != "absent" {
			v.Match = new(foundAs)
		}
		if text != "" {
			*v.Match = match(text, append([]string{d.Name, d.Description}, d.tags...)...)
			if *v.Match == "" {
				continue
			}
			exact = exact || *v.Match == exactMatch
		}
		views = append(views, v)
	}
	if exact && c.switches.DashboardSearch == "exact" {
		views = slices.DeleteFunc(views, func(v dashboardView) bool { return *v.Match != exactMatch })
	}
	return views
}

// lists says whether a list has the dashboard: with one of the tags, and of
// the kind that was asked for; unlisted ones only then.
func (c *call) lists(d *dashboard) bool {
	tags := c.query["tags"]
	if len(tags) > 0 && !slices.ContainsFunc(tags, func(t string) bool { return slices.Contains(d.tags, t) }) {
		return false
	}
	if mode := c.query.Get("creation_mode"); mode != "" {
		return d.mode == mode
	}
	return d.mode != "unlisted"
}

// compareMatch has exact matches before similar ones.
func compareMatch(a, b *foundAs) int {
	if a == nil || b == nil {
		return 0
	}
	return cmp.Compare(*a, *b)
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
	Filters            map[string]any `json:"filters"`
	Variables          map[string]any `json:"variables"`
	PersistedFilters   map[string]any `json:"persisted_filters"`
	PersistedVariables map[string]any `json:"persisted_variables"`
	Colors             []any          `json:"breakdown_colors"`
	Theme              *int           `json:"data_color_theme_id"`
	QuickFilters       []any          `json:"quick_filter_ids"`
	Tiles              []tileView     `json:"tiles"`
}

type tileView struct {
	ID          int64          `json:"id"`
	Layouts     map[string]any `json:"layouts"`
	Color       *string        `json:"color"`
	Insight     *insightView   `json:"insight"`
	Text        *textView      `json:"text"`
	ButtonTile  *string        `json:"button_tile"`
	Widget      *widgetView    `json:"widget"`
	Order       int            `json:"order"`
	LastRefresh *drf.Time      `json:"last_refresh"`
	IsCached    bool           `json:"is_cached"`
}

type widgetView struct {
	Kind   string         `json:"widget_type"`
	Config map[string]any `json:"config"`
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
	d.accessed = &drf.Time{Time: c.now}
	v := dashboardDetail{dashboardView: c.showDashboard(d), Filters: map[string]any{}, Variables: map[string]any{}, Colors: []any{},
		QuickFilters: []any{}, Tiles: []tileView{}}
	for i, t := range d.tiles {
		if !t.deleted {
			v.Tiles = append(v.Tiles, c.showTile(i, t))
		}
	}
	return ok(v)
}

func (w *world) showTile(place int, t tile) tileView {
	layout := map[string]int{"x": place % 2 * 6, "y": place / 2 * 5, "w": 6, "h": 5}
	v := tileView{ID: t.ID, Order: place, IsCached: true, Layouts: map[string]any{"sm": layout}}
	switch {
	case t.insight != 0:
		v.Insight = new(w.showInsight(w.insights[t.insight], true))
	case t.widget != "":
		v.Widget = &widgetView{t.widget, map[string]any{}}
	default:
		v.Text = &textView{t.text}
	}
	return v
}
