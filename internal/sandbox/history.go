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

func deliveryMembers() makers {
	return makers{
		"snapshot":   func(w *world, d row) any { return w.snapshot(w.find("subscriptions", 0, d["subscription"])) },
		"created_at": func(_ *world, d row) any { return d["created_at"] },
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
	insights := []object{}
	for _, id := range ids {
		i := w.find("insights", 0, id)
		short := i.text("short_id")
		insights = append(insights, object{{"id", id}, {"short_id", short}, {"name", title(i)}, {"query_hash", "q" + short},
			{"cache_key", "cache_" + short}, {"query_results", results(i)}})
	}
	return object{{"dashboard", board}, {"total_insight_count", len(ids)}, {"insights", insights}}
}

// listDeliveries filters by project and id alone: an unknown subscription has
// an empty history. Newest first.
func listDeliveries(c *call) reply {
	if state := c.query.Get("status"); state != "" && !oneOf("delivery_states", state) {
		return failed(drf.Invalid("status", "Must be one of: "+strings.Join(rules().Choices["delivery_states"], ", ")+"."))
	}
	rows := c.pastOf()
	// A cursor is opaque to clients; here it is where the page starts.
	text, err := base64.StdEncoding.DecodeString(c.query.Get("cursor"))
	start, convErr := strconv.Atoi(strings.TrimPrefix(string(text), "p="))
	if c.query.Has("cursor") && (err != nil || convErr != nil || start < 0) {
		return failed(drf.Missing("Invalid cursor"))
	}
	start = min(start, len(rows))
	end := min(start+deliveryPage, len(rows))
	link := func(there bool, start int) any {
		if !there {
			return nil
		}
		query := c.r.URL.Query()
		query.Set("cursor", base64.StdEncoding.EncodeToString([]byte("p="+strconv.Itoa(start))))
		return c.link(query)
	}
	return ok(object{
		{"next", link(end < len(rows), end)}, {"previous", link(start > 0, max(start-deliveryPage, 0))},
		{"results", c.showAll("delivery", rows[start:end])},
	})
}

func (c *call) pastOf() []row {
	s, state := c.named("subscriptions"), c.query.Get("status")
	rows := where(c.tables["deliveries"], func(d row) bool {
		return s != nil && d["subscription"] == s["id"] && (state == "" || state == d.text("status"))
	})
	slices.Reverse(rows)
	return rows
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
