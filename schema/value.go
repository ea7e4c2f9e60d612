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

	"github.com/google/uuid"
	"github.com/invopop/jsonschema"
)

// check returns the value to send, or the problem with it. It checks the bounds
// first: a value outside them costs no further work.
func (f *Field) check(raw json.RawMessage) (value json.RawMessage, problem string) {
	switch {
	case f.Free:
		return f.checkObject(raw, "{[")
	case f.Type == "string":
		return f.checkString(raw)
	case f.Type == "integer":
		return checkInteger(raw, f.rules)
	case f.Type == "boolean":
		return checkBoolean(raw)
	case f.Type == "array":
		return f.checkArray(raw)
	}
	return f.checkObject(raw, "{")
}

// checkObject accepts a value that begins with one of the signs, and a string
// that holds such a value.
func (f *Field) checkObject(raw json.RawMessage, signs string) (json.RawMessage, string) {
	value := raw
	if inside, ok := jsonInString(raw, signs); ok {
		value = inside
	}
	if !strings.Contains(signs, string(value[:1])) {
		return nil, f.wrong("an object", raw)
	}
	return onOneLine(value), shape(value, f.Most)
}

func (f *Field) checkString(raw json.RawMessage) (json.RawMessage, string) {
	if f.tooLong(raw) && f.Enum == nil {
		return nil, fmt.Sprintf("must have at most %d characters, has more", f.Most)
	}
	if f.Numeric {
		if digits := withoutZeros(string(raw)); isWhole(digits) {
			raw = json.RawMessage(`"` + digits + `"`)
		}
	}
	if raw[0] != '"' {
		return nil, f.wrong("a string", raw)
	}
	s := text(raw)
	switch n := utf8.RuneCountInString(s); {
	case strings.ContainsRune(s, 0):
		return nil, "has a NUL character, which cannot be stored"
	case hasLoneSurrogate([]byte(s), raw):
		return nil, "has half of a surrogate pair, which is no character"
	case f.Enum != nil && !slices.Contains(f.Enum, s):
		return nil, f.notOneOf(raw)
	case f.Segment && !IsSegment(s):
		return nil, f.wrong("1 to 256 letters, digits or @ . _ ~ -", raw)
	case f.Most > 0 && n > f.Most:
		return nil, fmt.Sprintf("must have at most %d characters, has %d", f.Most, n)
	case f.match != nil && !f.match.MatchString(s):
		return nil, f.wrong("a value that matches "+f.match.String(), raw)
	case f.rules.Format == "date-time" && !isDateTime(s):
		return nil, f.wrong("an ISO 8601 date-time like 2027-01-04T09:00:00Z", raw)
	case f.rules.Format == "uuid" && !isUUID(s):
		return nil, f.wrong("a UUID like 0188a9f0-0000-7000-8000-000000000001", raw)
	}
	return raw, checkLength(s, f.rules)
}

func checkLength(s string, rules *jsonschema.Schema) string {
	n := uint64(utf8.RuneCountInString(s))
	if rules.MinLength != nil && n < *rules.MinLength {
		if n == 0 && *rules.MinLength == 1 {
			return "must not be empty"
		}
		return fmt.Sprintf("must have at least %d characters, has %d", *rules.MinLength, n)
	}
	if rules.MinLength != nil && *rules.MinLength > 0 && strings.TrimSpace(s) == "" {
		return "must not be blank"
	}
	return ""
}

// checkInteger accepts 5, 5.0 and "5", and returns 5. Every value that fits in 64
// bits is exact, since none is read as a float.
func checkInteger(raw json.RawMessage, rules *jsonschema.Schema) (json.RawMessage, string) {
	digits := withoutZeros(string(raw))
	if raw[0] == '"' {
		digits = text(raw)
	}
	if !isWhole(digits) {
		return nil, "expected an integer, got " + show(raw)
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return nil, "is out of range: " + show(raw)
	}
	if low, err := rules.Minimum.Int64(); err == nil && n < low {
		return nil, fmt.Sprintf("must be at least %d, got %d", low, n)
	}
	if high, err := rules.Maximum.Int64(); err == nil && n > high {
		return nil, fmt.Sprintf("must be at most %d, got %d", high, n)
	}
	return json.RawMessage(strconv.FormatInt(n, 10)), ""
}

func checkBoolean(raw json.RawMessage) (json.RawMessage, string) {
	switch strings.ToLower(strings.Trim(string(raw), `"`)) {
	case "true":
		return json.RawMessage("true"), ""
	case "false":
		return json.RawMessage("false"), ""
	}
	return nil, "expected true or false, got " + show(raw)
}

// checkArray accepts an array, and a string that holds one.
func (f *Field) checkArray(raw json.RawMessage) (json.RawMessage, string) {
	array := raw
	if inside, ok := jsonInString(raw, "["); ok {
		array = inside
	}
	if array[0] != '[' {
		return nil, f.wrong("an array", raw)
	}
	items, n, ok := itemsOf(array, f.Most)
	switch {
	case !ok:
		return nil, "expected an array of JSON values"
	case f.Most > 0 && n > f.Most:
		return nil, fmt.Sprintf("must have at most %d items, has %d", f.Most, n)
	}
	item, same := f.item(), true
	for i, given := range items {
		value, problem := item.check(given)
		if problem != "" {
			return nil, fmt.Sprintf("item %d: %s", i+1, problem)
		}
		same = same && bytes.Equal(value, given)
		items[i] = value
	}
	if same {
		return onOneLine(array), ""
	}
	return slices.Concat([]byte{'['}, bytes.Join(items, []byte{','}), []byte{']'}), ""
}

// longestSegment is the most characters of a path value. PostHog's longest has 200.
const longestSegment = 256

// IsSegment reports whether s is safe as one segment of a path: 1 to 256
// characters of A-Z a-z 0-9 @ . _ ~ -, not dots alone. Escaping would not be
// enough: PostHog's server decodes %2F before it routes, so
// "@me%2Fhedgehog_config" would reach another operation.
func IsSegment(s string) bool {
	if s == "" || len(s) > longestSegment || strings.Trim(s, ".") == "" {
		return false
	}
	for _, c := range []byte(s) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && !isDigit(c) && !strings.ContainsRune("@._~-", rune(c)) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// withoutZeros is 5 for 5.0, as clients write it whose numbers are all floats, and
// any other text as it is.
func withoutZeros(number string) string {
	if whole, fraction, ok := strings.Cut(number, "."); ok && strings.Trim(fraction, "0") == "" {
		return whole
	}
	return number
}

// isWhole reports whether s is written as a whole number.
func isWhole(s string) bool {
	digits := strings.TrimPrefix(s, "-")
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}

// layouts are the forms of a date-time that PostHog reads. Without an offset it
// means UTC.
var layouts = []string{
	"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04Z07:00",
	"2006-01-02T15:04:05.999999999", "2006-01-02T15:04",
}

func isDateTime(s string) bool {
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

func isUUID(s string) bool { return len(s) == 36 && uuid.Validate(s) == nil }
