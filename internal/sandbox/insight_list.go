package sandbox

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"posthog-mcp/internal/sandbox/drf"
)

// insightView is an insight in the API's order; the light form has no result.
type insightView struct {
	ID             int64            `json:"id"`
	ShortID        string           `json:"short_id"`
	Name           *string          `json:"name"`
	DerivedName    *string          `json:"derived_name"`
	Filters        map[string]any   `json:"filters"`
	Query          any              `json:"query"`
	Dashboards     []int64          `json:"dashboards"`
	DashboardTiles []dashboardTile  `json:"dashboard_tiles"`
	Description    string           `json:"description"`
	LastRefresh    *drf.Time        `json:"last_refresh"`
	Refreshing     bool             `json:"refreshing"`
	Saved          bool             `json:"saved"`
	Tags           []string         `json:"tags"`
	UpdatedAt      drf.Time         `json:"updated_at"`
	CreatedBy      *personRef       `json:"created_by"`
	CreatedAt      drf.Time         `json:"created_at"`
	LastModifiedAt drf.Time         `json:"last_modified_at"`
	Favorited      bool             `json:"favorited"`
	AccessLevel    string           `json:"user_access_level"`
	LastViewedAt   *drf.Time        `json:"last_viewed_at"`
	Match          *string          `json:"search_match_type"`
	Result         []series         `json:"result,omitempty"`
	HogQL          string           `json:"hogql,omitempty"`
	Columns        []string         `json:"columns,omitempty"`
	IsCached       *bool            `json:"is_cached,omitempty"`
	Alerts         []map[string]any `json:"alerts,omitempty"`
}

type dashboardTile struct {
	ID        int64 `json:"id"`
	Dashboard int64 `json:"dashboard_id"`
	Deleted   bool  `json:"deleted"`
}

// A series is one line of a chart.
type series struct {
	Label  string   `json:"label"`
	Count  int64    `json:"count"`
	Data   []int64  `json:"data"`
	Labels []string `json:"labels"`
	Days   []string `json:"days"`
}

// days is how many points a chart has.
const days = 30

func (w *world) showInsight(i *insight, full bool) insightView {
	v := insightView{
		ID: i.ID, ShortID: i.ShortID, Name: i.Name, DerivedName: i.Derived, Filters: map[string]any{}, Query: i.query(),
		Dashboards: []int64{}, DashboardTiles: []dashboardTile{}, Description: i.Description, Saved: i.saved, Tags: list(i.tags),
		UpdatedAt: i.modified, CreatedBy: w.personRef(i.author), CreatedAt: moment("2024-04-01T09:00:00Z"), LastModifiedAt: i.modified,
		AccessLevel: w.switches.AccessLevel,
	}
	for _, d := range w.dashboardsByID() {
		for _, t := range d.tiles {
			if t.insight != i.ID {
				continue
			}
			v.DashboardTiles = append(v.DashboardTiles, dashboardTile{t.ID, d.ID, t.deleted})
			if !t.deleted {
				v.Dashboards = append(v.Dashboards, d.ID)
			}
		}
	}
	if full {
		v.Result, v.HogQL, v.IsCached = i.result(), "SELECT toStartOfDay(timestamp) AS day, count() FROM events GROUP BY day", new(true)
		v.Columns = []string{"day", "count"}
	}
	return v
}

func (w *world) dashboardsByID() []*dashboard {
	out := make([]*dashboard, 0, len(w.dashboards))
	for _, d := range w.dashboards {
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b *dashboard) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// query is the insight's definition as newer projects store it.
func (i *insight) query() any {
	if i.kind == "" {
		return nil
	}
	return map[string]any{"kind": "InsightVizNode", "source": map[string]any{
		"kind": i.kind, "series": []any{map[string]any{"kind": "EventsNode", "event": i.event, "math": "total"}},
		"interval": "day", "dateRange": map[string]any{"date_from": "-30d"},
	}}
}

func (i *insight) result() []series {
	s := series{Label: i.event, Data: make([]int64, days), Labels: make([]string, days), Days: make([]string, days)}
	for n := range days {
		s.Data[n] = (i.ID*7919 + int64(n)*104729) % 900
		s.Count += s.Data[n]
		day := moment("2025-05-01T00:00:00Z").AddDate(0, 0, n)
		s.Labels[n], s.Days[n] = day.Format("2-Jan-2006"), day.Format("2006-01-02")
	}
	return []series{s}
}

// isTrue is the spelling of yes that insights take in a query.
func isTrue(text string) bool { return text == "true" || text == "1" }

func listInsights(c *call) reply {
	text, err := c.searchText()
	if err != nil {
		return failed(err)
	}
	var wanted []int64
	if raw := c.query.Get("dashboards"); raw != "" && json.Unmarshal([]byte(raw), &wanted) != nil {
		// Nobody catches Python's JSONDecodeError there.
		return failed(drf.Crashed())
	}
	views := []insightView{}
	for _, i := range c.insights {
		if i.project != c.project.ID || !c.insightMatches(i) {
			continue
		}
		v := c.showInsight(i, !isTrue(c.query.Get("basic")))
		if slices.ContainsFunc(wanted, func(id int64) bool { return !slices.Contains(v.Dashboards, id) }) {
			continue
		}
		if text != "" {
			found := match(text, append([]string{i.name(), i.derivedName(), i.Description}, i.tags...)...)
			if found == "" {
				continue
			}
			v.Match = &found
		}
		views = append(views, v)
	}
	slices.SortFunc(views, func(a, b insightView) int { return cmp.Or(compareMatch(a.Match, b.Match), cmp.Compare(a.ID, b.ID)) })
	return ok(paginate(c, views))
}

func (c *call) insightMatches(i *insight) bool {
	q := c.query
	if id := q.Get("short_id"); id != "" && id != i.ShortID {
		return false
	}
	if kind := q.Get("insight"); kind != "" && !strings.HasPrefix(strings.ToUpper(i.kind), strings.ToUpper(kind)) {
		return false
	}
	if q.Has("user") && i.author != c.user.ID || q.Has("favorited") {
		return false
	}
	return !isTrue(q.Get("saved")) || i.saved
}

// getInsight takes a number, or a short id.
func getInsight(c *call) reply {
	raw := c.values["id"]
	id, err := strconv.ParseInt(raw, 10, 64)
	for _, i := range c.insights {
		if i.project == c.project.ID && (err == nil && i.ID == id || i.ShortID == raw) {
			return ok(c.showInsight(i, !isTrue(c.query.Get("basic"))))
		}
	}
	return failed(drf.NotFound())
}
