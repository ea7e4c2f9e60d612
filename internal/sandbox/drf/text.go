package drf

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// pattern compiles when it is first used: a server that forwards to PostHog
// never does.
func pattern(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

// Addresses by Django's validator: a dotted or quoted name; a domain, localhost
// or a literal address.
var (
	mailUser   = pattern(`^([-!#$%&'*+/=?^_{}|~0-9A-Za-z` + "`" + `]+(\.[-!#$%&'*+/=?^_{}|~0-9A-Za-z` + "`" + `]+)*|"[ !#-\[\]-~]*")$`)
	mailDomain = pattern(`^(localhost|\[[0-9A-Fa-f:.]+\]|([0-9A-Za-z]([-0-9A-Za-z]{0,61}[0-9A-Za-z])?\.)+[-0-9A-Za-z]{1,62}[0-9A-Za-z])$`)
)

func isEmail(text string) bool {
	at := strings.LastIndexByte(text, '@')
	return at > 0 && mailUser().MatchString(text[:at]) && mailDomain().MatchString(text[at+1:])
}

// timeForm is what Django's parser takes of ISO 8601, where it also takes
// single digits and a blank before the offset: a date or a week's day, a time
// down to the hour, an offset.
var timeForm = pattern(`^(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{4})(\d\d)(\d\d)|(\d{4})-?W(\d\d)(?:-?([1-7]))?)` +
	`(?:[T ](\d{1,2})(?::?(\d{1,2})(?::?(\d{1,2})(?:[.,](\d+))?)?)?\s*(Z|([+-])(\d\d)(?::?(\d\d))?)?)?$`)

// parseTime gives UTC, in microseconds.
func parseTime(text string) (t time.Time, ok bool) {
	m := timeForm().FindStringSubmatch(text)
	if m == nil || len(text) > 40 {
		return t, false
	}
	number := func(group int) int { n, _ := strconv.Atoi(m[group]); return n }
	year, month, day := number(1)+number(4), number(2)+number(5), number(3)+number(6)
	if m[7] != "" {
		year, month, day = weekDay(number(7), number(8), max(number(9), 1))
	}
	micros, _ := strconv.Atoi((m[13] + "000000")[:6])
	t = time.Date(year, time.Month(month), day, number(10), number(11), number(12), micros*1000, time.UTC)
	if t.Month() != time.Month(month) || t.Day() != day || number(10) > 23 || number(11) > 59 || number(12) > 59 || number(16) > 23 || number(17) > 59 {
		return t, false
	}
	offset := time.Duration(number(16))*time.Hour + time.Duration(number(17))*time.Minute
	if m[15] == "-" {
		offset = -offset
	}
	return t.Add(-offset), year > 0
}

// weekDay is the date of a day of an ISO week; the first week has January 4th.
func weekDay(year, week, day int) (int, int, int) {
	fourth := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC)
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7)
	date := monday.AddDate(0, 0, 7*(week-1)+day-1)
	if isoYear, isoWeek := date.ISOWeek(); isoYear != year || isoWeek != week {
		return 0, 0, 0
	}
	return date.Year(), int(date.Month()), date.Day()
}
