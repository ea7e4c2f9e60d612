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
	// unit is the unit of the interval.
	unit string
	rule rrule.Frequency
	// A period has each of the weekdays at least often times, and so many of them
	// once more. A day is one of them.
	day, often, more int64
	// layout names the day of a start in its period.
	layout string
	// cycle is the number of days after which the dates repeat themselves.
	cycle int64
}

// eraDays is the length of 400 years, after which the calendar repeats itself,
// weekdays included.
const eraDays = 146_097

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
	for at := range c.walk() {
		if at <= near {
			continue
		}
		if at += cycles * c.cycle; at > c.end || len(next) >= n {
			break
		}
		next = append(next, time.Unix(at, 0).UTC())
	}
	return next
}

// left returns the number of deliveries after now of a rule with a count. done
// means that the count is used up.
func (r Rule) left(now time.Time) (left int64, done bool) {
	c, ok := r.calendar()
	if !ok {
		return 0, false
	}
	past := c.rank(c.clamp(now))
	switch {
	case past >= *r.Count:
		return 0, true
	case r.Until != nil:
		return max(0, min(*r.Count, c.rank(c.end))-past), false
	case len(r.Next(now, 1)) == 0:
		return 0, false
	}
	return *r.Count - past, false
}
