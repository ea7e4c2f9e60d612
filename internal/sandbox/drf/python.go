package drf

import (
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The framework's messages have Python's names and spellings of values. The functions here return them for values
// that [encoding/json] decodes with UseNumber.

// TypeName returns Python's name for the type of a decoded JSON value.
func TypeName(v any) string {
	switch v := v.(type) {
	case string:
		return "str"
	case bool:
		return "bool"
	case []any:
		return "list"
	case map[string]any:
		return "dict"
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return "float"
		}
		return "int"
	}
	return "NoneType"
}

// Text returns Python's str of a decoded JSON value.
func Text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return Repr(v)
}

// Repr returns Python's repr of a decoded JSON value, close enough for messages.
func Repr(v any) string {
	var parts []string
	switch v := v.(type) {
	case string:
		return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`).Replace(v) + "'"
	case bool:
		return map[bool]string{true: "True", false: "False"}[v]
	case json.Number:
		return v.String()
	case []any:
		for _, item := range v {
			parts = append(parts, Repr(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, Repr(key)+": "+Repr(v[key]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return "None"
}

// A fit is the result of reading a value as an integer.
type fit int

const (
	fits fit = iota
	notInteger
	tooLong
	tooHigh
	tooLow
)

// integer returns int(str(v)) without a fraction of zeros, which the framework cuts first: 5, "5", 5.0 and " 5 " are
// five; true and 5.5 are not integers. Text of more than 1,000 characters is not converted.
func integer(v any) (int64, fit) {
	text := strings.TrimSpace(Text(v))
	if whole, fraction, ok := strings.Cut(text, "."); ok && strings.Trim(fraction, "0") == "" {
		text = whole
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch kind := TypeName(v); {
	case kind != "str" && kind != "int" && kind != "float":
		return 0, notInteger
	case len(text) > 1000:
		return 0, tooLong
	case err == nil:
		return n, fits
	case !errors.Is(err, strconv.ErrRange):
		return 0, notInteger
	case text[0] == '-':
		return n, tooLow
	}
	return n, tooHigh
}

// pattern compiles an expression at its first use, since a server that calls the real PostHog never needs it.
func pattern(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

// The parts of an address by Django's validator: a dotted or quoted name; a domain, localhost or a literal address.
var (
	mailUser   = pattern(`^([-!#$%&'*+/=?^_{}|~0-9A-Za-z` + "`" + `]+(\.[-!#$%&'*+/=?^_{}|~0-9A-Za-z` + "`" + `]+)*|"[ !#-\[\]-~]*")$`)
	mailDomain = pattern(`^(localhost|\[[0-9A-Fa-f:.]+\]|([0-9A-Za-z]([-0-9A-Za-z]{0,61}[0-9A-Za-z])?\.)+[-0-9A-Za-z]{1,62}[0-9A-Za-z])$`)
)

func isEmail(text string) bool {
	at := strings.LastIndexByte(text, '@')
	return at > 0 && mailUser().MatchString(text[:at]) && mailDomain().MatchString(text[at+1:])
}

// timeForm is the part of ISO 8601 that Django's parser accepts: a date or a day of a week, optionally a time of at
// least an hour, and an offset. It also accepts single digits, and a space before the offset.
var timeForm = pattern(`^(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{4})(\d\d)(\d\d)|(\d{4})-?W(\d\d)(?:-?([1-7]))?)` +
	`(?:[T ](\d{1,2})(?::?(\d{1,2})(?::?(\d{1,2})(?:[.,](\d+))?)?)?\s*(Z|([+-])(\d\d)(?::?(\d\d))?)?)?$`)

// parseTime returns the time in UTC, with microseconds.
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

// weekDay returns the date of a day in an ISO week. The first week has January 4th.
func weekDay(year, week, day int) (int, int, int) {
	fourth := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC)
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7)
	date := monday.AddDate(0, 0, 7*(week-1)+day-1)
	if isoYear, isoWeek := date.ISOWeek(); isoYear != year || isoWeek != week {
		return 0, 0, 0
	}
	return date.Year(), int(date.Month()), date.Day()
}
