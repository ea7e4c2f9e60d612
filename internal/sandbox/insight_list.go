package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

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
	Match          foundAs          `json:"search_match_type"`
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

// A chart has a line for each of its breakdown's values, with a point a day: a
// page of history, which repeats them all, is some megabytes, as PostHog's is.
const (
	lines = 8
	days  = 30
)

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
	labels, dates := make([]string, days), make([]string, days)
	for n := range days {
		day := moment("2025-05-01T00:00:00Z").AddDate(0, 0, n)
		labels[n], dates[n] = day.Format("2-Jan-2006"), day.Format(time.DateOnly)
	}
	out := make([]series, lines)
	for line := range out {
		s := series{Label: fmt.Sprintf("%s - segment %d", i.event, line+1), Data: make([]int64, days), Labels: labels, Days: dates}
		for n := range days {
			s.Data[n] = (i.ID*7919 + int64(n)*104729 + int64(line)*611) % 900
			s.Count += s.Data[n]
		}
		out[line] = s
	}
	return out
}

// isTrue is the spelling of yes that insights take in a query.
func isTrue(text string) bool { return text == "true" || text == "1" }

func listInsights(c *call) reply {
	text, err := c.searchText()
	if err != nil {
		return failed(err)
	}
	f, good := c.insightFilter()
	column, known := c.insightOrder()
	if !good || !known {
		// Nobody catches Python's JSONDecodeError, or the ORM's error, there.
		return failed(drf.Crashed())
	}
	views := []insightView{}
	for _, i := range c.insights {
		if i.project != c.project.ID || !c.insightMatches(i) {
			continue
		}
		v := c.showInsight(i, !isTrue(c.query.Get("basic")))
		if text != "" {
			v.Match = match(text, append([]string{i.name(), i.derivedName(), i.Description}, i.tags...)...)
		}
		if f.keeps(i, &v) && (text == "" || v.Match != "") {
			views = append(views, v)
		}
	}
	slices.SortFunc(views, func(a, b insightView) int {
		return cmp.Or(column(a, b), cmp.Compare(a.Match, b.Match), cmp.Compare(a.ID, b.ID))
	})
	return ok(paginate(c, views))
}

// insightFilter is the part of the query that is JSON. All of the dashboards,
// any of the others.
type insightFilter struct {
	dashboards, authors []int64
	tags                []string
	saved               bool
}

func (c *call) insightFilter() (f insightFilter, good bool) {
	f.saved = isTrue(c.query.Get("saved"))
	for name, into := range map[string]any{"dashboards": &f.dashboards, "created_by": &f.authors, "tags": &f.tags} {
		if raw := c.query.Get(name); raw != "" && json.Unmarshal([]byte(raw), into) != nil {
			return f, false
		}
	}
	return f, true
}

// keeps looks at the insight and where it stands: on a dashboard counts as
// saved.
func (f *insightFilter) keeps(i *insight, v *insightView) bool {
	if slices.ContainsFunc(f.dashboards, func(id int64) bool { return !slices.Contains(v.Dashboards, id) }) {
		return false
	}
	if f.authors != nil && !slices.Contains(f.authors, i.author) {
		return false
	}
	if f.tags != nil && !slices.ContainsFunc(f.tags, func(t string) bool { return slices.Contains(i.tags, t) }) {
		return false
	}
	return !f.saved || i.saved || len(v.Dashboards) > 0
}

type insightOrder func(a, b insightView) int

// insightOrder is the column that order names; known is false for one that is
// not there. The table's own order is of no use to anybody.
func (c *call) insightOrder() (_ insightOrder, known bool) {
	name, descending := strings.CutPrefix(c.query.Get("order"), "-")
	column, known := map[string]insightOrder{
		"":                 func(a, b insightView) int { return 0 },
		"id":               func(a, b insightView) int { return cmp.Compare(a.ID, b.ID) },
		"name":             func(a, b insightView) int { return nullsLast(a.Name, b.Name, strings.Compare) },
		"created_at":       func(a, b insightView) int { return a.CreatedAt.Compare(b.CreatedAt.Time) },
		"updated_at":       func(a, b insightView) int { return a.UpdatedAt.Compare(b.UpdatedAt.Time) },
		"last_modified_at": func(a, b insightView) int { return a.LastModifiedAt.Compare(b.LastModifiedAt.Time) },
		"last_viewed_at":   func(a, b insightView) int { return 0 },
	}[name]
	if !descending || !known {
		return column, known
	}
	return func(a, b insightView) int { return column(b, a) }, true
}

func (c *call) insightMatches(i *insight) bool {
	q := c.query
	if id := q.Get("short_id"); id != "" && id != i.ShortID {
		return false
	}
	if kind := q.Get("insight"); kind != "" && !strings.HasPrefix(strings.ToUpper(i.kind), strings.ToUpper(kind)) {
		return false
	}
	return !q.Has("favorited") && (!q.Has("user") || i.author == c.user.ID)
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
