package drf

import (
	"math"
	"strconv"
	"time"
)

// A Kind is a serializer field's type.
type Kind int

// The kinds of [Field], with what Read gives for each.
const (
	// Char is trimmed text: string.
	Char Kind = iota
	// Email is text that looks like an address: string.
	Email
	// Integer is exact: int64. Numbers in strings are taken.
	Integer
	// Boolean takes the framework's many spellings: bool.
	Boolean
	// Choice is one of Choices, and "" where Blank: string.
	Choice
	// ChoiceList is an array of Choices: []string.
	ChoiceList
	// DateTime is an ISO 8601 time, naive ones in UTC: time.Time.
	DateTime
	// Related is a primary key: int64. Whether it exists is the check's part.
	Related
	// Dict is an object: map[string]any.
	Dict
	// JSON is anything.
	JSON
)

// A Field is one row of a serializer: what the framework knows about it.
type Field struct {
	Name     string
	Kind     Kind
	Required bool
	Null     bool
	Blank    bool
	// MaxLength is in characters; 0 for none.
	MaxLength int
	// Min is the smallest integer and Max the largest; nil and 0 for the
	// column's own limits, those of 32 bits.
	Min     *int64
	Max     int64
	Choices []string
}

// Values are what a body came to, by field name: absent, nil and a value are
// three things.
type Values map[string]any

// Has says whether the body named the field.
func (v Values) Has(name string) bool { _, ok := v[name]; return ok }

// Read checks data against the fields. Unknown and read-only names are
// ignored, as the framework does. A partial read requires nothing. The check,
// if any, sees each good value that is not null; an error of it that is not a
// 400 ends the reading at once, since it is no validation error.
func Read(fields []Field, data map[string]any, partial bool, check func(name string, value any) *Error) (Values, *Error) {
	out := make(Values, len(data))
	var first *Error
	for i := range fields {
		value, given, err := fields[i].read(data, partial)
		if err == nil && given && value != nil && check != nil {
			err = check(fields[i].Name, value)
		}
		switch {
		case err != nil && err.Status != 400:
			return nil, err
		case err != nil && first == nil:
			first = err
		case err == nil && given:
			out[fields[i].Name] = value
		}
	}
	if first != nil {
		return nil, first
	}
	return out, nil
}

func (f *Field) read(data map[string]any, partial bool) (value any, given bool, err *Error) {
	raw, given := data[f.Name]
	if !given {
		if f.Required && !partial {
			err = Rejected(f.Name, "required", "This field is required.")
		}
		return nil, false, err
	}
	if raw == nil {
		if !f.Null {
			err = nullError(f.Name)
		}
		return nil, true, err
	}
	value, err = f.parse(raw)
	return value, true, err
}

func nullError(attr string) *Error {
	return Rejected(attr, "null", "This field may not be null.")
}

func (f *Field) parse(raw any) (any, *Error) {
	switch f.Kind {
	case Char:
		return f.char(raw)
	case Email:
		return f.email(raw)
	case Integer:
		return f.integer(raw)
	case Boolean:
		return f.boolean(raw)
	case Choice:
		return f.choice(f.Name, raw)
	case ChoiceList:
		return f.choiceList(raw)
	case DateTime:
		return f.dateTime(raw)
	case Related:
		return f.related(raw)
	case Dict:
		return f.dict(raw)
	default:
		return raw, nil
	}
}

func (f *Field) choice(attr string, raw any) (any, *Error) {
	text := Text(raw)
	if text == "" && f.Blank {
		return "", nil
	}
	for _, c := range f.Choices {
		if c == text {
			return c, nil
		}
	}
	return nil, Rejected(attr, "invalid_choice", `"`+text+`" is not a valid choice.`)
}

func (f *Field) choiceList(raw any) (any, *Error) {
	items, ok := raw.([]any)
	if !ok {
		return nil, Rejected(f.Name, "not_a_list", `Expected a list of items but got type "`+TypeName(raw)+`".`)
	}
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
	return out, nil
}

func (f *Field) dateTime(raw any) (any, *Error) {
	text, ok := raw.(string)
	if !ok {
		return nil, Invalid(f.Name, datetimeFormat)
	}
	t, ok := parseTime(text)
	if !ok {
		return nil, Invalid(f.Name, datetimeFormat)
	}
	t = t.UTC()
	if t.Year() < 1 || t.Year() > 9999 {
		return nil, Rejected(f.Name, "overflow", "Datetime value is out of range.")
	}
	return t, nil
}

const datetimeFormat = "Datetime has wrong format. Use one of these formats instead: " +
	"YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."

// timeLayouts are what Django's parser takes, with a space or a T between.
// Go reads a fraction after the seconds whether the layout has one or not.
var timeLayouts = [...]string{
	"2006-1-2T15:4:5Z07:00", "2006-1-2T15:4:5Z0700", "2006-1-2T15:4:5Z07", "2006-1-2T15:4:5",
	"2006-1-2T15:4Z07:00", "2006-1-2T15:4Z0700", "2006-1-2T15:4", "2006-01-02",
}

func parseTime(text string) (time.Time, bool) {
	if len(text) > 40 {
		return time.Time{}, false
	}
	if len(text) > 10 {
		for i := 8; i <= 10; i++ {
			if text[i] == ' ' {
				text = text[:i] + "T" + text[i+1:]
				break
			}
		}
	}
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t.Truncate(time.Microsecond), true
		}
	}
	return time.Time{}, false
}

func (f *Field) related(raw any) (any, *Error) {
	switch v := raw.(type) {
	case string:
		// The relational field reads an empty string as null.
		if v == "" {
			return nil, nil
		}
	case bool, []any, map[string]any:
		return nil, f.incorrectType(raw)
	}
	switch n, fit := pyInt(raw); fit {
	case fits:
		return n, nil
	case tooHigh, tooLow:
		return nil, NoSuchKey(f.Name, Text(raw))
	}
	return nil, f.incorrectType(raw)
}

func (f *Field) incorrectType(raw any) *Error {
	return Rejected(f.Name, "incorrect_type", "Incorrect type. Expected pk value, received "+TypeName(raw)+".")
}

// NoSuchKey is the 400 for a primary key that names nothing.
func NoSuchKey(attr, key string) *Error {
	return Rejected(attr, "does_not_exist", `Invalid pk "`+key+`" - object does not exist.`)
}

func (f *Field) dict(raw any) (any, *Error) {
	if _, ok := raw.(map[string]any); !ok {
		return nil, Rejected(f.Name, "not_a_dict", `Expected a dictionary of items but got type "`+TypeName(raw)+`".`)
	}
	return raw, nil
}

func (f *Field) integer(raw any) (any, *Error) {
	n, fit := pyInt(raw)
	low, high := int64(math.MinInt32), int64(math.MaxInt32)
	if f.Min != nil {
		low = *f.Min
	}
	if f.Max != 0 {
		high = f.Max
	}
	switch {
	case fit == notInteger:
		return nil, Invalid(f.Name, "A valid integer is required.")
	case fit == tooLong:
		return nil, Rejected(f.Name, "max_string_length", "String value too large.")
	case n > high:
		return nil, Rejected(f.Name, "max_value", "Ensure this value is less than or equal to "+strconv.FormatInt(high, 10)+".")
	case n < low:
		return nil, Rejected(f.Name, "min_value", "Ensure this value is greater than or equal to "+strconv.FormatInt(low, 10)+".")
	}
	return n, nil
}
