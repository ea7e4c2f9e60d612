package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// check returns the value to send as JSON, or the problem with it. It checks the
// bounds first: a value outside them costs no further work.
func (f *Field) check(v gjson.Result) (value json.RawMessage, problem string) {
	switch f.Type {
	case "string":
		return f.checkString(v)
	case "integer":
		return f.checkInteger(v)
	case "boolean":
		return checkBoolean(v)
	case "array":
		return f.checkArray(v)
	}
	signs := "{"
	if f.Free {
		signs = "{["
	}
	inside := unwrap(v, signs)
	if !strings.Contains(signs, inside.Raw[:1]) {
		return nil, f.wrong("an object", v)
	}
	value = onOneLine(inside)
	return value, shape(value, f.Most)
}

func (f *Field) checkString(v gjson.Result) (value json.RawMessage, problem string) {
	// A character takes at most 12 bytes, those of two escapes.
	if f.Most > 0 && len(v.Raw) > 12*f.Most+2 && f.Enum == nil {
		return nil, fmt.Sprintf("must have at most %d characters, has more", f.Most)
	}
	if digits := withoutZeros(v.Raw); f.Numeric && isWhole(digits) {
		v = gjson.Result{Type: gjson.String, Str: digits, Raw: `"` + digits + `"`}
	}
	if v.Type != gjson.String {
		return nil, f.wrong("a string", v)
	}
	least := 0
	if f.rules.MinLength != nil {
		least = int(*f.rules.MinLength)
	}
	switch n := utf8.RuneCountInString(v.Str); {
	case strings.ContainsRune(v.Str, 0):
		return nil, "has a NUL character, which cannot be stored"
	case hasLoneSurrogate(v):
		return nil, "has half of a surrogate pair, which is no character"
	case f.Enum != nil && !slices.Contains(f.Enum, v.Str):
		return nil, f.notOneOf(v)
	case f.Segment && !IsSegment(v.Str):
		return nil, f.wrong("1 to 256 letters, digits or @ . _ ~ -", v)
	case f.Most > 0 && n > f.Most:
		return nil, fmt.Sprintf("must have at most %d characters, has %d", f.Most, n)
	case f.match != nil && !f.match.MatchString(v.Str):
		return nil, f.wrong("a value that matches "+f.match.String(), v)
	case f.IsTime() && !isTime(v.Str):
		return nil, f.wrong("an ISO 8601 date-time like 2027-01-04T09:00:00Z", v)
	case n == 0 && least == 1:
		return nil, "must not be empty"
	case n < least:
		return nil, fmt.Sprintf("must have at least %d characters, has %d", least, n)
	case least > 0 && strings.TrimSpace(v.Str) == "":
		return nil, "must not be blank"
	}
	return json.RawMessage(v.Raw), ""
}

// checkInteger accepts 5, 5.0 and "5", and returns 5. Every value that fits in 64
// bits is exact, since none is read as a float.
func (f *Field) checkInteger(v gjson.Result) (value json.RawMessage, problem string) {
	digits := withoutZeros(v.Raw)
	if v.Type == gjson.String {
		digits = v.Str
	}
	if !isWhole(digits) {
		return nil, "expected an integer, got " + show(v)
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return nil, "is out of range: " + show(v)
	}
	if low, err := f.rules.Minimum.Int64(); err == nil && n < low {
		return nil, fmt.Sprintf("must be at least %d, got %d", low, n)
	}
	if high, err := f.rules.Maximum.Int64(); err == nil && n > high {
		return nil, fmt.Sprintf("must be at most %d, got %d", high, n)
	}
	return strconv.AppendInt(nil, n, 10), ""
}

func checkBoolean(v gjson.Result) (value json.RawMessage, problem string) {
	switch value := strings.ToLower(strings.Trim(v.Raw, `"`)); value {
	case "true", "false":
		return json.RawMessage(value), ""
	}
	return nil, "expected true or false, got " + show(v)
}

// checkArray accepts an array, and a string that holds one.
func (f *Field) checkArray(v gjson.Result) (value json.RawMessage, problem string) {
	array := unwrap(v, "[")
	if !array.IsArray() {
		return nil, f.wrong("an array", v)
	}
	if n := array.Get("#").Int(); f.Most > 0 && n > int64(f.Most) {
		return nil, fmt.Sprintf("must have at most %d items, has %d", f.Most, n)
	}
	var items [][]byte
	same := true
	for i, given := range array.Array() {
		item, problem := f.items.check(given)
		if problem != "" {
			return nil, fmt.Sprintf("item %d: %s", i+1, problem)
		}
		same = same && string(item) == given.Raw
		items = append(items, item)
	}
	if same {
		return onOneLine(array), ""
	}
	return slices.Concat([]byte("["), bytes.Join(items, []byte(",")), []byte("]")), ""
}

// isEmpty reports whether a value is the empty value of the argument's type, or
// the empty string, which some clients send for every type. 0 for a boolean does
// not count: it may mean false.
func (f *Field) isEmpty(v gjson.Result) bool {
	if len(v.Raw) > 40 {
		return false // only white space makes an empty value that long
	}
	s := v.Raw
	if v.Type == gjson.String {
		s = v.Str
	}
	switch brackets := strings.Join(strings.Fields(s), ""); {
	case s == "":
		return true
	case f.Type == "integer" || f.Numeric:
		return consists(s, "-0.") && strings.Contains(s, "0")
	case f.Type == "array":
		return brackets == "[]"
	default:
		return f.Free && brackets == "[]" || f.Type == "object" && brackets == "{}"
	}
}

// longestSegment is the most characters of a path value. PostHog's longest has 200.
const longestSegment = 256

// IsSegment reports whether s is safe as one segment of a path: 1 to 256
// characters of A-Z a-z 0-9 @ . _ ~ -, not dots alone. Escaping would not be
// enough: PostHog's server decodes %2F before it routes, so
// "@me%2Fhedgehog_config" would reach another operation.
func IsSegment(s string) bool {
	return s != "" && len(s) <= longestSegment && consists(s, alphanumeric+"@._~-") && !consists(s, ".")
}

const alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// consists reports whether s has no other characters than these, all ASCII.
func consists(s, of string) bool { return strings.Trim(s, of) == "" }

// withoutZeros is 5 for 5.0, as clients write it whose numbers are all floats, and
// any other text as it is.
func withoutZeros(number string) string {
	if whole, fraction, ok := strings.Cut(number, "."); ok && consists(fraction, "0") {
		return whole
	}
	return number
}

// isWhole reports whether s is written as a whole number.
func isWhole(s string) bool {
	digits := strings.TrimPrefix(s, "-")
	return digits != "" && consists(digits, "0123456789")
}

// longestTime is the most characters of a date-time.
const longestTime = 64

// layouts are the forms of a date-time that PostHog reads. Without an offset it
// means UTC.
var layouts = []string{
	"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04Z07:00",
	"2006-01-02T15:04:05.999999999", "2006-01-02T15:04",
}

func isTime(s string) bool {
	_, ok := ParseTime(s)
	return ok
}

// ParseTime reads a date-time in the forms that [Schema.Check] accepts. One
// without an offset is in UTC.
func ParseTime(s string) (at time.Time, ok bool) {
	for _, layout := range layouts {
		if at, err := time.Parse(layout, s); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}
