package schedule

import (
	"fmt"
	"path"
	"strings"
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
func (r Rule) lacks(start time.Time) (short bool) {
	for i := range 12 {
		month := start.Month() + time.Month(r.Interval%12*int64(i))
		last := time.Date(2027, month+1, 0, 0, 0, 0, 0, time.UTC) // 2027 is no leap year
		short = short || last.Day() < start.Day()
	}
	return short
}

// LocalShifts says how the deliveries differ from the local time of a start that
// was given with an offset: PostHog keeps the time of day, the weekdays and the
// days of the month in UTC. It is nil for a start in UTC. The given start replaces
// the rule's, which PostHog returns in UTC. zone is where the start's offset is from;
// nil if it is not known. The dates are later than now.
func (r Rule) LocalShifts(given time.Time, zone *time.Location, now time.Time) []string {
	_, offset := given.Zone()
	if offset == 0 {
		return nil
	}
	s := shift{given: given, utc: given.UTC(), zone: "UTC" + given.Format("-07:00"), days: -1, word: "after"}
	if offset < 0 {
		s.days, s.word = 1, "before"
	}
	all := []string{fmt.Sprintf("The schedule is kept in UTC, at %s all year: where clocks change for summer, deliveries come an hour off.", s.utc.Format("15:04"))}
	if zone != nil {
		all = r.clockChanges(given, zone, now)
	}
	switch {
	case s.utc.Day() == given.Day():
	case len(r.Weekdays) > 0:
		all = append(all, s.ofWeekdays(r)...)
	case r.Frequency == "weekly":
		all = append(all, fmt.Sprintf("%s in UTC is %s at %s.", s.utc.Weekday(), given.Weekday(), s.zone))
	case r.Frequency == "monthly":
		all = append(all, s.ofMonth())
	case r.Frequency == "yearly":
		all = append(all, fmt.Sprintf("%s in UTC is the day %s at %s.", s.utc.Format("2 January"), s.word, s.zone))
	}
	return all
}

// clockChanges says when the clocks of a zone move the deliveries of a start, within
// the year that begins with it, or now; nil where they stay.
func (r Rule) clockChanges(given time.Time, zone *time.Location, now time.Time) []string {
	city := strings.ReplaceAll(path.Base(zone.String()), "_", " ")
	var said []string
	form := "from 2 January 2006 it arrives at 15:04 in " // a city's name could hold a number
	before := given.In(zone).Format("-0700")
	passed := max(0, int(now.Sub(given)/(daySeconds*time.Second)))
	for day := range mostDays {
		at := Slot(given).AddDate(0, 0, passed+day).In(zone)
		if offset := at.Format("-0700"); offset != before && len(r.Next(at.Add(-time.Second), 1)) > 0 {
			said, before = append(said, at.Format(form)+city), offset
			form, city = "from 2 January 2006 at 15:04", ""
		}
	}
	if said == nil {
		return nil
	}
	return []string{"The schedule is kept in UTC: " + strings.Join(said, ", ") + "."}
}

// shift is a start that can fall on different days in UTC and at its own offset. zone is
// that offset: "UTC-08:00". days is 1 if UTC's day is the next one, and -1 if it is the
// previous one; word says where the local day lies from it: "before" or "after".
type shift struct {
	given, utc time.Time
	zone, word string
	days       int
}

// ofWeekdays describes the shift of weekdays and of their positions.
func (s shift) ofWeekdays(r Rule) (all []string) {
	days, _ := r.week()
	position := r.position()
	if len(days) < 7 && len(days) > 0 {
		all = append(all, fmt.Sprintf("PostHog counts weekdays in UTC: byweekday %s delivers on %s at %s. If you mean %s there, give byweekday %s.",
			written(days), spoken(moved(days, -s.days)), s.zone, spoken(days), written(moved(days, s.days))))
	}
	switch {
	case position == nil || r.unit() == "":
		return all
	case len(days) == 7:
		return append(all, fmt.Sprintf("The %s day of a %s in UTC is the day %s at %s.", ordinal(*position), r.unit(), s.word, s.zone))
	}
	return append(all, fmt.Sprintf("bysetpos counts in UTC too: where a %s begins or ends, it can pick another day than at %s. A time that is on the same day in UTC avoids this.", r.unit(), s.zone))
}

// ofMonth describes the shift of the start's day of the month.
func (s shift) ofMonth() string {
	const most, fewest = 31, 28
	day := s.utc.Day()
	switch {
	case s.days > 0 && day == 1:
		return fmt.Sprintf("Day 1 in UTC is the last day of the month before at %s.", s.zone)
	case s.days > 0 || day < fewest:
		return fmt.Sprintf("Day %d in UTC is day %d at %s.", day, day-s.days, s.zone)
	}
	said := fmt.Sprintf("Day %d in UTC is day 1 of the next month at %s.", day, s.zone)
	if day < most {
		said = fmt.Sprintf("Day %d in UTC is day %d at %s, or day 1 where a month ends with day %d.", day, day+1, s.zone, day)
	}
	if s.given.Day() == 1 {
		said += " For day 1 there, every month, give byweekday with all seven days and bysetpos -1: the last day in UTC."
	}
	return said
}

func moved(days []time.Weekday, by int) []time.Weekday {
	all := make([]time.Weekday, len(days))
	for i, day := range days {
		all[i] = (day + 7 + time.Weekday(by)) % 7
	}
	return all
}

// written returns a list of weekdays as the API takes it.
func written(days []time.Weekday) string {
	return `["` + strings.ToLower(strings.Join(named(days), `","`)) + `"]`
}

// spoken returns a list of weekdays in words.
func spoken(days []time.Weekday) string { return enumerate(named(days), "and") }
