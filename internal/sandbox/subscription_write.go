package sandbox

import (
	"net/http"
	"slices"
	"time"

	"posthog-mcp/internal/sandbox/drf"
)

func createSubscription(c *call) reply {
	fresh := complete("subscription", row{"team_id": c.project["id"], "created_at": c.now, "created_by": c.user["id"]})
	d, err := c.draft(fresh, nil, false)
	if err != nil {
		return failed(err)
	}
	s := d.new.with(row{"id": c.id()})
	c.keep(s, 0)
	view := c.show("subscription", s)
	if s.is("enabled") && !s.is("deleted") {
		c.deliver(s, recipients(s), First, c.now)
	}
	return reply{status: http.StatusCreated, body: view}
}

// keep stores the row; before is the size of its previous state.
func (c *call) keep(s row, before int) {
	c.text += size(s) - before
	c.put("subscriptions", s)
	c.expect(s)
}

// updateSubscription answers PATCH if partial, else PUT. A PUT needs the required
// fields; other fields that the body leaves out stay the same.
func updateSubscription(partial bool) func(*call) reply {
	return func(c *call) reply {
		old := c.named("subscriptions")
		if old == nil {
			return failed(drf.NotFound())
		}
		d, err := c.draft(old.with(row{"invite_message": nil}), old, partial)
		if err != nil {
			return failed(err)
		}
		s := d.new
		c.keep(s, size(old))
		view := c.show("subscription", s)
		if s.is("enabled") && !s.is("deleted") && s.text("target_value") != old.text("target_value") {
			c.deliver(s, added(recipients(old), recipients(s)), Invitation, c.now)
		}
		return ok(view)
	}
}

// added returns the recipients that before does not have: a changed target sends to
// new recipients only.
func added(before, after []string) []string {
	known := map[string]bool{}
	for _, r := range before {
		known[r] = true
	}
	return slices.DeleteFunc(after, func(r string) bool { return known[r] })
}

// draft applies the body to the row and checks the result. old is nil for a new
// subscription.
func (c *call) draft(onto, old row, partial bool) (*draft, *drf.Error) {
	data, err := c.object()
	if err != nil {
		return nil, err
	}
	for _, f := range fields("subscription") {
		if _, named := data[f.Name]; !named && f.Kind == drf.Boolean && c.isForm() && !partial {
			// A form leaves out unchecked boxes.
			data[f.Name] = "false"
		}
	}
	given, err := drf.Read(fields("subscription"), data, partial, c.checkField)
	if err != nil {
		return nil, err
	}
	if list, ok := given[exportInsights].([]any); ok {
		given[exportInsights] = insightIDs(list)
	}
	d := &draft{call: c, new: onto.with(given), old: old, given: given, moved: slices.ContainsFunc(scheduleFields, given.Has)}
	// A delivery that was due while the subscription was off is not made up.
	if d.moved || old != nil && (!old.is("enabled") && d.new.is("enabled") || old.is("deleted") && !d.new.is("deleted")) {
		d.new = reschedule(d.new, c.now)
	}
	return d, d.check()
}

// forbidDestroy is PostHog's mixin for rows that are only marked as deleted. It
// answers 405 without a body, even for unknown ids.
func forbidDestroy(*call) reply { return empty(http.StatusMethodNotAllowed) }

func sendTestDelivery(c *call) reply {
	s := c.named("subscriptions")
	switch {
	case s == nil:
		return failed(drf.NotFound())
	case s.is("deleted"):
		return empty(http.StatusNotFound)
	case !s.is("enabled"):
		return plain(http.StatusConflict, "detail", "Subscription is disabled. Re-enable it before sending a test delivery.")
	case c.switches.DeliveryRunning:
		return plain(http.StatusConflict, "detail", "Delivery already in progress")
	case c.switches.SchedulerDown:
		return plain(http.StatusInternalServerError, "detail", "Failed to schedule delivery")
	}
	c.deliver(s, recipients(s), Test, c.now)
	return empty(http.StatusAccepted)
}

func summaryQuota(c *call) reply {
	org := c.project.text("organization")
	active, limit := c.summaries(org), c.summaryLimit(org)
	return ok(object{{"active_count", active}, {"limit", limit}, {"at_limit", active >= limit}})
}

// catchUp is the most deliveries that a subscription makes up after a jump of the
// clock.
const catchUp = 20

// deliverDue sends all deliveries that are due by now.
func (w *world) deliverDue(now time.Time) {
	if now.Before(w.nextDue) {
		return
	}
	sent := map[int64]int{}
	for s := w.firstDue(now); s != nil; s = w.firstDue(now) {
		due := s.time("next_delivery_date")
		w.deliver(s, recipients(s), Scheduled, due)
		from := due
		if sent[s.number("id")]++; sent[s.number("id")] > catchUp {
			from = now
		}
		w.put("subscriptions", reschedule(w.find("subscriptions", 0, s["id"]), from))
	}
	w.nextDue = now.AddDate(1, 0, 0)
	for _, s := range w.tables["subscriptions"] {
		if s.is("enabled") && !s.is("deleted") {
			w.expect(s)
		}
	}
}

// firstDue returns the subscription with the earliest due delivery; nil for none. So
// the deliveries are sent in order of time.
func (w *world) firstDue(now time.Time) (first row) {
	for _, s := range w.tables["subscriptions"] {
		next, due := s["next_delivery_date"].(time.Time)
		if !due || next.After(now) || !s.is("enabled") || s.is("deleted") {
			continue
		}
		if first == nil || next.Before(first.time("next_delivery_date")) {
			first = s
		}
	}
	return first
}

// expect makes sure that nextDue is not after the next delivery of s.
func (w *world) expect(s row) {
	if next, due := s["next_delivery_date"].(time.Time); due && next.Before(w.nextDue) {
		w.nextDue = next
	}
}
