// Package view shortens PostHog's answers to the members that an agent needs. It
// copies their bytes instead of decoding and encoding values. Of PostHog it knows
// only the shape of its lists.
package view

import (
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
func (o *Object) Raw(name string, value gjson.Result) { o.Copy(name, Raw(value.Raw)) }

// Copy adds a value as it is; an absent value or null adds nothing.
func (o *Object) Copy(name string, value Raw) {
	if !value.IsNull() {
		o.name(name)
		o.json = append(o.json, value...)
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
		o.json = appendString(o.json, value)
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
		o.json = appendString(o.json, v)
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
		o.name(name)
		o.json = append(o.json, "true"...)
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

func (o *Object) name(name string) {
	if o.json[len(o.json)-1] != '{' {
		o.json = append(o.json, ',')
	}
	o.json = append(append(append(o.json, '"'), name...), '"', ':')
}

func appendString(to []byte, s string) []byte {
	return gjson.AppendJSONString(to, s)
}
