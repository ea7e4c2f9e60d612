package view

import (
	"iter"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

// Raw is the text of a valid JSON value; empty for an absent one.
type Raw string

// Value parses the value.
func (r Raw) Value() gjson.Result { return gjson.Parse(string(r)) }

// String returns the text of a string, "" for null, and any other value as JSON.
func (r Raw) String() string {
	if last := len(r) - 1; last > 0 && r[0] == '"' && strings.IndexByte(string(r), '\\') < 0 {
		return string(r[1:last])
	}
	switch value := r.Value(); value.Type {
	case gjson.String:
		return value.Str
	case gjson.Null:
		return ""
	}
	return string(r)
}

// IsNull reports whether the value is absent or null.
func (r Raw) IsNull() bool { return r == "" || r == "null" }

// IsNumber reports whether the value is a number.
func (r Raw) IsNumber() bool { return r != "" && (r[0] == '-' || r[0] >= '0' && r[0] <= '9') }

// IsTrue reports whether the value is true.
func (r Raw) IsTrue() bool { return r == "true" }

// Int returns a number without its fraction; 0 for other values.
func (r Raw) Int() int64 {
	if !r.IsNumber() {
		return 0
	}
	return r.Value().Int()
}

// Time returns a time (RFC 3339); the zero time for other values.
func (r Raw) Time() time.Time { return r.Value().Time() }

// Members iterates over the members of an object; any other value has none.
func (r Raw) Members() iter.Seq2[Raw, Raw] {
	return func(yield func(name, value Raw) bool) {
		if object := r.Value(); object.IsObject() {
			object.ForEach(func(name, value gjson.Result) bool { return yield(Raw(name.Raw), Raw(value.Raw)) })
		}
	}
}

// Items iterates over the items of an array; any other value has none.
func (r Raw) Items() iter.Seq[Raw] {
	return func(yield func(Raw) bool) {
		if array := r.Value(); array.IsArray() {
			array.ForEach(func(_, item gjson.Result) bool { return yield(Raw(item.Raw)) })
		}
	}
}
