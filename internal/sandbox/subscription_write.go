package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"posthog-mcp/internal/sandbox/drf"
)

func createSubscription(c *call) any {
	fresh := complete("subscription", row{"id": c.nextID + 1, "team_id": c.project["id"], "created_at": c.now, "created_by": c.user["id"]})
	d := c.draft(fresh, nil)
	c.id()
	return d.store()
}

func changeSubscription(c *call) any {
	old := c.subscription()
	return c.draft(old.with(row{"invite_message": nil}), old).store()
}

// store stores the draft and returns it as it was before the delivery that follows.
func (d *draft) store() object {
	d.put("subscriptions", d.new)
	view := d.show("subscription", d.new)
	d.announce()
	return view
}

// announce starts the delivery that follows the write. Older servers start one after each change, which only new
// recipients get. If it cannot be started, they answer with an error, and newer ones as if nothing were wrong.
func (d *draft) announce() {
	s := d.new
	wanted, asked := d.given["send_test_now"].(bool)
	to := recipients(s)
	switch {
	case !s.is("enabled"), s.is("deleted"), asked && !wanted, d.today() && (d.switches.SchedulerDown || !asked && !d.relevant()):
		return
	case d.switches.SchedulerDown:
		fail(drf.Crashed())
	case d.creating():
	case s.text("target_value") != d.old.text("target_value"):
		to = added(recipients(d.old), to)
	case !d.today():
		return
	}
	d.deliver(s, to, targetChange, d.now)
}

// relevant reports whether the write changes what is delivered, and to whom.
func (d *draft) relevant() bool {
	return d.creating() || d.reenabled() || slices.ContainsFunc(rules().Choices["relevant"], func(name string) bool {
		return !bytes.Equal(raw(d.old[name]), raw(d.new[name]))
	}) || !slices.Equal(slices.Sorted(slices.Values(d.old.ids(exportInsights))), slices.Sorted(slices.Values(d.new.ids(exportInsights))))
}

// added returns the recipients that before does not have: a changed target sends to new recipients only.
func added(before, after []string) []string {
	known := map[string]bool{}
	for _, r := range before {
		known[r] = true
	}
	return slices.DeleteFunc(after, func(r string) bool { return known[r] })
}

// draft applies the body to the row and checks the result. old is nil for a new subscription.
func (c *call) draft(onto, old row) *draft {
	given := c.read("subscription", c.object(), old != nil, c.checkField)
	if list, named := given[exportInsights].([]any); named {
		given[exportInsights] = insightIDs(list)
	}
	settle(given, old)
	d := &draft{call: c, new: onto.with(given), old: old, given: given, moved: slices.ContainsFunc(scheduleFields, given.has)}
	// A delivery that was due while the subscription was off is not made up.
	if d.moved || old != nil && (!old.is("enabled") && d.new.is("enabled") || old.is("deleted") && !d.new.is("deleted")) {
		d.new = c.reschedule(d.new, c.now)
	}
	d.check()
	return d
}

// settle converts newer servers' fields. A delivery_config replaces the old one, except for the parts of an AI report.
func settle(given, old row) {
	if config, ok := given["delivery_config"].(map[string]any); ok {
		for name, value := range config {
			_, isBool := value.(bool)
			refuse(!isBool, drf.Invalid("delivery_config__"+name, "Must be a valid boolean."))
		}
		kept := row{}
		if resourceType(old) == "ai_prompt" {
			kept = as[row](old, "delivery_config")
		}
		given["delivery_config"] = merged(kept, config)
	}
	if contexts, ok := given["contexts"].([]any); ok {
		refuse(len(contexts) > mostContexts, drf.Rejected("contexts", "max_length", fmt.Sprintf("Ensure this field has no more than %d elements.", mostContexts)))
		stored := []row{}
		for _, item := range contexts {
			object, _ := item.(map[string]any)
			stored = append(stored, row{"dashboard_id": idOf(object["dashboard_id"]), "insight_id": idOf(object["insight_id"])})
		}
		given["contexts"] = stored
	}
}

var scheduleFields = []string{"frequency", "interval", "byweekday", "bysetpos", "count", "start_date", "until_date"}

const exportInsights = "dashboard_export_insights"

func (c *call) checkField(name string, value any) *drf.Error {
	if (name == "dashboard" || name == "insight") && c.find(name+"s", 0, value) == nil {
		return drf.NoSuchKey(name, fmt.Sprint(value))
	}
	return nil
}

// insightIDs drops repetitions.
func insightIDs(list []any) []int64 {
	out := []int64{}
	for _, item := range list {
		if id, isID := idOf(item).(int64); isID && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// idOf returns a decoded number as an int64; nil for anything else.
func idOf(v any) any {
	number, _ := v.(json.Number)
	if n, err := number.Int64(); err == nil {
		return n
	}
	return nil
}

func sendTestDelivery(c *call) any {
	s := c.subscription()
	stop(s.is("deleted"), http.StatusNotFound, "", "")
	stop(!s.is("enabled"), http.StatusConflict, "detail", "Subscription is disabled. Re-enable it before sending a test delivery.")
	stop(c.switches.DeliveryRunning, http.StatusConflict, "detail", "Delivery already in progress")
	stop(c.switches.SchedulerDown, http.StatusInternalServerError, "detail", "Failed to schedule delivery")
	c.deliver(s, recipients(s), manual, c.now)
	return nil
}

func summaryQuota(c *call) any {
	org := c.project.text("organization")
	active, limit := c.summaries(org), c.summaryLimit(org)
	return object{{"active_count", active}, {"limit", limit}, {"at_limit", active >= limit}}
}

// deliverDue sends the deliveries that are due, in order of time. After a jump of the clock, a subscription makes up 20.
func (w *world) deliverDue(now time.Time) {
	isDue := func(s row) bool {
		next, ok := s["next_delivery_date"].(time.Time)
		return ok && !w.cycle(next).After(now) && s.is("enabled") && !s.is("deleted")
	}
	sent := map[any]int{}
	for rows := where(w.tables["subscriptions"], isDue); len(rows) > 0; rows = where(w.tables["subscriptions"], isDue) {
		w.sort(rows, "next_delivery_date")
		s, due := rows[0], rows[0].time("next_delivery_date")
		w.deliver(s, recipients(s), scheduled, w.cycle(due))
		if sent[s["id"]]++; sent[s["id"]] > 20 {
			due = now
		}
		w.put("subscriptions", w.reschedule(w.find("subscriptions", 0, s["id"]), due))
	}
}

// cycle returns when a delivery that is due is sent: newer servers send every half hour.
func (w *world) cycle(due time.Time) time.Time {
	if w.today() {
		return due.Add(30*time.Minute - time.Nanosecond).Truncate(30 * time.Minute)
	}
	return due
}
