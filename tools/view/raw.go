package view

import (
	"iter"
	"time"

	"github.com/tidwall/gjson"
)

// Raw is a valid JSON value as it is written; empty where there is none.
type Raw string

// Value reads it.
func (r Raw) Value() gjson.Result { return gjson.Parse(string(r)) }

// String is a string's text, nothing for null, and the JSON of other values.
func (r Raw) String() string {
	switch value := r.Value(); value.Type {
	case gjson.String:
		return value.Str
	case gjson.Null:
		return ""
	}
	return string(r)
}

// IsNull tells whether there is no value, or null.
func (r Raw) IsNull() bool { return r == "" || r == "null" }

// IsNumber tells whether it is a number.
func (r Raw) IsNumber() bool { return r != "" && (r[0] == '-' || r[0] >= '0' && r[0] <= '9') }

// IsTrue tells whether it is true.
func (r Raw) IsTrue() bool { return r == "true" }

// Int is a number without its fraction; 0 for other values.
func (r Raw) Int() int64 {
	if !r.IsNumber() {
		return 0
	}
	return r.Value().Int()
}

// Time is a moment (RFC 3339); the zero time for other values.
func (r Raw) Time() time.Time { return r.Value().Time() }

// Members goes over the members of a valid object, by name; anything else has
// none.
func (r Raw) Members() iter.Seq2[Raw, Raw] {
	return func(yield func(name, value Raw) bool) {
		if object := r.Value(); object.IsObject() {
			object.ForEach(func(name, value gjson.Result) bool { return yield(Raw(name.Raw), Raw(value.Raw)) })
		}
	}
}

// Items goes over the items of a valid array; anything else has none.
func (r Raw) Items() iter.Seq[Raw] {
	return func(yield func(Raw) bool) {
		if array := r.Value(); array.IsArray() {
			array.ForEach(func(_, item gjson.Result) bool { return yield(Raw(item.Raw)) })
		}
	}
}
