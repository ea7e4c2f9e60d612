// Package schedule explains a subscription's schedule: a sentence, the next dates,
// and warnings of effects that a person would not expect. It computes the dates as
// PostHog does.
package schedule

import (
	"fmt"
	"slices"
	"time"

	"github.com/teambition/rrule-go"
)

// Rule is a subscription's schedule as PostHog stores it. Invalid values, and
// values that only a newer PostHog knows, are no error: such a rule has no dates,
// and its sentence and warnings say why.
type Rule struct {
	// Frequency is daily, weekly, monthly or yearly.
	Frequency string
	// Interval is the number of days, weeks, months or years from one period to
	// the next; PostHog's default is 1.
	Interval int64
	// Weekdays are monday to sunday, in any order; empty for the day of Start.
	Weekdays []string
	// SetPos picks the nth of the weekdays in a period, counted from its end if
	// negative; nil for all. Without Weekdays PostHog ignores it.
	SetPos *int64
	// Count is the number of deliveries from Start on; nil for no end.
	Count *int64
	// Start gives the first period, the hour of delivery and, without Weekdays,
	// the day. Its seconds count, fractions of them don't.
	Start time.Time
	// Until is the last moment for a delivery; nil for no end.
	Until *time.Time
}

// frequency is what is known of a period; the zero value is for an unknown one.
type frequency struct {
	unit string // of the interval
	rule rrule.Frequency
	// A period has each of the weekdays at least often times, and so many of them
	// once more. A day is one of them.
	day, often, more int64
	layout           string // of the start's day in its period
	cycle            int64  // days, after which the dates repeat themselves
}

const (
	// lastYear is the last year of PostHog's dates, and of rrule-go's.
	lastYear = 9999
	// mostDays is the most days in a year. python-dateutil, which PostHog uses,
	// limits bysetpos to it.
	mostDays = 366
	// eraDays is the length of 400 years, after which the calendar repeats itself,
	// weekdays included.
	eraDays = 146_097
	// widest is an interval of more days than the calendar has. A larger one would
	// overflow in rrule-go.
	widest = 4_000_000

	daySeconds = 24 * 60 * 60
)

var frequencies = map[string]frequency{
	"daily":   {"day", rrule.DAILY, 1, 0, 0, "", 7},
	"weekly":  {"week", rrule.WEEKLY, 0, 1, 0, " on Monday", 7},
	"monthly": {"month", rrule.MONTHLY, 0, 4, 3, " on day 2", eraDays},
	"yearly":  {"year", rrule.YEARLY, 0, 52, 2, " on 2 January", eraDays},
}

// unit returns the unit of the interval; empty for an unknown frequency.
func (r Rule) unit() string { return frequencies[r.Frequency].unit }

// weekdays are the days as the API writes them.
var weekdays = []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}

// week returns the rule's weekdays, Monday first, each once, and the first unknown
// name.
func (r Rule) week() (days []time.Weekday, unknown string) {
	for i, name := range weekdays {
		if slices.Contains(r.Weekdays, name) {
			days = append(days, time.Weekday((i+1)%7))
		}
	}
	if i := slices.IndexFunc(r.Weekdays, func(name string) bool { return !slices.Contains(weekdays, name) }); i >= 0 {
		unknown = r.Weekdays[i]
	}
	return days, unknown
}

// most returns how many of the rule's weekdays a period has at most.
func (r Rule) most() int64 {
	days, _ := r.week()
	f, n := frequencies[r.Frequency], int64(len(days))
	return f.day + f.often*n + min(n, f.more)
}

// position returns SetPos if it has an effect: PostHog uses it only with
// weekdays, and the first or last of a single day is that day.
func (r Rule) position() *int64 {
	if r.SetPos == nil || len(r.Weekdays) == 0 || r.most() == 1 && (*r.SetPos == 1 || *r.SetPos == -1) {
		return nil
	}
	return r.SetPos
}

// Newer returns the rule as newer versions of PostHog read it: a position counts in
// months alone.
func (r Rule) Newer() Rule {
	if r.Frequency != "monthly" {
		r.SetPos = nil
	}
	return r
}

// problem says why the rule's dates cannot be computed; empty if they can.
func (r Rule) problem() string {
	_, unknown := r.week()
	switch {
	case r.unit() == "":
		return fmt.Sprintf("frequency %.40q is unknown here", r.Frequency)
	case unknown != "":
		return fmt.Sprintf("weekday %.40q is unknown here", unknown)
	case r.Interval < 1:
		return fmt.Sprintf("interval %d is below 1", r.Interval)
	case r.position() != nil && (*r.SetPos == 0 || *r.SetPos > mostDays || *r.SetPos < -mostDays):
		return fmt.Sprintf("bysetpos %d is not within 1 to %d or -%d to -1", *r.SetPos, mostDays, mostDays)
	case !r.started():
		return "the start date is missing"
	}
	return ""
}

// started reports whether Start is a date that PostHog can store.
func (r Rule) started() bool {
	year := r.Start.UTC().Year()
	return !r.Start.IsZero() && year >= 1 && year <= lastYear
}

// Next returns the first n deliveries later than after, in UTC and in order, or
// fewer if the rule ends. PostHog plans from 15 minutes after now, and skips a
// nearer delivery.
func (r Rule) Next(after time.Time, n int) (next []time.Time) {
	c, ok := r.calendar()
	if !ok {
		return nil
	}
	from := c.clamp(after)
	if r.Count != nil {
		n = int(min(int64(n), *r.Count-c.rank(from)))
	}
	near, cycles := c.fold(from)
	dates := c.rule.Iterator()
	for date, ok := dates(); ok && len(next) < n; date, ok = dates() {
		at := date.Unix() + cycles*c.cycle
		if at > c.end {
			break
		}
		if date.Unix() > near {
			next = append(next, time.Unix(at, 0).UTC())
		}
	}
	return next
}

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
	p := r.position()
	if r.Count != nil && *r.Count <= 0 || r.Until != nil && r.Until.Unix() < r.Start.Unix() || p != nil && max(*p, -*p) > r.most() {
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
	dates := c.rule.Iterator()
	for date, ok := dates(); ok && date.Unix() <= last; date, ok = dates() {
		if date.Unix() <= near {
			total++
		}
		if date.Unix() > c.settled {
			perCycle++
		}
	}
	return total + cycles*perCycle
}
