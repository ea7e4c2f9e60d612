package sandbox

import (
	"net/http"
	"strconv"
	"time"

	"posthog-mcp/internal/sandbox/drf"
)

func createSubscription(c *call) reply {
	s := &subscription{project: c.project.ID, interval: 1, enabled: true, createdAt: c.now, createdBy: c.user.ID}
	d, err := c.draft(s, nil, false)
	if err != nil {
		return failed(err)
	}
	s.id = c.id()
	c.subscriptions = append(c.subscriptions, s)
	c.text += s.size()
	c.expect(s)
	view := c.show(s)
	if s.enabled && !s.deleted {
		c.deliver(d.new, s.recipients(), First, c.now)
	}
	return reply{status: http.StatusCreated, body: view}
}

func patchSubscription(c *call) reply { return c.updateSubscription(true) }

// putSubscription differs from a PATCH in that required fields are required;
// what else the body leaves out stays as it is.
func putSubscription(c *call) reply { return c.updateSubscription(false) }

func (c *call) updateSubscription(partial bool) reply {
	old := c.subscription()
	if old == nil {
		return failed(drf.NotFound())
	}
	changed := *old
	if _, err := c.draft(&changed, old, partial); err != nil {
		return failed(err)
	}
	before := *old
	c.text += changed.size() - old.size()
	*old = changed
	c.expect(old)
	view := c.show(old)
	if old.enabled && !old.deleted && old.targetValue != before.targetValue {
		c.deliver(old, added(before.recipients(), old.recipients()), Invitation, c.now)
	}
	return ok(view)
}

// added are the recipients that the list before lacks: a changed target mails
// new people only.
func added(before, after []string) []string {
	known := make(map[string]bool, len(before))
	for _, r := range before {
		known[r] = true
	}
	var out []string
	for _, r := range after {
		if !known[r] {
			out = append(out, r)
		}
	}
	return out
}

// draft reads the body onto s and checks the outcome.
func (c *call) draft(s, old *subscription, partial bool) (*draft, *drf.Error) {
	data, err := c.object()
	if err != nil {
		return nil, err
	}
	given, err := drf.Read(subscriptionRules(), data, partial, c.checkField)
	if err != nil {
		return nil, err
	}
	d := &draft{call: c, new: s, old: old, given: given}
	if old != nil {
		s.inviteMessage = nil
	}
	d.moved = s.apply(given)
	// A date that passed while the row was off is not caught up.
	if d.moved || old != nil && (!old.enabled && s.enabled || old.deleted && !s.deleted) {
		s.reschedule(c.now)
	}
	return d, d.check()
}

func (c *call) subscription() *subscription {
	id, err := strconv.ParseInt(c.values["id"], 10, 64)
	if err != nil {
		return nil
	}
	return c.findSubscription(c.project.ID, id)
}

// forbidDestroy is PostHog's mixin for rows that are only marked deleted: a
// 405 without a body, for unknown ids too.
func forbidDestroy(*call) reply { return empty(http.StatusMethodNotAllowed) }

func sendTestDelivery(c *call) reply {
	s := c.subscription()
	switch {
	case s == nil:
		return failed(drf.NotFound())
	case s.deleted:
		return empty(http.StatusNotFound)
	case !s.enabled:
		return detailed(http.StatusConflict, "Subscription is disabled. Re-enable it before sending a test delivery.")
	case c.switches.DeliveryRunning:
		return detailed(http.StatusConflict, "Delivery already in progress")
	case c.switches.SchedulerDown:
		return detailed(http.StatusInternalServerError, "Failed to schedule delivery")
	}
	c.deliver(s, s.recipients(), Test, c.now)
	return empty(http.StatusAccepted)
}

func summaryQuota(c *call) reply {
	org := c.project.Organization
	active, limit := c.summaries(org), c.summaryLimit(org)
	return ok(struct {
		ActiveCount int  `json:"active_count"`
		Limit       int  `json:"limit"`
		AtLimit     bool `json:"at_limit"`
	}{active, limit, active >= limit})
}

// deliverDue sends what fell due until now. After a long jump each
// subscription catches up with at most catchUp deliveries, then goes on from
// now.
func (w *world) deliverDue(now time.Time) {
	const catchUp = 20
	if now.Before(w.nextDue) {
		return
	}
	sent := map[*subscription]int{}
	for s := w.firstDue(now); s != nil; s = w.firstDue(now) {
		due := *s.nextDelivery
		w.deliver(s, s.recipients(), Scheduled, due)
		s.reschedule(due)
		if sent[s]++; sent[s] > catchUp {
			s.reschedule(now)
		}
	}
	w.nextDue = now.AddDate(1, 0, 0)
	for _, s := range w.subscriptions {
		if s.enabled && !s.deleted {
			w.expect(s)
		}
	}
}

// firstDue is the subscription whose delivery fell due first, if any did: what
// is sent on the way goes out in the order of time.
func (w *world) firstDue(now time.Time) (first *subscription) {
	for _, s := range w.subscriptions {
		if !s.enabled || s.deleted || s.nextDelivery == nil || s.nextDelivery.After(now) {
			continue
		}
		if first == nil || s.nextDelivery.Before(*first.nextDelivery) {
			first = s
		}
	}
	return first
}

// expect has the next look at the clock happen early enough for s.
func (w *world) expect(s *subscription) {
	if s.nextDelivery != nil && s.nextDelivery.Before(w.nextDue) {
		w.nextDue = *s.nextDelivery
	}
}
