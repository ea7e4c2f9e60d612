package drf

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// A Kind is a serializer field's type; the default is [Char].
type Kind string

// The kinds of [Field], with the Go type of their values. The framework also accepts other spellings, as "5" for a number
// and "yes" for a boolean, which no tool sends.
const (
	Char       Kind = "char"        // trimmed text, or a number: string
	Email      Kind = "email"       // an address by Django's rules: string
	Integer    Kind = "integer"     // int64; 5.0 is one too
	Boolean    Kind = "boolean"     // bool
	Choice     Kind = "choice"      // one of Choices, or "" with Blank: string
	ChoiceList Kind = "choice_list" // []string
	DateTime   Kind = "datetime"    // ISO 8601, naive ones in UTC: time.Time
	Related    Kind = "related"     // a primary key, which the check looks up: int64
	Dict       Kind = "dict"        // map[string]any
	JSON       Kind = "json"        // anything
)

// A Field is one field of a serializer.
type Field struct {
	Name      string `json:"name"`
	Only      string `json:"only"` // the generation of servers that has the field; empty for all
	Kind      Kind   `json:"kind"`
	Required  bool   `json:"required"`
	Null      bool   `json:"null"`
	Blank     bool   `json:"blank"`
	MaxLength int    `json:"max_length"` // in characters; 0 for none
	// Min is the smallest integer and Max the largest; nil and 0 mean the column's limits, those of 32 bits.
	Min     *int64   `json:"min"`
	Max     int64    `json:"max"`
	Choices []string `json:"choices"`
}

// Read checks data against the fields, and returns the values by name. It ignores unknown names, as the framework does. A
// partial read needs no required field. check, if not nil, gets each valid value that is not null. Its error is returned
// at once if it is not a 400, and so no validation error.
func Read(fields []Field, data map[string]any, partial bool, check func(name string, value any) *Error) (map[string]any, *Error) {
	out := make(map[string]any, len(data))
	var first *Error
	for i := range fields {
		f := &fields[i]
		raw, given := data[f.Name]
		value, err := f.read(raw, given, partial)
		if err == nil && value != nil && check != nil {
			err = check(f.Name, value)
		}
		switch {
		case err != nil && err.Status != 400:
			return nil, err
		case err != nil && first == nil:
			first = err
		case err == nil && given:
			out[f.Name] = value
		}
	}
	if first != nil {
		return nil, first
	}
	return out, nil
}

func (f *Field) read(raw any, given, partial bool) (any, *Error) {
	switch {
	case !given && f.Required && !partial:
		return nil, Rejected(f.Name, "required", "This field is required.")
	case !given, raw == nil && f.Null:
		return nil, nil
	case raw == nil:
		return nil, nullError(f.Name)
	}
	_, isBool := raw.(bool)
	_, isObject := raw.(map[string]any)
	switch f.Kind {
	case "", Char, Email:
		return f.char(raw)
	case Integer, Related:
		return f.integer(raw)
	case Choice:
		return f.choice(f.Name, raw)
	case ChoiceList:
		return f.choiceList(raw)
	case DateTime:
		text, _ := raw.(string)
		return f.dateTime(text)
	}
	return raw, f.check(
		rule{f.Kind == Boolean && !isBool, "invalid_input", "Must be a valid boolean."},
		rule{f.Kind == Dict && !isObject, "not_a_dict", `Expected a dictionary of items but got type "` + TypeName(raw) + `".`},
	)
}

func nullError(attr string) *Error { return Rejected(attr, "null", "This field may not be null.") }

// A rule is broken or not, and has the code and the sentence for the first case.
type rule struct {
	broken       bool
	code, detail string
}

// check returns the error of the first broken rule; nil if all hold.
func (f *Field) check(rules ...rule) *Error {
	for _, r := range rules {
		if r.broken {
			return Rejected(f.Name, r.code, r.detail)
		}
	}
	return nil
}

func (f *Field) char(raw any) (any, *Error) {
	text := strings.TrimFunc(Text(raw), unicode.IsSpace)
	return text, f.check(
		rule{!slices.Contains([]string{"str", "int", "float"}, TypeName(raw)), "invalid_input", "Not a valid string."},
		rule{text == "" && !f.Blank, "blank", "This field may not be blank."},
		rule{f.MaxLength > 0 && utf8.RuneCountInString(text) > f.MaxLength, "max_length", fmt.Sprintf("Ensure this field has no more than %d characters.", f.MaxLength)},
		rule{strings.ContainsRune(text, 0), "null_characters_not_allowed", "Null characters are not allowed."},
		rule{f.Kind == Email && !isEmail(text), "invalid_input", "Enter a valid email address."},
	)
}

func (f *Field) choice(attr string, raw any) (any, *Error) {
	text := Text(raw)
	if text == "" && f.Blank || slices.Contains(f.Choices, text) {
		return text, nil
	}
	return nil, Rejected(attr, "invalid_choice", `"`+text+`" is not a valid choice.`)
}

func (f *Field) choiceList(raw any) (any, *Error) {
	items, isList := raw.([]any)
	out := make([]string, 0, min(len(items), 64))
	for i, item := range items {
		attr := f.Name + "__" + strconv.Itoa(i)
		if item == nil {
			return nil, nullError(attr)
		}
		value, err := f.choice(attr, item)
		if err != nil {
			return nil, err
		}
		out = append(out, value.(string))
	}
	return out, f.check(rule{!isList, "not_a_list", `Expected a list of items but got type "` + TypeName(raw) + `".`})
}

func (f *Field) dateTime(text string) (any, *Error) {
	t, ok := parseTime(text)
	const form = "Datetime has wrong format. Use one of these formats instead: YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."
	return t, f.check(rule{!ok, "invalid_input", form}, rule{t.Year() < 1 || t.Year() > 9999, "overflow", "Datetime value out of range."})
}

// NoSuchKey returns the 400 for a primary key without an object.
func NoSuchKey(attr, key string) *Error {
	return Rejected(attr, "does_not_exist", `Invalid pk "`+key+`" - object does not exist.`)
}

func (f *Field) integer(raw any) (any, *Error) {
	number, isNumber := raw.(json.Number)
	whole, fraction, _ := strings.Cut(number.String(), ".")
	n, err := strconv.ParseInt(whole, 10, 64) // a number beyond 64 bits is read as the nearest within
	isInteger := isNumber && (err == nil || errors.Is(err, strconv.ErrRange)) && strings.Trim(fraction, "0") == ""
	low, high := int64(math.MinInt32), cmp.Or(f.Max, math.MaxInt32)
	if f.Min != nil {
		low = *f.Min
	}
	isKey := f.Kind == Related
	if isKey && isInteger && err != nil {
		return nil, NoSuchKey(f.Name, number.String())
	}
	return n, f.check(
		rule{isKey && !isInteger, "incorrect_type", "Incorrect type. Expected pk value, received " + TypeName(raw) + "."},
		rule{!isInteger, "invalid_input", "A valid integer is required."},
		rule{!isKey && n > high, "max_value", fmt.Sprintf("Ensure this value is less than or equal to %d.", high)},
		rule{!isKey && n < low, "min_value", fmt.Sprintf("Ensure this value is greater than or equal to %d.", low)},
	)
}

// TypeName returns Python's name for the type of a decoded JSON value, as the framework's messages have it.
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

// Text returns Python's str of a decoded JSON text, number, boolean or null; of others something like it.
func Text(v any) string {
	switch v {
	case true:
		return "True"
	case false:
		return "False"
	case nil:
		return "None"
	}
	return fmt.Sprint(v)
}

// Pattern compiles an expression at its first use, since a server that calls the real PostHog never needs it.
func Pattern(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

// The parts of an address by Django's validator: a dotted or quoted name; a domain, localhost or a literal address.
var (
	mailUser   = Pattern(`^([-!#$%&'*+/=?^_{}|~0-9A-Za-z` + "`" + `]+(\.[-!#$%&'*+/=?^_{}|~0-9A-Za-z` + "`" + `]+)*|"[ !#-\[\]-~]*")$`)
	mailDomain = Pattern(`^(localhost|\[[0-9A-Fa-f:.]+\]|([0-9A-Za-z]([-0-9A-Za-z]{0,61}[0-9A-Za-z])?\.)+[-0-9A-Za-z]{1,62}[0-9A-Za-z])$`)
)

func isEmail(text string) bool {
	at := strings.LastIndexByte(text, '@')
	return at > 0 && mailUser().MatchString(text[:at]) && mailDomain().MatchString(text[at+1:])
}

// layouts are the part of ISO 8601 that tools send, of what Django's parser accepts.
var layouts = []string{
	"2006-1-2", "2006-1-2T15:4", "2006-1-2T15:4Z07:00", "2006-1-2T15:4:5", "2006-1-2T15:4:5Z07:00", "2006-1-2T15:4:5Z0700",
}

// parseTime returns the time in UTC, with microseconds.
func parseTime(text string) (time.Time, bool) {
	for _, layout := range layouts {
		t, err := time.Parse(layout, strings.Replace(text, " ", "T", 1))
		// Go accepts an offset of a whole day.
		if _, offset := t.Zone(); err == nil && max(offset, -offset) < int((24*time.Hour).Seconds()) {
			return t.UTC().Truncate(time.Microsecond), t.Year() > 0
		}
	}
	return time.Time{}, false
}
