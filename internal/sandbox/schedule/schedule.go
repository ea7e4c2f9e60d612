// Package schedule says when a PostHog subscription is due, and in what words
// PostHog describes it. PostHog computes with python-dateutil; this package
// bends rrule-go to the same dates.
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
	// Frequency is daily, weekly, monthly or yearly.
	Frequency string
	// Interval is at least 1.
	Interval int64
	// Weekdays are monday to sunday; none for every day the frequency means.
	Weekdays []string
	// SetPos picks the nth of the weekdays in a period; nil for all. It means
	// nothing without Weekdays.
	SetPos *int64
	// Count is how many occurrences there are from Start on; nil for no end.
	Count *int64
	Start time.Time
	Until *time.Time
}

// Weekdays are the API's names of the days, Monday first.
var Weekdays = [...]string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}

// Next is the first delivery more than [Lead] after now; ok is false when the
// schedule has ended or the rule never falls on a day. The error is the one
// python-dateutil raises for a SetPos outside ±1 to ±366.
func (r Rule) Next(now time.Time) (next time.Time, ok bool, err error) {
	if r.positions() != nil && (*r.SetPos == 0 || *r.SetPos > 366 || *r.SetPos < -366) {
		return time.Time{}, false, errors.New("bysetpos must be between 1 and 366, or between -366 and -1")
	}
	// rrule-go reads a count of 0 as no end, python-dateutil as no dates.
	if r.Count != nil && *r.Count <= 0 || r.never() {
		return time.Time{}, false, nil
	}
	after := now.UTC().Add(Lead)
	rule, err := rrule.NewRRule(r.since(after).options())
	if err != nil {
		return time.Time{}, false, err
	}
	next = rule.After(after, false)
	return next, !next.IsZero(), nil
}

// since is a rule with the same dates after t, which starts not long before
// it: a rule of days or weeks repeats itself after each interval, and walking
// there from a start in antiquity takes long. The week of the start is cut
// short, which moves positions in it; it lies a whole interval before t.
func (r Rule) since(t time.Time) Rule {
	day := 24 * time.Hour
	period := map[string]time.Duration{"daily": day, "weekly": 7 * day}[r.Frequency]
	// Longer intervals than these are few steps anyway.
	if period == 0 || r.Count != nil || r.Interval > 1000 || t.Year()-r.Start.Year() > 200 {
		return r
	}
	period *= time.Duration(r.Interval)
	if periods := t.Sub(r.Start)/period - 1; periods > 0 {
		r.Start = r.Start.Add(periods * period)
	}
	return r
}

func (r Rule) options() rrule.ROption {
	o := rrule.ROption{
		Freq:     frequency(r.Frequency),
		Interval: int(r.Interval),
		Dtstart:  r.Start.UTC(),
		// Without an end rrule-go stops 292 years after the start.
		Until: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
	}
	if r.Until != nil {
		o.Until = r.Until.UTC()
	}
	if r.Count != nil {
		o.Count = int(*r.Count)
	}
	days := [...]rrule.Weekday{rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA, rrule.SU}
	for _, name := range r.Weekdays {
		o.Byweekday = append(o.Byweekday, days[slices.Index(Weekdays[:], name)])
	}
	o.Bysetpos = r.positions()
	return o
}

func (r Rule) positions() []int {
	if r.SetPos == nil || len(r.Weekdays) == 0 {
		return nil
	}
	return []int{int(*r.SetPos)}
}

// never says that no period has as many of the weekdays as SetPos asks for,
// without walking to the year 9999 to see it.
func (r Rule) never() bool {
	if r.positions() == nil {
		return false
	}
	most := int64(len(slices.Compact(slices.Sorted(slices.Values(r.Weekdays)))))
	switch r.Frequency {
	case "daily":
		most = 1
	case "monthly":
		most *= 5
	case "yearly":
		most *= 53
	}
	return max(*r.SetPos, -*r.SetPos) > most
}

func frequency(name string) rrule.Frequency {
	switch name {
	case "yearly":
		return rrule.YEARLY
	case "monthly":
		return rrule.MONTHLY
	case "weekly":
		return rrule.WEEKLY
	}
	return rrule.DAILY
}

// Summary is PostHog's own sentence: "sent every 2 weeks on the first Monday".
func (r Rule) Summary() string {
	unit := unit(r.Frequency)
	text := "sent every " + unit
	if r.Interval > 1 {
		text = fmt.Sprintf("sent every %d %ss", r.Interval, unit)
	}
	if r.SetPos == nil || len(r.Weekdays) == 0 {
		return text
	}
	ordinal := ordinal(*r.SetPos)
	if ordinal == "" {
		// PostHog's table of ordinals has five rows; a miss ends in its
		// catch-all sentence.
		return "sent on a schedule"
	}
	day := "day"
	if len(r.Weekdays) == 1 {
		day = strings.ToUpper(r.Weekdays[0][:1]) + r.Weekdays[0][1:]
	}
	return text + " on the " + ordinal + " " + day
}

func unit(frequency string) string {
	switch frequency {
	case "yearly":
		return "year"
	case "monthly":
		return "month"
	case "weekly":
		return "week"
	}
	return "day"
}

func ordinal(position int64) string {
	switch position {
	case 1:
		return "first"
	case 2:
		return "second"
	case 3:
		return "third"
	case 4:
		return "fourth"
	case -1:
		return "last"
	}
	return ""
}
