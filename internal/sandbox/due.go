package sandbox

import "time"

// catchUp is how many deliveries each subscription makes up for after a long
// jump of the clock; then it goes on from now.
const catchUp = 20

// deliverDue sends what fell due until now.
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

// firstDue is the subscription whose delivery fell due first, if any did: what
// is sent on the way goes out in the order of time.
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

// expect has the next look at the clock happen early enough for s.
func (w *world) expect(s row) {
	if next, due := s["next_delivery_date"].(time.Time); due && next.Before(w.nextDue) {
		w.nextDue = next
	}
}
