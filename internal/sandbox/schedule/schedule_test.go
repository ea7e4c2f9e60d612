package schedule_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"posthog-mcp/internal/sandbox/schedule"
)

func date(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestSummary(t *testing.T) {
	monday, two := []string{"monday"}, []string{"monday", "friday"}
	for _, f := range []struct {
		rule schedule.Rule
		want string
	}{
		{schedule.Rule{Frequency: "daily", Interval: 1}, "sent every day"},
		{schedule.Rule{Frequency: "weekly", Interval: 1, Weekdays: monday}, "sent every week"},
		{schedule.Rule{Frequency: "weekly", Interval: 2}, "sent every 2 weeks"},
		{schedule.Rule{Frequency: "yearly", Interval: 3}, "sent every 3 years"},
		{schedule.Rule{Frequency: "monthly", Interval: 1, Weekdays: monday, SetPos: new(int64(1))}, "sent every month on the first Monday"},
		{schedule.Rule{Frequency: "monthly", Interval: 2, Weekdays: monday, SetPos: new(int64(2))}, "sent every 2 months on the second Monday"},
		{schedule.Rule{Frequency: "monthly", Interval: 1, Weekdays: monday, SetPos: new(int64(3))}, "sent every month on the third Monday"},
		{schedule.Rule{Frequency: "monthly", Interval: 1, Weekdays: monday, SetPos: new(int64(4))}, "sent every month on the fourth Monday"},
		{schedule.Rule{Frequency: "monthly", Interval: 1, Weekdays: two, SetPos: new(int64(-1))}, "sent every month on the last day"},
		{schedule.Rule{Frequency: "monthly", Interval: 1, Weekdays: monday, SetPos: new(int64(5))}, "sent on a schedule"},
		{schedule.Rule{Frequency: "monthly", Interval: 1, SetPos: new(int64(5))}, "sent every month"},
	} {
		if diff := cmp.Diff(f.want, f.rule.Summary()); diff != "" {
			t.Error(diff)
		}
	}
}

func TestNext(t *testing.T) {
	now := date("2026-06-15T12:00:00Z")
	monday := []string{"monday"}
	for _, f := range []struct {
		name string
		rule schedule.Rule
		want string
	}{
		{"at least 15 minutes away", schedule.Rule{Frequency: "daily", Interval: 1, Start: date("2026-06-01T12:15:00Z")}, "2026-06-16T12:15:00Z"},
		{"a minute more", schedule.Rule{Frequency: "daily", Interval: 1, Start: date("2026-06-01T12:16:00Z")}, "2026-06-15T12:16:00Z"},
		{"the start itself", schedule.Rule{Frequency: "yearly", Interval: 1, Start: date("2026-07-01T00:00:00+02:00")}, "2026-06-30T22:00:00Z"},
		{"every other week", schedule.Rule{Frequency: "weekly", Interval: 2, Weekdays: monday, Start: date("2026-06-08T09:00:00Z")}, "2026-06-22T09:00:00Z"},
		{"the 31st, where there is one", schedule.Rule{Frequency: "monthly", Interval: 1, Start: date("2026-05-31T09:00:00Z")}, "2026-07-31T09:00:00Z"},
		{"a leap day", schedule.Rule{Frequency: "yearly", Interval: 1, Start: date("2024-02-29T09:00:00Z")}, "2028-02-29T09:00:00Z"},
		{"a position without weekdays means nothing", schedule.Rule{Frequency: "monthly", Interval: 1, SetPos: new(int64(7)), Start: date("2026-05-03T09:00:00Z")}, "2026-07-03T09:00:00Z"},
		{"the last workday", schedule.Rule{Frequency: "monthly", Interval: 1, Weekdays: schedule.Weekdays[:5], SetPos: new(int64(-1)), Start: date("2026-01-01T16:00:00Z")}, "2026-06-30T16:00:00Z"},
		{"count from the start", schedule.Rule{Frequency: "daily", Interval: 1, Count: new(int64(16)), Start: date("2026-06-01T13:00:00Z")}, "2026-06-15T13:00:00Z"},
		{"count used up", schedule.Rule{Frequency: "daily", Interval: 1, Count: new(int64(14)), Start: date("2026-06-01T13:00:00Z")}, ""},
		{"count of 0", schedule.Rule{Frequency: "daily", Interval: 1, Count: new(int64(0)), Start: date("2026-07-01T13:00:00Z")}, ""},
		{"negative count", schedule.Rule{Frequency: "daily", Interval: 1, Count: new(int64(-1)), Start: date("2026-07-01T13:00:00Z")}, ""},
		{"until, inclusive", schedule.Rule{Frequency: "daily", Interval: 1, Until: new(date("2026-06-16T13:00:00Z")), Start: date("2026-06-16T13:00:00Z")}, "2026-06-16T13:00:00Z"},
		{"until passed", schedule.Rule{Frequency: "daily", Interval: 1, Until: new(date("2026-06-01T13:00:00Z")), Start: date("2026-01-01T13:00:00Z")}, ""},
		{"no seventh Monday", schedule.Rule{Frequency: "monthly", Interval: 1, Weekdays: monday, SetPos: new(int64(7)), Start: date("2026-01-01T13:00:00Z")}, ""},
		{"a start in antiquity", schedule.Rule{Frequency: "daily", Interval: 1, Start: date("0001-01-01T13:00:00Z")}, "2026-06-15T13:00:00Z"},
		{"longer than a lifetime of the library", schedule.Rule{Frequency: "yearly", Interval: 1, Start: date("1700-01-01T13:00:00Z")}, "2027-01-01T13:00:00Z"},
	} {
		got := ""
		next, ok, err := f.rule.Next(now)
		if err != nil {
			t.Errorf("%s: %v", f.name, err)
		}
		if ok {
			got = next.Format(time.RFC3339)
		}
		if diff := cmp.Diff(f.want, got); diff != "" {
			t.Errorf("%s: %s", f.name, diff)
		}
	}
	for _, pos := range []int64{0, 367, -367} {
		if _, _, err := (schedule.Rule{Frequency: "weekly", Interval: 1, Weekdays: monday, SetPos: &pos, Start: now}).Next(now); err == nil {
			t.Errorf("position %d: no error", pos)
		}
	}
}

// byHand walks the calendar day by day.
func byHand(r schedule.Rule, now time.Time) (time.Time, bool) {
	left := int64(-1)
	if r.Count != nil {
		left = max(*r.Count, 0)
	}
	for day := r.Start; day.Before(now.AddDate(12, 0, 0)); day = day.AddDate(0, 0, 1) {
		if left == 0 || r.Until != nil && day.After(*r.Until) {
			return time.Time{}, false
		}
		if !falls(r, day) {
			continue
		}
		left--
		if day.After(now.Add(schedule.Lead)) {
			return day, true
		}
	}
	return time.Time{}, false
}

// falls reports whether the rule has the day, by its position among the period's chosen
// days.
func falls(r schedule.Rule, day time.Time) bool {
	first, last, index := period(r, day)
	if index%int(r.Interval) != 0 || !chosen(r, day) {
		return false
	}
	if r.SetPos == nil || len(r.Weekdays) == 0 {
		return true
	}
	var days []int
	for d := first; d.Before(last); d = d.AddDate(0, 0, 1) {
		if chosen(r, d) {
			days = append(days, d.YearDay())
		}
	}
	at := int(*r.SetPos) - 1
	if *r.SetPos < 0 {
		at = len(days) + int(*r.SetPos)
	}
	return at >= 0 && at < len(days) && days[at] == day.YearDay()
}

func chosen(r schedule.Rule, day time.Time) bool {
	if len(r.Weekdays) > 0 {
		return slices.Contains(r.Weekdays, schedule.Weekdays[(int(day.Weekday())+6)%7])
	}
	switch r.Frequency {
	case "weekly":
		return day.Weekday() == r.Start.Weekday()
	case "monthly":
		return day.Day() == r.Start.Day()
	case "yearly":
		return day.Day() == r.Start.Day() && day.Month() == r.Start.Month()
	}
	return true
}

// period returns the day, week, month or year around a day, and its number, counted from
// the start's.
func period(r schedule.Rule, day time.Time) (first, last time.Time, index int) {
	midnight := func(t time.Time) time.Time { return t.Truncate(24 * time.Hour) }
	day = midnight(day)
	monday := func(t time.Time) time.Time { return midnight(t).AddDate(0, 0, -((int(t.Weekday()) + 6) % 7)) }
	switch r.Frequency {
	case "weekly":
		// The week of the start begins with the start, in python-dateutil.
		first = monday(day)
		if start := midnight(r.Start); start.After(first) {
			first = start
		}
		return first, monday(day).AddDate(0, 0, 7), int(monday(day).Sub(monday(r.Start)).Hours()) / 168
	case "monthly":
		first = day.AddDate(0, 0, 1-day.Day())
		return first, first.AddDate(0, 1, 0), 12*(day.Year()-r.Start.Year()) + int(day.Month()-r.Start.Month())
	case "yearly":
		first = time.Date(day.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
		return first, first.AddDate(1, 0, 0), day.Year() - r.Start.Year()
	}
	return day, day.AddDate(0, 0, 1), int(day.Sub(midnight(r.Start)).Hours()) / 24
}

func TestNextAgreesWithTheCalendar(t *testing.T) {
	now := date("2026-06-15T12:00:00Z")
	rapid.Check(t, func(t *rapid.T) {
		r := schedule.Rule{
			Frequency: rapid.SampledFrom([]string{"daily", "weekly", "monthly", "yearly"}).Draw(t, "frequency"),
			Interval:  rapid.Int64Range(1, 4).Draw(t, "interval"),
			Weekdays:  rapid.SliceOfDistinct(rapid.SampledFrom(schedule.Weekdays[:]), rapid.ID[string]).Draw(t, "weekdays"),
			Start:     now.Add(time.Duration(rapid.IntRange(-2000*24*60, 400*24*60).Draw(t, "start")) * time.Minute),
		}
		if rapid.Bool().Draw(t, "has position") {
			r.SetPos = new(rapid.SampledFrom([]int64{1, 2, 3, 4, 5, -1, -2, 12}).Draw(t, "position"))
		}
		if rapid.Bool().Draw(t, "has count") {
			r.Count = new(rapid.Int64Range(-1, 400).Draw(t, "count"))
		}
		if rapid.Bool().Draw(t, "has until") {
			r.Until = new(now.AddDate(0, 0, rapid.IntRange(-300, 900).Draw(t, "until")))
		}
		want, expected := byHand(r, now)
		got, ok, err := r.Next(now)
		if err != nil || ok != expected || !got.Equal(want) {
			t.Fatalf("%+v: %v %v %v, want %v %v", r, got, ok, err, want, expected)
		}
	})
}
