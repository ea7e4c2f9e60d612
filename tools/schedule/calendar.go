package schedule

import (
	"iter"
	"slices"
	"time"

	"github.com/teambition/rrule-go"
)

const (
	// lastYear is where PostHog's dates end, and rrule-go's.
	lastYear = 9999
	// mostDays is the most days that a year has, and the bound of bysetpos in
	// python-dateutil, with which PostHog computes.
	mostDays = 366
	// widest is an interval that no period repeats after: all days of the
	// calendar. Larger ones would overflow in rrule-go.
	widest = 4_000_000

	daySeconds = 24 * 60 * 60
	// eraDays are the 400 years after which the calendar repeats itself,
	// weekdays included.
	eraDays = 146_097
)

// calendar holds the dates of a rule, as Unix seconds. They repeat themselves
// after a cycle, once the first period is over, which the start cuts short.
// So however far away a date is, no more than the first cycle is walked.
type calendar struct {
	rule *rrule.RRule
	// start is the earliest date there can be; end is the last.
	start, end int64
	// settled is past the first period; cycle is in seconds.
	settled, cycle int64
}

// calendar returns the dates of the rule but for its count; ok is false when
// there is none, or none that can be told.
func (r Rule) calendar() (c calendar, ok bool) {
	if r.problem() != "" || r.never() {
		return calendar{}, false
	}
	options := r.options()
	rule, err := rrule.NewRRule(options)
	days := int64(7)
	if r.Frequency == "monthly" || r.Frequency == "yearly" {
		days = eraDays
	}
	c = calendar{rule: rule, start: r.Start.Unix(), end: options.Until.Unix()}
	c.settled = c.start + mostDays*daySeconds
	c.cycle = days * daySeconds * int64(options.Interval)
	if r.Until != nil {
		c.end = min(c.end, r.Until.Unix())
	}
	return c, err == nil
}

// options leaves count and until out: rrule-go takes a count of 0 for no end,
// where python-dateutil takes it for no dates, and a walk ends sooner here.
func (r Rule) options() rrule.ROption {
	frequencies := map[string]rrule.Frequency{"daily": rrule.DAILY, "weekly": rrule.WEEKLY, "monthly": rrule.MONTHLY, "yearly": rrule.YEARLY}
	o := rrule.ROption{
		Freq:     frequencies[r.Frequency],
		Interval: int(min(r.Interval, widest)),
		Dtstart:  r.Start.UTC(),
		// Without an end rrule-go stops 292 years after the start.
		Until: time.Date(lastYear, time.December, 31, 23, 59, 59, 0, time.UTC),
	}
	named := [...]rrule.Weekday{rrule.SU, rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA}
	days, _ := r.week()
	for _, day := range days {
		o.Byweekday = append(o.Byweekday, named[day])
	}
	if position := r.position(); position != nil {
		o.Bysetpos = []int{int(*position)}
	}
	return o
}

// never recognises rules without a date, for which rrule-go would search
// every day up to the last year.
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

// clamp gives t in seconds, within the calendar or just before it: what lies
// beyond is the same to a rule, and safe to compute with.
func (c calendar) clamp(t time.Time) int64 {
	return max(c.start-1, min(t.Unix(), c.end))
}

// fold moves t back by whole cycles, as far as dates repeat themselves, and
// returns by how many.
func (c calendar) fold(t int64) (near, cycles int64) {
	cycles = max(0, (t-c.settled)/c.cycle)
	return t - cycles*c.cycle, cycles
}

// after yields the dates later than t.
func (c calendar) after(t int64) iter.Seq[int64] {
	near, cycles := c.fold(t)
	return func(yield func(int64) bool) {
		for at := range c.walk() {
			if at <= near {
				continue
			}
			if at += cycles * c.cycle; at > c.end || !yield(at) {
				return
			}
		}
	}
}

// rank is the number of dates up to and including t.
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
