package sandbox

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"posthog-mcp/internal/sandbox/drf"
)

// deliveryPage is the size of a page of the history; nothing changes it.
const deliveryPage = 50

// deliveryStates are what the history can be filtered by, sorted as the error
// lists them.
var deliveryStates = []string{"completed", "failed", "skipped", "starting"}

// A snapshot is what a delivery held: the dashboard or insight at that time,
// with each insight's results.
type snapshot struct {
	Dashboard *snapshotBoard    `json:"dashboard"`
	Total     int               `json:"total_insight_count"`
	Insights  []snapshotInsight `json:"insights"`
}

type snapshotBoard struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

type snapshotInsight struct {
	ID        int64    `json:"id"`
	ShortID   string   `json:"short_id"`
	Name      string   `json:"name"`
	QueryHash string   `json:"query_hash"`
	CacheKey  string   `json:"cache_key"`
	Results   []series `json:"query_results"`
}

// workflow is the scheduler's name of a delivery; test deliveries of one
// subscription share it, which keeps them apart.
func workflow(subscription int64, why Occasion) string {
	if why == Test {
		return "test-delivery-subscription-" + strconv.FormatInt(subscription, 10)
	}
	return "handle-subscription-value-change-" + strconv.FormatInt(subscription, 10)
}

// showDelivery fills in the snapshot, which is not kept.
func (w *world) showDelivery(d *delivery) delivery {
	v := *d
	for _, s := range w.subscriptions {
		if s.id != d.Subscription {
			continue
		}
		ids := s.exportInsights
		if s.dashboard != nil {
			v.Snapshot.Dashboard = &snapshotBoard{*s.dashboard, w.dashboards[*s.dashboard].Name}
		} else if s.insight != nil {
			ids = []int64{*s.insight}
		}
		v.Snapshot.Total = len(ids)
		v.Snapshot.Insights = make([]snapshotInsight, len(ids))
		for n, id := range ids {
			i := w.insights[id]
			v.Snapshot.Insights[n] = snapshotInsight{i.ID, i.ShortID, i.title(), "q" + i.ShortID, "cache_" + i.ShortID, i.result()}
		}
	}
	return v
}

type cursorPage struct {
	Next     *string    `json:"next"`
	Previous *string    `json:"previous"`
	Results  []delivery `json:"results"`
}

// listDeliveries filters by project and id alone: an unknown subscription has
// an empty history. Newest first.
func listDeliveries(c *call) reply {
	if state := c.query.Get("status"); state != "" && !slices.Contains(deliveryStates, state) {
		return failed(drf.Invalid("status", "Must be one of: "+strings.Join(deliveryStates, ", ")+"."))
	}
	rows := c.pastOf()
	start, err := cursorStart(c.query.Get("cursor"), len(rows))
	if err != nil {
		return failed(err)
	}
	end := min(start+deliveryPage, len(rows))
	p := cursorPage{Results: []delivery{}}
	for _, d := range rows[start:end] {
		p.Results = append(p.Results, c.showDelivery(d))
	}
	if end < len(rows) {
		p.Next = c.cursorURL(end)
	}
	if start > 0 {
		p.Previous = c.cursorURL(max(start-deliveryPage, 0))
	}
	return ok(p)
}

func (c *call) pastOf() []*delivery {
	var rows []*delivery
	s := c.subscription()
	for _, d := range slices.Backward(c.deliveries) {
		if s != nil && d.Subscription == s.id && (c.query.Get("status") == "" || c.query.Get("status") == d.Status) {
			rows = append(rows, d)
		}
	}
	return rows
}

// A cursor is opaque to clients; here it is where the page starts.
func cursorStart(cursor string, total int) (int, *drf.Error) {
	if cursor == "" {
		return 0, nil
	}
	raw, err := base64.StdEncoding.DecodeString(cursor)
	position, ok := strings.CutPrefix(string(raw), "p=")
	n, convErr := strconv.Atoi(position)
	if err != nil || !ok || convErr != nil || n < 0 {
		return 0, drf.Missing("Invalid cursor")
	}
	return min(n, total), nil
}

func (c *call) cursorURL(start int) *string {
	query := c.r.URL.Query()
	query.Set("cursor", base64.StdEncoding.EncodeToString([]byte("p="+strconv.Itoa(start))))
	link := c.base + c.r.URL.EscapedPath() + "?" + query.Encode()
	return &link
}

func getDelivery(c *call) reply {
	for _, d := range c.pastOf() {
		if strings.EqualFold(d.ID, c.values["delivery"]) {
			return ok(c.showDelivery(d))
		}
	}
	return failed(drf.NotFound())
}

// seedDeliveries gives some subscriptions a history: more than a page, a
// partial success, a failure, one that was skipped.
func (w *world) seedDeliveries() {
	growth := w.findSubscription(ProjectMain, firstSubscription)
	for i := range 64 {
		w.pastDelivery(growth, moment("2024-04-08T07:00:00Z").AddDate(0, 0, 7*i), i)
	}
	for _, id := range []int64{firstSubscription + 1, firstSubscription + 2, firstSubscription + 8} {
		s := w.findSubscription(ProjectMain, id)
		for i := range 3 {
			w.pastDelivery(s, s.startDate.AddDate(0, i, 0), i)
		}
	}
	// Nothing of the past is news.
	w.outbox, w.fresh = nil, nil
}

func (w *world) pastDelivery(s *subscription, at time.Time, n int) {
	w.deliver(s, s.recipients(), Scheduled, at)
	d := w.deliveries[len(w.deliveries)-1]
	switch {
	case n%20 == 7 && len(d.Results) > 1:
		d.Results[1] = recipientResult{d.Results[1].Recipient, "failed", &deliveryError{"Mailbox unavailable", "smtp_error"}}
	case n%20 == 13:
		d.Status, d.Results, d.Error = "failed", []recipientResult{}, &deliveryError{"Failed to generate exports", "export_error"}
	case n%20 == 17:
		d.Status, d.Results, d.FinishedAt = "skipped", []recipientResult{}, nil
	}
}
