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

type snapshotInsight struct {
	ID        any      `json:"id"`
	ShortID   any      `json:"short_id"`
	Name      string   `json:"name"`
	QueryHash string   `json:"query_hash"`
	CacheKey  string   `json:"cache_key"`
	Results   []series `json:"query_results"`
}

func deliveryMembers() makers {
	return makers{
		"snapshot":   func(w *world, d row, _ string) any { return w.snapshot(w.find("subscriptions", 0, d["subscription"])) },
		"created_at": func(_ *world, d row, _ string) any { return d["created_at"] },
	}
}

// snapshot is what a delivery held: the dashboard or insight, with each
// insight's results. It is not kept but made when it is asked for.
func (w *world) snapshot(s row) object {
	ids, board := s.ids(exportInsights), any(nil)
	if d := w.find("dashboards", 0, s["dashboard"]); d != nil {
		board = object{{"id", d["id"]}, {"name", d["name"]}}
	} else if s["insight"] != nil {
		ids = []int64{s.number("insight")}
	}
	insights := []snapshotInsight{}
	for _, id := range ids {
		i := w.find("insights", 0, id)
		insights = append(insights, snapshotInsight{i["id"], i["short_id"], title(i), "q" + i.text("short_id"), "cache_" + i.text("short_id"), results(i)})
	}
	return object{{"dashboard", board}, {"total_insight_count", len(ids)}, {"insights", insights}}
}

type cursorPage struct {
	Next     *string  `json:"next"`
	Previous *string  `json:"previous"`
	Results  []object `json:"results"`
}

// listDeliveries filters by project and id alone: an unknown subscription has
// an empty history. Newest first.
func listDeliveries(c *call) reply {
	if state := c.query.Get("status"); state != "" && !oneOf("delivery_states", state) {
		return failed(drf.Invalid("status", "Must be one of: "+strings.Join(rules().Choices["delivery_states"], ", ")+"."))
	}
	rows := c.pastOf()
	start, err := cursorStart(c.query.Get("cursor"), len(rows))
	if err != nil {
		return failed(err)
	}
	end := min(start+deliveryPage, len(rows))
	p := cursorPage{Results: c.showAll("delivery", rows[start:end])}
	if end < len(rows) {
		p.Next = c.cursorURL(end)
	}
	if start > 0 {
		p.Previous = c.cursorURL(max(start-deliveryPage, 0))
	}
	return ok(p)
}

func (c *call) pastOf() []row {
	s, state := c.named("subscriptions"), c.query.Get("status")
	rows := where(c.tables["deliveries"], func(d row) bool {
		return s != nil && d["subscription"] == s["id"] && (state == "" || state == d.text("status"))
	})
	slices.Reverse(rows)
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
	return c.link(query)
}

func getDelivery(c *call) reply {
	for _, d := range c.pastOf() {
		if strings.EqualFold(d.text("id"), c.values["delivery"]) {
			return ok(c.show("delivery", d))
		}
	}
	return failed(drf.NotFound())
}

// seedDeliveries gives some subscriptions a history: more than a page, a
// partial success, a failure, one that was skipped.
func (w *world) seedDeliveries() {
	for i := range 64 {
		w.pastDelivery(1101, time.Date(2024, 4, 8+7*i, 7, 0, 0, 0, time.UTC), i)
	}
	for _, id := range []int64{1102, 1103, 1109} {
		for i := range 3 {
			w.pastDelivery(id, w.find("subscriptions", 0, id).time("start_date").AddDate(0, i, 0), i)
		}
	}
	// Nothing of the past is news.
	w.outbox, w.fresh = nil, nil
}

func (w *world) pastDelivery(id int64, at time.Time, n int) {
	s := w.find("subscriptions", 0, id)
	w.deliver(s, recipients(s), Scheduled, at)
	d := w.tables["deliveries"][len(w.tables["deliveries"])-1]
	results := d["recipient_results"].([]recipientResult)
	switch {
	case n%20 == 7 && len(results) > 1:
		results[1] = recipientResult{results[1].Recipient, "failed", &deliveryError{"Mailbox unavailable", "smtp_error"}}
	case n%20 == 13:
		d["status"], d["recipient_results"], d["error"] = "failed", []recipientResult{}, &deliveryError{"Failed to generate exports", "export_error"}
	case n%20 == 17:
		d["status"], d["recipient_results"], d["finished_at"] = "skipped", []recipientResult{}, nil
	}
}
