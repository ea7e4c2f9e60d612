package view

// Set returns a copy of a valid JSON object with the member: it replaces the first
// one of that name, or else comes last. The name is plain text and the value is
// JSON. Other members keep their order and bytes; further ones of that name are
// removed. A value that is no object counts as {}.
func Set(object []byte, name string, value []byte) []byte {
	o, set := NewObject(nil), false
	for other, member := range Raw(object).Members() {
		switch {
		case other.String() != name:
			o.copyMember(other, member)
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

// Prepend is [Set], but puts the member first.
func Prepend(object []byte, name string, value []byte) []byte {
	o := NewObject(nil)
	o.set(name, value)
	for other, member := range Raw(object).Members() {
		if other.String() != name {
			o.copyMember(other, member)
		}
	}
	return o.Bytes()
}

// set adds a member whose name may need escapes.
func (o *Object) set(name string, value []byte) {
	o.copyMember(Raw(appendString(nil, name)), Raw(value))
}

// WithNotice returns an object with the text as its first member, notice. A notice
// that it has already follows the text. An empty text adds nothing.
func WithNotice(object []byte, text string) []byte {
	if text == "" {
		return object
	}
	var before string
	for name, value := range Raw(object).Members() {
		if name.String() == noticeName {
			before = value.String()
		}
	}
	return Prepend(object, noticeName, appendString(nil, Join(text, before)))
}
