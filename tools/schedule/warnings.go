package schedule

import (
	"fmt"
	"time"
)

// Warnings describes the effects of the schedule that a person would not expect;
// nil if there are none.
func (r Rule) Warnings(now time.Time) []string {
	var all []string
	if problem := r.problem(); problem != "" {
		all = append(all, "The dates of this schedule cannot be computed: "+problem+".")
	} else if reason := r.emptiness(); reason != "" {
		all = append(all, "This schedule never delivers: "+reason+".")
	}
	if r.Until != nil && !r.Until.After(now) {
		all = append(all, "until_date "+date(*r.Until)+" is in the past: nothing more is delivered.")
	}
	switch {
	case r.SetPos != nil && len(r.Weekdays) == 0:
		all = append(all, "bysetpos has no effect without byweekday: PostHog ignores it.")
	case r.position() != nil && r.Frequency != "monthly":
		all = append(all, "Newer PostHog versions read bysetpos only when the frequency is monthly; the dates here count it.")
	}
	if skipped := r.skipped(); skipped != "" {
		all = append(all, skipped)
	}
	if slot := Slot(r.Start); r.started() && !slot.Equal(r.Start.Truncate(time.Second)) {
		all = append(all, fmt.Sprintf("PostHog delivers at :00 and :30: %s means %s.", r.Start.UTC().Format("15:04"), slot.Format("15:04")))
	}
	return all
}

// Slot is when PostHog delivers what is due at a time: it looks for what is due twice
// an hour, at :00 and :30.
func Slot(due time.Time) time.Time {
	const every = 30 * time.Minute
	return due.UTC().Truncate(time.Second).Add(every - time.Nanosecond).Truncate(every)
}

// emptiness says why the rule has no date at all; empty if it has one.
func (r Rule) emptiness() string {
	switch {
	case len(r.Next(r.Start.Add(-time.Second), 1)) > 0:
		return ""
	case r.Count != nil && *r.Count <= 0:
		return fmt.Sprintf("its count is %d", *r.Count)
	case r.Until != nil && r.Until.Before(r.Start):
		return "until_date is before start_date"
	}
	return "no date fits it"
}

// skipped says which periods have no delivery because the day is not in them.
// PostHog does not move such a delivery to a nearby day.
func (r Rule) skipped() string {
	start, position := r.Start.UTC(), r.position()
	days, _ := r.week()
	switch {
	case r.problem() != "" || r.never():
		return ""
	case r.Frequency == "monthly" && position != nil && max(*position, -*position) > 4*int64(len(days)):
		return "Months without a " + ordinal(*position) + " " + r.one() + " are skipped."
	case len(r.Weekdays) > 0:
		return ""
	case r.Frequency == "monthly" && r.lacks(start):
		return fmt.Sprintf("Months without a day %d are skipped.", start.Day())
	case r.Frequency == "yearly" && start.Month() == time.February && start.Day() == 29 && r.Interval%4 != 0:
		return "29 February is in leap years only: other years are skipped."
	}
	return ""
}

// lacks reports whether one of the months of a monthly rule is too short.
func (r Rule) lacks(start time.Time) bool {
	for i := range 12 {
		month := int64(start.Month()) + r.Interval%12*int64(i)
		// The last day of a month is the one before the next one's first; 2027
		// is no leap year.
		if last := time.Date(2027, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC); last.Day() < start.Day() {
			return true
		}
	}
	return false
}
