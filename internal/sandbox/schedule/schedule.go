// Package schedule computes when a PostHog subscription is due, and PostHog's words for that. PostHog uses
// python-dateutil; this package adjusts rrule-go to the same dates.
package schedule

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

// Lead is the least time between now and the next delivery.
const Lead = 15 * time.Minute

// A Rule is the schedule of a subscription.
type Rule struct {
	Frequency string   // daily, weekly, monthly or yearly
	Interval  int64    // at least 1
	Weekdays  []string // monday to sunday; empty for the days that follow from Start
	// SetPos picks the nth of the weekdays in a period; nil for all. It has no effect without Weekdays.
	SetPos *int64
	Count  *int64 // the number of occurrences from Start on; nil for no end
	Start  time.Time
	Until  *time.Time
	// Newer follows PostHog of autumn 2026: SetPos is for months only, and the words name the weekdays.
	Newer bool
}

// Weekdays are the API's names of the days, Monday first.
var Weekdays = [...]string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}

var days = [...]rrule.Weekday{rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA, rrule.SU}

// A period is the meaning of a frequency's name.
type period struct {
	unit string
	freq rrule.Frequency
	days int64 // the most that it has
}

var periods = map[string]period{
	"daily":   {"day", rrule.DAILY, 1},
	"weekly":  {"week", rrule.WEEKLY, 7},
	"monthly": {"month", rrule.MONTHLY, 31},
	"yearly":  {"year", rrule.YEARLY, 366},
}

// Next returns the first delivery more than [Lead] after now. ok is false if the schedule has ended or has no dates.
// The error is python-dateutil's for a SetPos outside ±1 to ±366.
func (r Rule) Next(now time.Time) (next time.Time, ok bool, err error) {
	if n, positioned := r.position(); positioned && (n < 1 || n > 366) {
		return next, false, errors.New("bysetpos must be between 1 and 366, or between -366 and -1")
	}
	// rrule-go reads a count of 0 as no end, python-dateutil as no dates.
	if r.Count != nil && *r.Count <= 0 {
		return next, false, nil
	}
	after := now.UTC().Add(Lead)
	rule, err := rrule.NewRRule(r.options(after))
	if err != nil {
		return next, false, err
	}
	next = rule.After(after, false)
	return next, !next.IsZero(), nil
}

// position returns the absolute value of SetPos. positioned is false if SetPos has no effect.
func (r Rule) position() (n int64, positioned bool) {
	if r.SetPos == nil || len(r.Weekdays) == 0 || r.Newer && r.Frequency != "monthly" {
		return 0, false
	}
	return max(*r.SetPos, -*r.SetPos), true
}

// options ends the rule 400 periods after t, since the Gregorian calendar repeats itself after 400 years. A rule without
// dates has none before either, and rrule-go would walk to the year 9999.
func (r Rule) options(t time.Time) rrule.ROption {
	last := time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	if r.Start.After(t) {
		t = r.Start
	}
	cycle := 400 * r.Interval * periods[r.Frequency].days
	if end := t.AddDate(0, 0, int(min(cycle, 366*10_000))); end.Before(last) {
		last = end
	}
	if r.Until != nil && r.Until.Before(last) {
		last = r.Until.UTC()
	}
	o := rrule.ROption{Freq: periods[r.Frequency].freq, Interval: int(r.Interval), Dtstart: r.Start.UTC(), Until: last}
	if r.Count != nil {
		o.Count = int(*r.Count)
	}
	for _, name := range r.Weekdays {
		o.Byweekday = append(o.Byweekday, days[slices.Index(Weekdays[:], name)])
	}
	if _, positioned := r.position(); positioned {
		o.Bysetpos = []int{int(*r.SetPos)}
	}
	return o
}

var ordinals = map[int64]string{1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}

// Summary returns PostHog's own sentence: "sent every 2 weeks on the first Monday".
func (r Rule) Summary() string {
	unit := periods[r.Frequency].unit
	text := "sent every " + unit
	if r.Interval > 1 {
		text = fmt.Sprintf("sent every %d %ss", r.Interval, unit)
	}
	names := make([]string, len(r.Weekdays))
	for i, name := range r.Weekdays {
		names[i] = strings.ToUpper(name[:1]) + name[1:]
	}
	if _, positioned := r.position(); !positioned || r.Newer && *r.SetPos == 0 {
		return text + r.onDays(names)
	}
	ordinal := ordinals[*r.SetPos]
	if ordinal == "" {
		// PostHog's table of ordinals has five rows. For other positions it uses this fallback.
		return "sent on a schedule"
	}
	day := "day"
	switch {
	case len(names) == 1:
		day = names[0]
	case r.Newer && r.onDays(names) == onWeekdays:
		day = "weekday"
	}
	return text + " on the " + ordinal + " " + day
}

const onWeekdays = " on weekdays"

// onDays returns newer servers' words for the weekdays.
func (r Rule) onDays(names []string) string {
	distinct := slices.Compact(slices.Sorted(slices.Values(names)))
	switch last := len(names) - 1; {
	case !r.Newer, last < 0, r.Frequency == "daily" && len(distinct) == len(Weekdays):
		return ""
	case slices.Equal(distinct, []string{"Friday", "Monday", "Thursday", "Tuesday", "Wednesday"}):
		return onWeekdays
	case last == 0:
		return " on " + names[0]
	default:
		return " on " + strings.Join(names[:last], ", ") + " and " + names[last]
	}
}
