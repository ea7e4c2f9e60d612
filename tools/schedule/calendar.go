package schedule

import (
	"iter"
	"slices"
	"time"

	"github.com/teambition/rrule-go"
)

const (
	// lastYear is the last year of PostHog's dates, and of rrule-go's.
	lastYear = 9999
	// mostDays is the most days in a year. python-dateutil, which PostHog uses,
	// limits bysetpos to it.
	mostDays = 366
	// widest is an interval of more days than the calendar has. A larger one would
	// overflow in rrule-go.
	widest = 4_000_000

	daySeconds = 24 * 60 * 60
)

// calendar holds the dates of a rule, as Unix seconds. The start cuts the first
// period short; after it the dates repeat themselves in cycles. So even for a
// distant date only the first cycle is walked.
type calendar struct {
	rule *rrule.RRule
	// start is the earliest possible date; end is the last one.
	start, end int64
	// settled is a time after the first period; cycle is in seconds.
	settled, cycle int64
}

// calendar returns the dates of the rule without regard to its count. ok is false
// if there are none, or if they cannot be computed. Count and until are not rrule-go's:
// it takes a count of 0 for "no end", python-dateutil for "no dates"; and the walk here
// ends sooner.
func (r Rule) calendar() (c calendar, ok bool) {
	if r.problem() != "" || r.never() {
		return calendar{}, false
	}
	f := frequencies[r.Frequency]
	o := rrule.ROption{
		Freq:     f.rule,
		Interval: int(min(r.Interval, widest)),
		Dtstart:  r.Start.UTC(),
		// Without an end rrule-go stops 292 years after the start.
		Until: time.Date(lastYear, time.December, 31, 23, 59, 59, 0, time.UTC),
	}
	byDay := [...]rrule.Weekday{rrule.SU, rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA}
	days, _ := r.week()
	for _, day := range days {
		o.Byweekday = append(o.Byweekday, byDay[day])
	}
	if position := r.position(); position != nil {
		o.Bysetpos = []int{int(*position)}
	}
	rule, err := rrule.NewRRule(o)
	c = calendar{rule: rule, start: r.Start.Unix(), end: o.Until.Unix(), cycle: f.cycle * daySeconds * int64(o.Interval)}
	c.settled = c.start + mostDays*daySeconds
	if r.Until != nil {
		c.end = min(c.end, r.Until.Unix())
	}
	return c, err == nil
}

// never reports whether the rule has no date. rrule-go would search every day up
// to the last year for one.
func (r Rule) never() bool {
	if r.Count != nil && *r.Count <= 0 || r.Until != nil && r.Until.Unix() < r.Start.Unix() {
		return true
	}
	if p := r.position(); p != nil && max(*p, -*p) > r.most() {
		return true
	}
	// Whole weeks from a day always lead to the same weekday.
	days, _ := r.week()
	return r.Frequency == "daily" && r.Interval%7 == 0 &&
		len(days) > 0 && !slices.Contains(days, r.Start.UTC().Weekday())
}

// clamp returns t in Unix seconds, moved to the calendar's nearer end if it lies
// outside. The rule has the same dates before or after it, and the result is safe
// to compute with.
func (c calendar) clamp(t time.Time) int64 {
	return max(c.start-1, min(t.Unix(), c.end))
}

// fold moves t back by whole cycles, as near to the start as dates repeat
// themselves, and returns the number of cycles.
func (c calendar) fold(t int64) (near, cycles int64) {
	cycles = max(0, (t-c.settled)/c.cycle)
	return t - cycles*c.cycle, cycles
}

// rank returns the number of dates up to and including t.
func (c calendar) rank(t int64) int64 {
	near, cycles := c.fold(t)
	last := near
	if cycles > 0 {
		last = c.settled + c.cycle
	}
	var total, perCycle int64
	for at := range c.walk() {
		if at > last {
			break
		}
		if at <= near {
			total++
		}
		if at > c.settled {
			perCycle++
		}
	}
	return total + cycles*perCycle
}

// walk yields the dates from the first one to the end of the calendar.
func (c calendar) walk() iter.Seq[int64] {
	return func(yield func(int64) bool) {
		next := c.rule.Iterator()
		for date, ok := next(); ok && yield(date.Unix()); {
			date, ok = next()
		}
	}
}
