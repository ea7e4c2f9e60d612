package schedule_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/tools/schedule"
)

type rule = schedule.Rule

var (
	// now is a Monday.
	now      = at("2026-06-15T12:00:00Z")
	start    = at("2026-05-15T09:00:00Z")
	monday   = []string{"monday"}
	workdays = []string{"friday", "thursday", "wednesday", "tuesday", "monday"}
	everyday = append([]string{"sunday", "saturday"}, workdays...)
)

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestNext(t *testing.T) {
	for name, f := range map[string]struct {
		rule rule
		want []string
	}{
		"the start itself": {
			rule{Frequency: "yearly", Interval: 1, Start: at("2026-07-01T00:00:00+02:00")},
			[]string{"2026-06-30T22:00:00Z", "2027-06-30T22:00:00Z", "2028-06-30T22:00:00Z"}},
		"a delivery at the moment is past": {
			rule{Frequency: "daily", Interval: 1, Start: at("2026-06-01T12:00:00.9Z")},
			[]string{"2026-06-16T12:00:00Z", "2026-06-17T12:00:00Z", "2026-06-18T12:00:00Z"}},
		"the 31st, where there is one": {
			rule{Frequency: "monthly", Interval: 1, Start: at("2026-05-31T09:00:00Z")},
			[]string{"2026-07-31T09:00:00Z", "2026-08-31T09:00:00Z", "2026-10-31T09:00:00Z"}},
		"leap days, which 2100 lacks": {
			rule{Frequency: "yearly", Interval: 4, Start: at("2092-02-29T09:00:00Z")},
			[]string{"2092-02-29T09:00:00Z", "2096-02-29T09:00:00Z", "2104-02-29T09:00:00Z"}},
		"the last workday": {
			rule{Frequency: "monthly", Interval: 1, Weekdays: workdays, SetPos: new(int64(-1)), Start: start},
			[]string{"2026-06-30T09:00:00Z", "2026-07-31T09:00:00Z", "2026-08-31T09:00:00Z"}},
		"a position without weekdays is ignored": {
			rule{Frequency: "monthly", Interval: 1, SetPos: new(int64(400)), Start: start},
			[]string{"2026-07-15T09:00:00Z", "2026-08-15T09:00:00Z", "2026-09-15T09:00:00Z"}},
		"the week of the start begins with the start": {
			rule{Frequency: "weekly", Interval: 2, Weekdays: workdays, SetPos: new(int64(2)), Start: at("2026-06-17T09:00:00Z")},
			[]string{"2026-06-18T09:00:00Z", "2026-06-30T09:00:00Z", "2026-07-14T09:00:00Z"}},
		"the 53rd Monday": {
			rule{Frequency: "yearly", Interval: 1, Weekdays: monday, SetPos: new(int64(53)), Start: start},
			[]string{"2029-12-31T09:00:00Z", "2035-12-31T09:00:00Z", "2040-12-31T09:00:00Z"}},
		"a count from the start on": {
			rule{Frequency: "daily", Interval: 1, Count: new(int64(17)), Start: at("2026-06-01T13:00:00Z")},
			[]string{"2026-06-15T13:00:00Z", "2026-06-16T13:00:00Z", "2026-06-17T13:00:00Z"}},
		"a count that ends": {
			rule{Frequency: "daily", Interval: 1, Count: new(int64(15)), Start: at("2026-06-01T13:00:00Z")},
			[]string{"2026-06-15T13:00:00Z"}},
		"until, inclusive": {
			rule{Frequency: "daily", Interval: 1, Until: new(at("2026-06-16T13:00:00Z")), Start: at("2026-06-01T13:00:00Z")},
			[]string{"2026-06-15T13:00:00Z", "2026-06-16T13:00:00Z"}},
		"from 1970": {
			rule{Frequency: "daily", Interval: 1, Start: at("1970-01-01T13:00:00Z")},
			[]string{"2026-06-15T13:00:00Z", "2026-06-16T13:00:00Z", "2026-06-17T13:00:00Z"}},
		"from antiquity, counted": {
			rule{Frequency: "yearly", Interval: 1, Count: new(int64(2028)), Start: at("0001-01-01T13:00:00Z")},
			[]string{"2027-01-01T13:00:00Z", "2028-01-01T13:00:00Z"}},
		"an interval beyond the calendar": {
			rule{Frequency: "weekly", Interval: math.MaxInt64, Start: at("2026-06-16T13:00:00Z")},
			[]string{"2026-06-16T13:00:00Z"}},
		"to the last year": {
			rule{Frequency: "yearly", Interval: 7972, Start: at("2027-06-16T13:00:00Z")},
			[]string{"2027-06-16T13:00:00Z", "9999-06-16T13:00:00Z"}},
	} {
		var got []string
		for _, next := range f.rule.Next(now, 3) {
			got = append(got, next.Format(time.RFC3339Nano))
		}
		if diff := cmp.Diff(f.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestNextOfNothing(t *testing.T) {
	for name, r := range map[string]rule{
		"count used up":            {Frequency: "daily", Interval: 1, Count: new(int64(14)), Start: at("2026-06-01T13:00:00Z")},
		"count of 0":               {Frequency: "daily", Interval: 1, Count: new(int64(0)), Start: now},
		"negative count":           {Frequency: "daily", Interval: 1, Count: new(int64(math.MinInt64)), Start: now},
		"until passed":             {Frequency: "daily", Interval: 1, Until: new(at("2026-06-15T12:00:00Z")), Start: start},
		"until before the start":   {Frequency: "daily", Interval: 1, Until: new(at("2027-01-01T00:00:00Z")), Start: at("2028-01-01T00:00:00Z")},
		"no 7th Monday":            {Frequency: "monthly", Interval: 1, Weekdays: monday, SetPos: new(int64(7)), Start: start},
		"no 54th Monday":           {Frequency: "yearly", Interval: 1, Weekdays: monday, SetPos: new(int64(-54)), Start: start},
		"one day has no 2nd":       {Frequency: "daily", Interval: 1, Weekdays: everyday, SetPos: new(int64(2)), Start: start},
		"position out of bounds":   {Frequency: "yearly", Interval: 1, Weekdays: monday, SetPos: new(int64(400)), Start: start},
		"the smallest position":    {Frequency: "yearly", Interval: 1, Weekdays: monday, SetPos: new(int64(math.MinInt64)), Start: start},
		"whole weeks from Friday":  {Frequency: "daily", Interval: 14, Weekdays: monday, Start: start},
		"no leap year":             {Frequency: "yearly", Interval: 4, Weekdays: everyday, SetPos: new(int64(366)), Start: start},
		"interval of 0":            {Frequency: "daily", Start: now},
		"negative interval":        {Frequency: "weekly", Interval: -1, Start: at("2027-01-01T00:00:00Z")},
		"unknown frequency":        {Frequency: "fortnightly", Interval: 1, Start: start},
		"a weekday in capitals":    {Frequency: "weekly", Interval: 1, Weekdays: []string{"Monday"}, Start: start},
		"no start":                 {Frequency: "daily", Interval: 1},
		"a start before the years": {Frequency: "daily", Interval: 1, Start: at("0000-06-01T00:00:00Z")},
	} {
		if got := r.Next(now, 3); len(got) != 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := (rule{Frequency: "daily", Interval: 1, Start: start}).Next(now, 0); len(got) != 0 {
		t.Errorf("none wanted: %v", got)
	}
	if got := (rule{Frequency: "daily", Interval: 1, Start: start}).Next(time.Unix(math.MaxInt64, 0), 1); len(got) != 0 {
		t.Errorf("after all time: %v", got)
	}
	if got := (rule{Frequency: "daily", Interval: 1, Start: start}).Next(time.Unix(math.MinInt64, 0), 1); !cmp.Equal(got, []time.Time{start}) {
		t.Errorf("before all time: %v", got)
	}
}

// Dates repeat themselves after 400 years, and so do their numbers.
func TestNextFarFromTheStart(t *testing.T) {
	for _, r := range []rule{
		{Frequency: "monthly", Interval: 1, Weekdays: monday, SetPos: new(int64(5)), Start: at("0924-02-29T09:00:00Z")},
		{Frequency: "monthly", Interval: 2, Start: at("0924-12-31T09:00:00Z")},
		{Frequency: "yearly", Interval: 1, Start: at("0924-02-29T09:00:00Z")},
		{Frequency: "yearly", Interval: 2, Weekdays: workdays, SetPos: new(int64(-1)), Start: at("0923-09-30T09:00:00Z")},
		{Frequency: "weekly", Interval: 3, Weekdays: workdays, SetPos: new(int64(2)), Start: at("1924-02-27T09:00:00Z")},
		{Frequency: "daily", Interval: 5, Weekdays: workdays, Start: at("1924-02-29T09:00:00Z")},
	} {
		dates := byHand(r, now.AddDate(20, 0, 0))
		past := 0
		for past < len(dates) && !dates[past].After(now) {
			past++
		}
		if diff := cmp.Diff(dates[past:past+2], r.Next(now, 2)); diff != "" {
			t.Errorf("%+v: %s", r, diff)
		}
		r.Count = new(int64(past + 1))
		if diff := cmp.Diff(dates[past:past+1], r.Next(now, 2)); diff != "" {
			t.Errorf("%+v, counted: %s", r, diff)
		}
	}
}
