// Package schedule explains a subscription's schedule: a sentence, the next dates,
// and warnings of effects that a person would not expect. It computes the dates as
// PostHog does.
package schedule

import (
	"fmt"
	"time"
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

// Newer returns the rule as newer versions of PostHog read it: a position counts in
// months alone.
func (r Rule) Newer() Rule {
	if r.Frequency != "monthly" {
		r.SetPos = nil
	}
	return r
}

// Next returns the first n deliveries later than after, in UTC and in order, or
// fewer if the rule ends. PostHog plans from 15 minutes after now, and skips a
// nearer delivery.
func (r Rule) Next(after time.Time, n int) []time.Time {
	c, ok := r.calendar()
	if !ok {
		return nil
	}
	from := c.clamp(after)
	if r.Count != nil {
		n = int(min(int64(n), *r.Count-c.rank(from)))
	}
	if n < 1 {
		return nil
	}
	var next []time.Time
	for at := range c.after(from) {
		if len(next) >= n {
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
	if past >= *r.Count {
		return 0, true
	}
	if r.Until != nil {
		return max(0, min(*r.Count, c.rank(c.end))-past), false
	}
	if len(r.Next(now, 1)) == 0 {
		return 0, false
	}
	return *r.Count - past, false
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

// unit returns the unit of the interval; empty for an unknown frequency.
func (r Rule) unit() string {
	switch r.Frequency {
	case "daily":
		return "day"
	case "weekly":
		return "week"
	case "monthly":
		return "month"
	case "yearly":
		return "year"
	}
	return ""
}

// position returns SetPos if it has an effect: PostHog uses it only with
// weekdays, and the first or last of a single day is that day.
func (r Rule) position() *int64 {
	if r.SetPos == nil || len(r.Weekdays) == 0 {
		return nil
	}
	if r.unit() != "" && r.most() == 1 && (*r.SetPos == 1 || *r.SetPos == -1) {
		return nil
	}
	return r.SetPos
}

// most returns how many of the rule's weekdays a period has at most.
func (r Rule) most() int64 {
	days, _ := r.week()
	n := int64(len(days))
	switch r.Frequency {
	case "weekly":
		return n
	case "monthly":
		return 4*n + min(n, 3)
	case "yearly":
		return 52*n + min(n, 2)
	}
	return 1
}

// week returns the rule's weekdays, Monday first, each once, and the first unknown
// name.
func (r Rule) week() (days []time.Weekday, unknown string) {
	var has [7]bool
	for _, name := range r.Weekdays {
		day, ok := weekday(name)
		if !ok && unknown == "" {
			unknown = name
		}
		has[day] = has[day] || ok
	}
	for i := range has {
		if day := time.Weekday((i + 1) % 7); has[day] {
			days = append(days, day)
		}
	}
	return days, unknown
}

// weekday reads a day as the API writes it, in small letters.
func weekday(name string) (time.Weekday, bool) {
	switch name {
	case "monday":
		return time.Monday, true
	case "tuesday":
		return time.Tuesday, true
	case "wednesday":
		return time.Wednesday, true
	case "thursday":
		return time.Thursday, true
	case "friday":
		return time.Friday, true
	case "saturday":
		return time.Saturday, true
	case "sunday":
		return time.Sunday, true
	}
	return 0, false
}
