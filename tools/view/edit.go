package view

import "github.com/tidwall/gjson"

// Set returns a JSON object with the member: in place of the first member of
// that name, else behind all others. The name is plain text and the value is
// JSON. All other members keep their order and their bytes, and no second member
// of that name stays. The object must be valid, and is not written to; what is
// no object counts as {}.
func Set(object []byte, name string, value []byte) []byte {
	o, set := newEdited(object, name, value), false
	for other, member := range members(object) {
		switch {
		case other.String() != name:
			o.copyMember(Raw(other.Raw), Raw(member.Raw))
		case !set:
			o.set(name, value)
			set = true
		}
	}
	if !set {
		o.set(name, value)
	}
	return o.Bytes()
}

// Prepend is [Set], with the member in front of all others.
func Prepend(object []byte, name string, value []byte) []byte {
	o := newEdited(object, name, value)
	o.set(name, value)
	for other, member := range members(object) {
		if other.String() != name {
			o.copyMember(Raw(other.Raw), Raw(member.Raw))
		}
	}
	return o.Bytes()
}

func newEdited(object []byte, name string, value []byte) *Object {
	const marks = len(`{"":,}`)
	return NewObject(make([]byte, 0, len(object)+len(name)+len(value)+marks))
}

// set adds a member whose name may need escapes.
func (o *Object) set(name string, value []byte) {
	o.copyMember(Raw(appendString(nil, name)), Raw(value))
}

// members goes over the members of an object; anything else has none.
func members(json []byte) func(yield func(name, value gjson.Result) bool) {
	object := gjson.ParseBytes(json)
	if !object.IsObject() {
		return func(func(name, value gjson.Result) bool) {}
	}
	return object.ForEach
}

// Noticed returns an object with a sentence of ours in front, as its notice, and
// before the notice that it may have. An empty text adds nothing.
func Noticed(object []byte, text string) []byte {
	if text == "" {
		return object
	}
	var before string
	for name, value := range members(object) {
		if name.String() == noticeName {
			before = value.String()
		}
	}
	return Prepend(object, noticeName, appendString(nil, Join(text, before)))
}
