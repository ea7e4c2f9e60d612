package schedule_test

import (
	"math"
	"testing"
	"time"
	_ "time/tzdata" // zones on a machine that has none
	"unicode"

	"github.com/google/go-cmp/cmp"
)

func TestSentence(t *testing.T) {
	for _, f := range []struct {
		rule rule
		want string
	}{
		{rule{Frequency: "daily", Interval: 1}, "every day, 09:00 UTC"},
		{rule{Frequency: "daily", Interval: 3}, "every 3 days, 09:00 UTC"},
		{rule{Frequency: "daily", Interval: 1, Weekdays: workdays}, "every weekday, 09:00 UTC"},
		{rule{Frequency: "daily", Interval: 1, Weekdays: everyday}, "every day, 09:00 UTC"},
		{rule{Frequency: "daily", Interval: 1, Weekdays: monday, SetPos: new(int64(-1))}, "every week on Monday, 09:00 UTC"},
		{rule{Frequency: "daily", Interval: 2, Weekdays: workdays}, "every 2 days when that is a weekday, 09:00 UTC"},
		{rule{Frequency: "daily", Interval: 2, Weekdays: everyday}, "every 2 days, 09:00 UTC"},
		{rule{Frequency: "daily", Interval: 2, Weekdays: []string{"friday", "monday"}}, "every 2 days when that is a Monday or Friday, 09:00 UTC"},

		{rule{Frequency: "weekly", Interval: 1}, "every week on Friday, 09:00 UTC"},
		{rule{Frequency: "weekly", Interval: 2, Weekdays: []string{"friday", "monday", "friday"}}, "every 2 weeks on Monday and Friday, 09:00 UTC"},
		{rule{Frequency: "weekly", Interval: 1, Weekdays: []string{"sunday", "friday", "monday"}}, "every week on Monday, Friday and Sunday, 09:00 UTC"},
		{rule{Frequency: "weekly", Interval: 1, Weekdays: workdays}, "every weekday, 09:00 UTC"},
		{rule{Frequency: "weekly", Interval: 2, Weekdays: workdays}, "every 2 weeks on each weekday, 09:00 UTC"},
		{rule{Frequency: "weekly", Interval: 1, Weekdays: monday, SetPos: new(int64(1))}, "every week on Monday, 09:00 UTC"},
		{rule{Frequency: "weekly", Interval: 1, Weekdays: workdays, SetPos: new(int64(3))}, "every week on the 3rd weekday, 09:00 UTC"},

		{rule{Frequency: "monthly", Interval: 1}, "every month on day 15, 09:00 UTC"},
		{rule{Frequency: "monthly", Interval: 1, SetPos: new(int64(2))}, "every month on day 15, 09:00 UTC"},
		{rule{Frequency: "monthly", Interval: 1, Weekdays: monday}, "every week on Monday, 09:00 UTC"},
		{rule{Frequency: "monthly", Interval: 2, Weekdays: []string{"friday", "monday"}}, "every 2 months on each Monday and Friday, 09:00 UTC"},
		{rule{Frequency: "monthly", Interval: 1, Weekdays: []string{"friday"}, SetPos: new(int64(-1))}, "every month on the last Friday, 09:00 UTC"},
		{rule{Frequency: "monthly", Interval: 3, Weekdays: []string{"tuesday"}, SetPos: new(int64(2))}, "every 3 months on the 2nd Tuesday, 09:00 UTC"},
		{rule{Frequency: "monthly", Interval: 1, Weekdays: workdays, SetPos: new(int64(-1))}, "every month on the last weekday, 09:00 UTC"},
		{rule{Frequency: "monthly", Interval: 1, Weekdays: everyday, SetPos: new(int64(1))}, "every month on the first day, 09:00 UTC"},
		{rule{Frequency: "monthly", Interval: 1, Weekdays: []string{"friday", "monday"}, SetPos: new(int64(-2))}, "every month on the 2nd to last Monday or Friday, 09:00 UTC"},

		{rule{Frequency: "yearly", Interval: 1}, "every year on 15 May, 09:00 UTC"},
		{rule{Frequency: "yearly", Interval: 1, Weekdays: everyday, SetPos: new(int64(112))}, "every year on the 112th day, 09:00 UTC"},
		{rule{Frequency: "yearly", Interval: 1, Weekdays: everyday, SetPos: new(int64(101))}, "every year on the 101st day, 09:00 UTC"},
		{rule{Frequency: "yearly", Interval: 2, Weekdays: workdays}, "every 2 years on each weekday, 09:00 UTC"},

		{rule{Frequency: "weekly", Interval: 2, Weekdays: []string{"friday", "monday"}, Count: new(int64(8)), Until: new(at("2027-06-30T23:00:00-02:00"))},
			"every 2 weeks on Monday and Friday, 09:00 UTC, 3 of 8 deliveries left, until 2027-07-01"},
		{rule{Frequency: "monthly", Interval: 1, Count: new(int64(3)), Start: at("2027-01-04T01:30:00+02:00")},
			"every month on day 3, 23:30 UTC, from 2027-01-03, 3 of 3 deliveries left"},
		{rule{Frequency: "daily", Interval: 1, Count: new(int64(5))}, "every day, 09:00 UTC, all 5 deliveries done"},
		{rule{Frequency: "daily", Interval: 1, Count: new(int64(3)), Start: at("2026-06-13T12:00:00Z")}, "every day, 12:00 UTC, all 3 deliveries done"},
		{rule{Frequency: "daily", Interval: 1, Count: new(int64(1))}, "every day, 09:00 UTC, its only delivery done"},
		{rule{Frequency: "daily", Interval: 1, Count: new(int64(1)), Start: at("2026-06-16T09:00:00Z")}, "every day, 09:00 UTC, from 2026-06-16, 1 of 1 delivery left"},
		{rule{Frequency: "daily", Interval: 1, Count: new(int64(0))}, "every day, 09:00 UTC, no deliveries as the count is 0"},
		{rule{Frequency: "daily", Interval: 1, Count: new(int64(50)), Until: new(at("2026-06-01T00:00:00Z"))}, "every day, 09:00 UTC, 0 of 50 deliveries left, until 2026-06-01"},
		{rule{Frequency: "monthly", Interval: 1, Weekdays: monday, SetPos: new(int64(7)), Count: new(int64(5))}, "every month on the 7th Monday, 09:00 UTC, 0 of 5 deliveries left"},
		{rule{Frequency: "yearly", Interval: 4, Weekdays: everyday, SetPos: new(int64(366)), Count: new(int64(5))}, "every 4 years on the 366th day, 09:00 UTC, 0 of 5 deliveries left"},

		{rule{Frequency: "daily"}, "invalid interval of 0 days, 09:00 UTC"},
		{rule{Frequency: "weekly", Interval: -2, Weekdays: monday, Count: new(int64(5))}, "invalid interval of -2 weeks on Monday, 09:00 UTC, 5 deliveries in all"},
		{rule{Frequency: "fortnightly", Interval: 1}, `frequency "fortnightly", 09:00 UTC`},
		{rule{Frequency: "x\n\u202e", Interval: 2, Weekdays: monday}, `frequency "x\n\u202e", interval 2 on Monday, 09:00 UTC`},
		{rule{Frequency: "weekly", Interval: 1, Weekdays: []string{"funday", "monday", "someday"}}, `every week on Monday and "funday", 09:00 UTC`},
		{rule{Frequency: "monthly", Interval: 1, Weekdays: monday, SetPos: new(int64(math.MinInt64))}, "every month on the 9223372036854775808th to last Monday, 09:00 UTC"},
		{rule{Frequency: "monthly", Interval: 1, Start: at("0000-01-01T00:00:00Z")}, "every month, no start date"},
	} {
		if f.rule.Start.IsZero() {
			f.rule.Start = start
		}
		if diff := cmp.Diff(f.want, f.rule.Sentence(now)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestWarnings(t *testing.T) {
	const newer = "Newer PostHog versions read bysetpos only when the frequency is monthly; the dates here count it."
	for _, f := range []struct {
		rule rule
		want []string
	}{
		{rule{Frequency: "weekly", Interval: 1, Weekdays: monday, Count: new(int64(3)), Until: new(at("2027-01-01T00:00:00Z"))}, nil},
		{rule{Frequency: "daily", Interval: 1, Until: new(at("2026-06-01T00:00:00Z"))}, []string{"until_date 2026-06-01 is in the past: nothing more is delivered."}},
		{rule{Frequency: "daily", Interval: 1, Until: new(at("2026-05-01T00:00:00Z"))}, []string{
			"This schedule never delivers: until_date is before start_date.",
			"until_date 2026-05-01 is in the past: nothing more is delivered."}},
		{rule{Frequency: "daily", Interval: 1, Count: new(int64(-3))}, []string{"This schedule never delivers: its count is -3."}},
		{rule{Frequency: "daily", Interval: 7, Weekdays: monday}, []string{"This schedule never delivers: no date fits it."}},
		{rule{Frequency: "monthly", Interval: 1, Weekdays: monday, SetPos: new(int64(7))}, []string{"This schedule never delivers: no date fits it."}},
		{rule{Frequency: "weekly", Interval: 1, SetPos: new(int64(2))}, []string{"bysetpos has no effect without byweekday: PostHog ignores it."}},
		{rule{Frequency: "weekly", Interval: 1, Weekdays: workdays, SetPos: new(int64(2))}, []string{newer}},
		{rule{Frequency: "weekly", Interval: 1, Weekdays: monday, SetPos: new(int64(1))}, nil},
		{rule{Frequency: "monthly", Interval: 1, Weekdays: monday, SetPos: new(int64(-1))}, nil},
		{rule{Frequency: "monthly", Interval: 1, Weekdays: monday, SetPos: new(int64(4))}, nil},
		{rule{Frequency: "monthly", Interval: 1, Weekdays: monday, SetPos: new(int64(5))}, []string{"Months without a 5th Monday are skipped."}},
		{rule{Frequency: "monthly", Interval: 1, Weekdays: workdays, SetPos: new(int64(-22))}, []string{"Months without a 22nd to last weekday are skipped."}},

		{rule{Frequency: "monthly", Interval: 1, Start: at("2026-01-28T09:00:00Z")}, nil},
		{rule{Frequency: "monthly", Interval: 1, Start: at("2026-01-29T09:00:00Z")}, []string{"Months without a day 29 are skipped."}},
		{rule{Frequency: "monthly", Interval: 2, Start: at("2026-01-31T09:00:00Z")}, []string{"Months without a day 31 are skipped."}},
		{rule{Frequency: "monthly", Interval: 12, Start: at("2026-01-31T09:00:00Z")}, nil},
		{rule{Frequency: "monthly", Interval: 6, Start: at("2026-01-31T09:00:00Z")}, nil},
		{rule{Frequency: "monthly", Interval: math.MaxInt64, Start: at("2026-01-31T09:00:00Z")}, []string{"Months without a day 31 are skipped."}},
		{rule{Frequency: "monthly", Interval: 1, Weekdays: monday, Start: at("2026-01-31T09:00:00Z")}, nil},
		{rule{Frequency: "yearly", Interval: 1, Start: at("2024-02-29T09:00:00Z")}, []string{"29 February is in leap years only: other years are skipped."}},
		{rule{Frequency: "yearly", Interval: 4, Start: at("2024-02-29T09:00:00Z")}, nil},
		{rule{Frequency: "yearly", Interval: 1, Start: at("2024-03-29T09:00:00Z")}, nil},

		{rule{Frequency: "monthly", Start: at("2026-01-31T09:00:00Z")}, []string{"The dates of this schedule cannot be computed: interval 0 is below 1."}},
		{rule{Frequency: "fort\nnightly", Interval: 1}, []string{`The dates of this schedule cannot be computed: frequency "fort\nnightly" is unknown here.`}},
		{rule{Frequency: "weekly", Interval: 1, Weekdays: []string{"funday"}}, []string{`The dates of this schedule cannot be computed: weekday "funday" is unknown here.`}},
		{rule{Frequency: "monthly", Interval: 1, Weekdays: monday, SetPos: new(int64(0))}, []string{"The dates of this schedule cannot be computed: bysetpos 0 is not within 1 to 366 or -366 to -1."}},
		{rule{Frequency: "monthly", Interval: 1, Start: at("0000-01-01T00:00:00Z")}, []string{"The dates of this schedule cannot be computed: the start date is missing."}},
	} {
		if f.rule.Start.IsZero() {
			f.rule.Start = start
		}
		if diff := cmp.Diff(f.want, f.rule.Warnings(now)); diff != "" {
			t.Errorf("%s: %s", f.rule.Sentence(now), diff)
		}
	}
}

func FuzzRule(f *testing.F) {
	f.Add("daily", int64(1), byte(0), "", int64(0), int64(0), int64(0), int64(0), byte(0))
	f.Add("monthly", int64(1), byte(1), "", int64(7), int64(5), start.Unix(), now.Unix(), byte(7))
	f.Add("yearly", int64(4), byte(0x7f), "", int64(366), int64(math.MaxInt64), int64(-62135596799), int64(math.MaxInt64), byte(7))
	f.Add("weekly", int64(math.MaxInt64), byte(3), "fun\nday", int64(math.MinInt64), int64(math.MinInt64), int64(math.MaxInt64), int64(math.MinInt64), byte(7))
	f.Add("fort\x00nightly", int64(-1), byte(0), "", int64(-1), int64(-1), int64(-1), int64(-1), byte(0))
	f.Fuzz(func(t *testing.T, frequency string, interval int64, days byte, extra string, position, count, start, until int64, has byte) {
		r := rule{Frequency: frequency, Interval: interval, Start: time.Unix(start, 0)}
		for i, name := range names {
			if days>>i&1 == 1 {
				r.Weekdays = append(r.Weekdays, name)
			}
		}
		if extra != "" {
			r.Weekdays = append(r.Weekdays, extra)
		}
		if has&1 != 0 {
			r.SetPos = &position
		}
		if has&2 != 0 {
			r.Count = &count
		}
		if has&4 != 0 {
			r.Until = new(time.Unix(until, 0))
		}
		next := r.Next(now, 3)
		for i, date := range next {
			if !date.After(now) || i > 0 && !date.After(next[i-1]) || date.Second() != r.Start.UTC().Second() {
				t.Fatalf("%v", next)
			}
		}
		texts := append(r.Warnings(now), r.Sentence(now))
		for _, text := range texts {
			if len(text) > 600 {
				t.Fatalf("%d bytes", len(text))
			}
			for _, c := range text {
				if !unicode.IsPrint(c) {
					t.Fatalf("%q", text)
				}
			}
		}
	})
}
