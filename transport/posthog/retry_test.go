package posthog

import (
	"net/http"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC)
	for header, want := range map[string]time.Duration{
		"":                               0,
		"0":                              0,
		"60":                             time.Minute,
		" 1 ":                            time.Second,
		"86401":                          longestRetryAfter,
		"99999999999999999999999999":     longestRetryAfter,
		"-1":                             0,
		"+1":                             0,
		"1.5":                            0,
		"soon":                           0,
		"Mon, 04 Jan 2027 09:00:30 GMT":  30 * time.Second,
		"Mon, 04 Jan 2027 08:59:59 GMT":  0,
		"Mon, 04 Jan 2038 09:00:00 GMT":  longestRetryAfter,
		"Monday, 04-Jan-27 09:00:02 GMT": 2 * time.Second,
		"Mon Jan  4 09:00:03 2027":       3 * time.Second,
		"2027-01-04T09:00:30Z":           0,
	} {
		if got := retryAfter(header, now); got != want {
			t.Errorf("%q: %v, want %v", header, got, want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	now := time.Date(2027, 1, 4, 9, 0, 0, 0, time.UTC)
	for _, s := range []string{"1", "-1", "18446744073709551616", "9223372036855", now.Format(http.TimeFormat), "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d := retryAfter(s, now); d < 0 || d > longestRetryAfter {
			t.Fatalf("%q: %v", s, d)
		}
	})
}
