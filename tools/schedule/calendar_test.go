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

// byHand computes the dates independently: it collects the chosen days of each
// period, takes those at the position, and stops at the end.
func byHand(r schedule.Rule, end time.Time) []time.Time {
	day := r.Start
	switch r.Frequency {
	case "monthly":
		day = day.AddDate(0, 0, 1-day.Day())
	case "yearly":
		day = day.AddDate(0, 1-int(day.Month()), 1-day.Day())
	}
	var dates, chosen []time.Time
	for period := int64(0); day.Before(end); day = day.AddDate(0, 0, 1) {
		if period%r.Interval == 0 && circled(r, day) {
			chosen = append(chosen, day)
		}
		if !lastOfPeriod(r.Frequency, day) {
			continue
		}
		dates = append(dates, positioned(r, chosen)...)
		chosen = nil
		period++
	}
	dates = slices.DeleteFunc(dates, func(d time.Time) bool {
		return d.Before(r.Start) || r.Until != nil && d.After(*r.Until)
	})
	if r.Count != nil {
		dates = dates[:max(0, min(*r.Count, int64(len(dates))))]
	}
	return dates
}

func circled(r schedule.Rule, day time.Time) bool {
	if len(r.Weekdays) > 0 {
		return slices.Contains(r.Weekdays, strings.ToLower(day.Format("Monday")))
	}
	layout := map[string]string{"daily": "", "weekly": "Mon", "monthly": "2", "yearly": "2 Jan"}[r.Frequency]
	return day.Format(layout) == r.Start.Format(layout)
}

func lastOfPeriod(frequency string, day time.Time) bool {
	switch frequency {
	case "weekly":
		return day.Weekday() == time.Sunday
	case "monthly":
		return day.AddDate(0, 0, 1).Day() == 1
	case "yearly":
		return day.AddDate(0, 0, 1).YearDay() == 1
	}
	return true
}

func positioned(r schedule.Rule, chosen []time.Time) []time.Time {
	if r.SetPos == nil || len(r.Weekdays) == 0 {
		return chosen
	}
	index := int(*r.SetPos) - 1
	if *r.SetPos < 0 {
		index = len(chosen) + int(*r.SetPos)
	}
	if index < 0 || index >= len(chosen) {
		return nil
	}
	return chosen[index : index+1]
}

var names = []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}

func anyRule() *rapid.Generator[schedule.Rule] {
	return rapid.Custom(func(t *rapid.T) schedule.Rule {
		return schedule.Rule{
			Frequency: rapid.SampledFrom([]string{"daily", "weekly", "monthly", "yearly"}).Draw(t, "frequency"),
			Interval:  rapid.Int64Range(1, 8).Draw(t, "interval"),
			Weekdays:  rapid.SliceOfN(rapid.SampledFrom(names), 0, 8).Draw(t, "weekdays"),
			SetPos:    rapid.Ptr(rapid.SampledFrom([]int64{1, 2, 3, 4, 5, -1, -2, -5, 12, 53}), true).Draw(t, "position"),
			Count:     rapid.Ptr(rapid.Int64Range(-1, 400), true).Draw(t, "count"),
			Start:     now.Add(time.Duration(rapid.IntRange(-6000*24*60, 800*24*60).Draw(t, "start")) * time.Minute),
			Until: rapid.Ptr(rapid.Map(rapid.IntRange(-3000, 3000), func(days int) time.Time {
				return now.AddDate(0, 0, days)
			}), true).Draw(t, "until"),
		}
	})
}

func TestNextAgreesWithTheCalendar(t *testing.T) {
	end := now.AddDate(12, 0, 0)
	rapid.Check(t, func(t *rapid.T) {
		r := anyRule().Draw(t, "rule")
		after := now.AddDate(0, 0, rapid.IntRange(-1000, 1000).Draw(t, "after"))
		// The calendar's last period may be cut short.
		within := func(dates []time.Time) []time.Time {
			near := []time.Time{}
			for _, date := range dates {
				if date.After(after) && date.Before(end.AddDate(-1, 0, 0)) && len(near) < 5 {
					near = append(near, date)
				}
			}
			return near
		}
		if diff := cmp.Diff(within(byHand(r, end)), within(r.Next(after, 5))); diff != "" {
			t.Fatal(diff)
		}
	})
}

// With an until, the deliveries left of a count end before the walk does.
func TestLeftAgreesWithTheCalendar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyRule().Draw(t, "rule")
		r.Count = new(rapid.Int64Range(2, 400).Draw(t, "some count"))
		r.Until = new(now.AddDate(0, 0, rapid.IntRange(-3000, 3000).Draw(t, "some until")))
		left, all := 0, byHand(r, now.AddDate(12, 0, 0))
		for _, date := range all {
			if date.After(now) {
				left++
			}
		}
		want := fmt.Sprintf(", %d of %d deliveries left", left, *r.Count)
		if left == 0 && int64(len(all)) == *r.Count {
			want = fmt.Sprintf(", all %d deliveries done", *r.Count)
		}
		if sentence := r.Sentence(now); !strings.Contains(sentence, want) {
			t.Fatalf("%s, want %s", sentence, want)
		}
	})
}

func TestNextIsInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyRule().Draw(t, "rule")
		last := now
		for _, next := range r.Next(now, 20) {
			if !next.After(last) || next.Before(r.Start) || r.Until != nil && next.After(*r.Until) || next.Location() != time.UTC {
				t.Fatalf("%v after %v", next, last)
			}
			last = next
		}
		if got := r.Next(now, 1); len(got) == 1 && len(r.Next(got[0].Add(-time.Second), 1)) != 1 {
			t.Fatal("the next delivery is not the next a second before")
		}
	})
}
