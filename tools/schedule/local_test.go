package schedule_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"posthog-mcp/tools/schedule"
)

func TestLocalShifts(t *testing.T) {
	clocks := func(at string) string {
		return "The schedule is kept in UTC, at " + at + " all year: where clocks change for summer, deliveries come an hour off."
	}
	const (
		west     = "2027-01-04T20:00:00-08:00" // a Monday; in UTC it is Tuesday, 04:00
		east     = "2027-01-04T03:00:00+05:30" // the same Monday; in UTC it is Sunday, 21:30
		sooner   = "bysetpos counts in UTC too: where a %s begins or ends, it can pick another day than at UTC-08:00. A time that is on the same day in UTC avoids this."
		westMon  = `PostHog counts weekdays in UTC: byweekday ["monday"] delivers on Sunday at UTC-08:00. If you mean Monday there, give byweekday ["tuesday"].`
		firstOfN = " For day 1 there, every month, give byweekday with all seven days and bysetpos -1: the last day in UTC."
	)
	for _, c := range []struct {
		start string
		rule  rule
		want  []string
	}{
		{"2027-01-04T20:00:00Z", rule{Frequency: "weekly", Weekdays: monday}, nil},
		{"2027-01-04T20:00:00+00:00", rule{Frequency: "monthly"}, nil},
		{"2027-01-04T09:00:00-08:00", rule{Frequency: "weekly", Weekdays: monday}, []string{clocks("17:00")}},
		{"2027-01-04T09:00:00+05:30", rule{Frequency: "monthly"}, []string{clocks("03:30")}},

		{west, rule{Frequency: "daily"}, []string{clocks("04:00")}},
		{west, rule{Frequency: "weekly", Weekdays: monday}, []string{clocks("04:00"), westMon}},
		{"2027-01-03T20:00:00-08:00", rule{Frequency: "weekly", Weekdays: monday}, []string{clocks("04:00"), westMon}},
		{west, rule{Frequency: "daily", Weekdays: monday}, []string{clocks("04:00"), westMon}},
		{west, rule{Frequency: "fortnightly", Weekdays: monday}, []string{clocks("04:00"), westMon}},
		{west, rule{Frequency: "weekly", Weekdays: []string{"sunday", "friday", "monday", "monday"}}, []string{clocks("04:00"),
			`PostHog counts weekdays in UTC: byweekday ["monday","friday","sunday"] delivers on Sunday, Thursday and Saturday at UTC-08:00. If you mean Monday, Friday and Sunday there, give byweekday ["tuesday","saturday","monday"].`}},
		{east, rule{Frequency: "weekly", Weekdays: monday}, []string{clocks("21:30"),
			`PostHog counts weekdays in UTC: byweekday ["monday"] delivers on Tuesday at UTC+05:30. If you mean Monday there, give byweekday ["sunday"].`}},
		{west, rule{Frequency: "weekly", Weekdays: everyday}, []string{clocks("04:00")}},
		{west, rule{Frequency: "weekly", Weekdays: []string{"funday"}}, []string{clocks("04:00")}},
		{west, rule{Frequency: "weekly"}, []string{clocks("04:00"), "Tuesday in UTC is Monday at UTC-08:00."}},
		{east, rule{Frequency: "weekly"}, []string{clocks("21:30"), "Sunday in UTC is Monday at UTC+05:30."}},

		{west, rule{Frequency: "monthly", Weekdays: monday, SetPos: new(int64(1))}, []string{clocks("04:00"), westMon, fmt.Sprintf(sooner, "month")}},
		{west, rule{Frequency: "yearly", Weekdays: monday, SetPos: new(int64(-1))}, []string{clocks("04:00"), westMon, fmt.Sprintf(sooner, "year")}},
		{west, rule{Frequency: "monthly", Weekdays: everyday, SetPos: new(int64(-1))}, []string{clocks("04:00"), "The last day of a month in UTC is the day before at UTC-08:00."}},
		{east, rule{Frequency: "monthly", Weekdays: everyday, SetPos: new(int64(-1))}, []string{clocks("21:30"), "The last day of a month in UTC is the day after at UTC+05:30."}},
		{west, rule{Frequency: "monthly", SetPos: new(int64(1))}, []string{clocks("04:00"), "Day 5 in UTC is day 4 at UTC-08:00."}}, // without weekdays it is ignored

		{east, rule{Frequency: "monthly"}, []string{clocks("21:30"), "Day 3 in UTC is day 4 at UTC+05:30."}},
		{"2027-01-31T20:00:00-08:00", rule{Frequency: "monthly"}, []string{clocks("04:00"), "Day 1 in UTC is the last day of the month before at UTC-08:00."}},
		{"2027-02-01T03:00:00+05:30", rule{Frequency: "monthly"}, []string{clocks("21:30"), "Day 31 in UTC is day 1 of the next month at UTC+05:30." + firstOfN}},
		{"2027-03-01T03:00:00+05:30", rule{Frequency: "monthly"}, []string{clocks("21:30"), "Day 28 in UTC is day 29 at UTC+05:30, or day 1 where a month ends with day 28." + firstOfN}},
		{"2027-01-31T03:00:00+05:30", rule{Frequency: "monthly"}, []string{clocks("21:30"), "Day 30 in UTC is day 31 at UTC+05:30, or day 1 where a month ends with day 30."}},
		{"2026-12-31T20:00:00-08:00", rule{Frequency: "yearly"}, []string{clocks("04:00"), "1 January in UTC is the day before at UTC-08:00."}},
		{"2027-01-01T03:00:00+05:30", rule{Frequency: "yearly"}, []string{clocks("21:30"), "31 December in UTC is the day after at UTC+05:30."}},
	} {
		c.rule.Interval = 1
		given := at(c.start)
		c.rule.Start = given.UTC()
		if diff := cmp.Diff(c.want, c.rule.LocalShifts(given, nil, now)); diff != "" {
			t.Errorf("%s, %s: %s", c.start, c.rule.Sentence(now), diff)
		}
	}
}

// In the zone of the start, the clocks' changes have dates.
func TestClockChanges(t *testing.T) {
	for _, c := range []struct{ start, zone, want string }{
		{"2027-01-04T09:00:00+01:00", "Europe/Berlin", "The schedule is kept in UTC: from 28 March 2027 it arrives at 10:00 in Berlin, from 31 October 2027 at 09:00."},
		{"2027-07-05T09:10:00-04:00", "America/New_York", "The schedule is kept in UTC: from 7 November 2027 it arrives at 08:30 in New York, from 12 March 2028 at 09:30."},
		{"2027-01-04T09:00:00+09:00", "Asia/Tokyo", ""},
		{"2024-01-08T09:00:00+01:00", "Europe/Berlin", "The schedule is kept in UTC: from 15 June 2026 it arrives at 10:00 in Berlin, from 25 October 2026 at 09:00, from 28 March 2027 at 10:00."},
		{"2024-07-08T09:00:00+02:00", "Europe/Berlin", "The schedule is kept in UTC: from 25 October 2026 it arrives at 08:00 in Berlin, from 28 March 2027 at 09:00."},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		given := at(c.start)
		r := rule{Frequency: "daily", Interval: 1, Start: given.UTC()}
		if got := strings.Join(r.LocalShifts(given, zone, now), "; "); got != c.want {
			t.Errorf("%s: %q", c.start, got)
		}
	}
}

// What ends before the clocks change is not moved.
func TestClockChangesAfterTheEnd(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	given, until := at("2027-01-04T09:00:00+01:00"), at("2027-03-01T00:00:00Z")
	for _, r := range []rule{{Frequency: "daily", Count: new(int64(20))}, {Frequency: "weekly", Until: &until}} {
		r.Interval, r.Start = 1, given.UTC()
		if got := r.LocalShifts(given, zone, now); got != nil {
			t.Errorf("%s: %q", r.Sentence(now), got)
		}
	}
}

func TestSlot(t *testing.T) {
	for due, want := range map[string]string{
		"2027-01-04T09:00:00Z": "2027-01-04T09:00:00Z", "2027-01-04T09:00:00.9Z": "2027-01-04T09:00:00Z", "2027-01-04T09:10:00Z": "2027-01-04T09:30:00Z",
		"2027-01-04T09:30:00Z": "2027-01-04T09:30:00Z", "2027-01-04T23:30:01+05:30": "2027-01-04T18:30:00Z",
	} {
		if got := schedule.Slot(at(due)).Format(time.RFC3339); got != want {
			t.Errorf("%s: %s, want %s", due, got, want)
		}
	}
}

// The sentence names the local weekdays of the deliveries, and with the weekdays
// it advises the deliveries fall on the ones that were meant.
func TestLocalWeekdays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := time.FixedZone("", 900*rapid.IntRange(-12*4, 14*4).Draw(t, "quarters"))
		given := now.Add(time.Duration(rapid.IntRange(0, 14*24*60).Draw(t, "minutes")) * time.Minute).In(zone)
		day := rapid.SampledFrom(names).Draw(t, "weekday")
		r := rule{Frequency: "weekly", Interval: 1, Weekdays: []string{day}, Start: given.UTC()}
		local := func(r rule) string { return r.Next(now, 1)[0].In(zone).Weekday().String() }
		said := strings.Join(r.LocalShifts(given, nil, now), "\n")
		_, advice, shifted := strings.Cut(said, "give byweekday [\"")
		if want := strings.EqualFold(local(r), day); want == shifted {
			t.Fatalf("%s delivers on %s: %s", day, local(r), said)
		}
		if !shifted {
			return
		}
		if !strings.Contains(said, "delivers on "+local(r)+" at") {
			t.Fatalf("delivers on %s: %s", local(r), said)
		}
		r.Weekdays = []string{strings.TrimSuffix(advice, "\"].")}
		if !slices.Contains(names, r.Weekdays[0]) || !strings.EqualFold(local(r), day) {
			t.Fatalf("%v delivers on %s: %s", r.Weekdays, local(r), said)
		}
	})
}
