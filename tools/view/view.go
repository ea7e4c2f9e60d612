// Package view shortens PostHog's answers to the members that an agent needs. It
// copies their bytes instead of decoding and encoding values. Of PostHog it knows
// only the shape of its lists.
package view

import (
	"iter"
	"strconv"

	"github.com/tidwall/gjson"
)

// Object writes a JSON object, member by member. Members without a value are
// left out.
type Object struct{ json []byte }

// NewObject begins an object and appends it to buffer.
func NewObject(buffer []byte) *Object { return &Object{append(buffer, '{')} }

// Bytes ends the object and returns the buffer with it.
func (o *Object) Bytes() []byte { return append(o.json, '}') }

// Raw adds a value as it is; an absent value or null adds nothing.
func (o *Object) Raw(name string, value gjson.Result) {
	if value.Type != gjson.Null {
		o.name(name)
		o.json = append(o.json, value.Raw...)
	}
}

// Copies adds members of an object as they are; absent ones and nulls add nothing.
func (o *Object) Copies(from gjson.Result, names ...string) {
	for _, name := range names {
		o.Raw(name, from.Get(name))
	}
}

// Text adds a string; an empty one adds nothing.
func (o *Object) Text(name, value string) {
	if value != "" {
		o.name(name)
		o.json = gjson.AppendJSONString(o.json, value)
	}
}

// Texts adds an array of strings; an empty one adds nothing.
func (o *Object) Texts(name string, values []string) {
	if len(values) == 0 {
		return
	}
	o.name(name)
	for i, v := range values {
		o.json = append(o.json, "[,"[min(i, 1)])
		o.json = gjson.AppendJSONString(o.json, v)
	}
	o.json = append(o.json, ']')
}

// Number adds a number.
func (o *Object) Number(name string, value int64) {
	o.name(name)
	o.json = strconv.AppendInt(o.json, value, 10)
}

// Flag adds true; false adds nothing.
func (o *Object) Flag(name string, value bool) {
	if value {
		o.JSON(name, []byte("true"))
	}
}

// Flags adds those members of an object that are true.
func (o *Object) Flags(from gjson.Result, names ...string) {
	for _, name := range names {
		o.Flag(name, from.Get(name).Bool())
	}
}

// JSON adds a JSON value.
func (o *Object) JSON(name string, value []byte) {
	o.name(name)
	o.json = append(o.json, value...)
}

// name begins a member whose name needs no escapes.
func (o *Object) name(name string) {
	o.comma()
	o.json = append(append(append(o.json, '"'), name...), '"', ':')
}

// member adds a member whose name and value are JSON.
func (o *Object) member(name, value string) {
	o.comma()
	o.json = append(append(append(o.json, name...), ':'), value...)
}

func (o *Object) comma() {
	if o.json[len(o.json)-1] != '{' {
		o.json = append(o.json, ',')
	}
}

// Members iterates over the names and values of an object; any other value has none.
func Members(value gjson.Result) iter.Seq2[gjson.Result, gjson.Result] {
	return func(yield func(name, value gjson.Result) bool) {
		if value.IsObject() {
			value.ForEach(yield)
		}
	}
}

// Items are those of an array; a value that is none has none.
func Items(value gjson.Result) []gjson.Result {
	if !value.IsArray() {
		return nil
	}
	return value.Array()
}

// Set returns a copy of a valid JSON object with the member, whose value is JSON: in the
// place of the first one of that name, or else last. Other members keep their order and
// bytes; further ones of that name go. A value that is no object counts as {}.
func Set(object []byte, name string, value []byte) []byte { return edit(object, name, value, false) }

// Prepend is [Set], but puts the member first.
func Prepend(object []byte, name string, value []byte) []byte { return edit(object, name, value, true) }

func edit(object []byte, name string, value []byte, first bool) []byte {
	o := NewObject(make([]byte, 0, len(object)+len(name)+len(value)+len(`,"":{}`)))
	quoted, set := string(gjson.AppendJSONString(nil, name)), first
	if first {
		o.member(quoted, string(value))
	}
	for other, member := range Members(gjson.ParseBytes(object)) {
		switch {
		case other.Str != name:
			o.member(other.Raw, member.Raw)
		case !set:
			o.member(quoted, string(value))
			set = true
		}
	}
	if !set {
		o.member(quoted, string(value))
	}
	return o.Bytes()
}

// WithNotice returns an object with the text as its first member, notice. A notice
// that it has already follows the text. An empty text adds nothing.
func WithNotice(object []byte, text string) []byte {
	if text == "" {
		return object
	}
	text = Join(text, gjson.GetBytes(object, noticeName).String())
	return Prepend(object, noticeName, gjson.AppendJSONString(nil, text))
}
