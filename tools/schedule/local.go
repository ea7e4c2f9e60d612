package schedule

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"time"
)

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
	utc := given.UTC()
	all := []string{fmt.Sprintf("The schedule is kept in UTC, at %s all year: where clocks change for summer, deliveries come an hour off.", utc.Format("15:04"))}
	if zone != nil {
		all = r.clockChanges(given, zone, now)
	}
	if utc.Day() == given.Day() {
		return all
	}
	s := shift{given: given, utc: utc, zone: "UTC" + given.Format("-07:00"), days: -1, word: "after"}
	if offset < 0 {
		s.days, s.word = 1, "before"
	}
	switch {
	case len(r.Weekdays) > 0:
		return append(all, s.ofWeekdays(r)...)
	case r.Frequency == "weekly":
		return append(all, fmt.Sprintf("%s in UTC is %s at %s.", utc.Weekday(), given.Weekday(), s.zone))
	case r.Frequency == "monthly":
		return append(all, s.ofMonth())
	case r.Frequency == "yearly":
		return append(all, fmt.Sprintf("%s in UTC is the day %s at %s.", utc.Format("2 January"), s.word, s.zone))
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

// shift is a start that falls on different days in UTC and at its own offset.
type shift struct {
	given, utc time.Time
	// zone is the offset of the given start: "UTC-08:00".
	zone string
	// days is 1 if UTC's day is the next one, and -1 if it is the previous one.
	// word says where the local day lies from UTC's: "before" or "after".
	days int
	word string
}

// ofWeekdays describes the shift of weekdays and of their positions.
func (s shift) ofWeekdays(r Rule) (all []string) {
	days, _ := r.week()
	position := r.position()
	if len(days) < 7 && len(days) > 0 {
		var there, instead []time.Weekday
		for _, day := range days {
			there, instead = append(there, s.move(day, -s.days)), append(instead, s.move(day, s.days))
		}
		all = append(all, fmt.Sprintf("PostHog counts weekdays in UTC: byweekday %s delivers on %s at %s. If you mean %s there, give byweekday %s.",
			written(days), spoken(there), s.zone, spoken(days), written(instead)))
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
	case s.days > 0:
		return fmt.Sprintf("Day %d in UTC is day %d at %s.", day, day-1, s.zone)
	case day < fewest:
		return fmt.Sprintf("Day %d in UTC is day %d at %s.", day, day+1, s.zone)
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

func (s shift) move(day time.Weekday, by int) time.Weekday { return (day + 7 + time.Weekday(by)) % 7 }

// written returns a list of weekdays as the API takes it.
func written(days []time.Weekday) string {
	names := make([]string, len(days))
	for i, day := range days {
		names[i] = strings.ToLower(day.String())
	}
	list, _ := json.Marshal(names)
	return string(list)
}

// spoken returns a list of weekdays in words.
func spoken(days []time.Weekday) string {
	names := make([]string, len(days))
	for i, day := range days {
		names[i] = day.String()
	}
	return enumerate(names, "and")
}
