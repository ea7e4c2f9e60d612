package schedule

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// Sentence describes the whole schedule: "every 2 weeks on Monday and Friday,
// 09:00 UTC, 3 of 5 deliveries left, until 2027-06-30". Deliveries later than now
// count as left; a start later than now is added. Unknown names are quoted.
func (r Rule) Sentence(now time.Time) string {
	said := []string{r.rhythm(), "no start date"}
	if r.started() {
		said[1] = r.Start.UTC().Format("15:04 UTC")
	}
	if r.started() && r.Start.After(now) {
		said = append(said, "from "+date(r.Start))
	}
	if r.Count != nil {
		said = append(said, r.remaining(now))
	}
	if r.Until != nil {
		said = append(said, "until "+date(*r.Until))
	}
	return strings.Join(said, ", ")
}

// rhythm says how often the schedule repeats, and on which days.
func (r Rule) rhythm() string {
	unit := r.unit()
	switch {
	case unit == "" && r.Interval == 1:
		return fmt.Sprintf("frequency %.40q%s", r.Frequency, r.on())
	case unit == "":
		return fmt.Sprintf("frequency %.40q, interval %d%s", r.Frequency, r.Interval, r.on())
	case r.Interval < 1:
		return fmt.Sprintf("invalid interval of %d %ss%s", r.Interval, unit, r.on())
	case r.Interval > 1:
		return fmt.Sprintf("every %d %ss%s", r.Interval, unit, r.on())
	case len(r.Weekdays) == 0 || r.position() != nil:
		return "every " + unit + r.on()
	}
	// A list of weekdays means the same for every day, week, month or year.
	return "every " + cmp.Or(r.set(), "week on "+r.names("and"))
}

// on names the days within a period.
func (r Rule) on() string {
	position, set := r.position(), r.set()
	switch {
	case len(r.Weekdays) == 0 && !r.started():
		return ""
	case len(r.Weekdays) == 0: // the day is the start's
		return r.Start.UTC().Format(frequencies[r.Frequency].layout)
	case position != nil:
		return " on the " + ordinal(*position) + " " + r.one()
	case r.Frequency == "daily" && set == "day":
		return ""
	case r.Frequency == "daily":
		return " when that is a " + r.one()
	case set != "" || r.Frequency == "monthly" || r.Frequency == "yearly":
		return " on each " + cmp.Or(set, r.names("and"))
	}
	return " on " + r.names("and")
}

// set returns one word for all of the rule's weekdays, or "".
func (r Rule) set() string {
	days, unknown := r.week()
	switch {
	case unknown != "":
		return ""
	case len(days) == 7:
		return "day"
	case len(days) == 5 && days[4] == time.Friday:
		return "weekday"
	}
	return ""
}

// one names a single one of the rule's weekdays: "Monday or Friday".
func (r Rule) one() string { return cmp.Or(r.set(), r.names("or")) }

// names lists the rule's weekdays, with a word before the last one.
func (r Rule) names(word string) string {
	days, unknown := r.week()
	names := named(days)
	if unknown != "" {
		names = append(names, fmt.Sprintf("%.40q", unknown))
	}
	return enumerate(names, word)
}

func named(days []time.Weekday) []string {
	names := make([]string, len(days))
	for i, day := range days {
		names[i] = day.String()
	}
	return names
}

// enumerate joins names, with a word before the last one.
func enumerate(names []string, word string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " " + word + " " + names[last]
}

// remaining says how many deliveries of a count are left.
func (r Rule) remaining(now time.Time) string {
	count, deliveries := *r.Count, "deliveries"
	if count == 1 {
		deliveries = "delivery"
	}
	var past, left int64
	c, ok := r.calendar()
	if ok {
		past = c.rank(c.clamp(now))
	}
	switch {
	case r.problem() != "":
		return fmt.Sprintf("%d %s in all", count, deliveries)
	case count <= 0:
		return fmt.Sprintf("no deliveries as the count is %d", count)
	case past >= count && count == 1:
		return "its only delivery done"
	case past >= count:
		return fmt.Sprintf("all %d deliveries done", count)
	case ok && r.Until != nil:
		left = max(0, min(count, c.rank(c.end))-past)
	case len(r.Next(now, 1)) > 0:
		left = count - past
	}
	return fmt.Sprintf("%d of %d %s left", left, count, deliveries)
}

// ordinal names a position: first, 2nd, last, 2nd to last.
func ordinal(position int64) string {
	n, end, from := uint64(position), "th", ""
	if position < 0 { // the smallest int64 has no positive counterpart, but converts correctly
		n, from = uint64(-position), " to last"
	}
	if last := n % 10; last < 4 && n/10%10 != 1 {
		end = []string{"th", "st", "nd", "rd"}[last]
	}
	switch position {
	case 1:
		return "first"
	case -1:
		return "last"
	}
	return fmt.Sprint(n) + end + from
}

func date(t time.Time) string { return t.UTC().Format(time.DateOnly) }
