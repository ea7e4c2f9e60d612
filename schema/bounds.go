package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// The limits of a call, and of a value whose declaration sets no limit. They are
// far above what a call needs, and keep the work in proportion to its size.
const (
	// mostBytes is the size of all arguments: 2,000 recipients take half of it.
	mostBytes = 1 << 20
	// mostMembers is the number of arguments: no tool has half as many.
	mostMembers = 100
	// mostValues and mostNested limit a free-form value. PostHog limits the
	// largest of its own settings to 1,000 entries.
	mostValues = 10_000
	mostNested = 32
	// mostInItem is the number of characters of a string in an array.
	mostInItem = 256
)

// IsTime reports whether the field takes a date-time.
func (f *Field) IsTime() bool { return f.rules.Format == "date-time" }

// bound returns the limit that follows from the published rules; 0 for none.
func (f *Field) bound() int {
	longest := 0
	for _, v := range f.Enum {
		longest = max(longest, len(v))
	}
	switch rules := f.rules; {
	case f.Type == "object":
		return mostValues
	case f.Type == "array" && rules.MaxItems != nil:
		return int(*rules.MaxItems)
	case f.Type != "string":
		return 0
	case rules.MaxLength != nil:
		return int(*rules.MaxLength)
	case f.Segment:
		return longestSegment
	case rules.Format == "date-time":
		return 64
	case rules.Format == "uuid":
		return 36
	}
	return longest
}

// item returns the field that an array's items are checked against.
func (f *Field) item() *Field {
	item := &Field{Type: f.rules.Items.Type, Enum: f.Enum, Most: mostInItem, rules: f.rules.Items}
	if item.rules.MaxLength != nil {
		item.Most = int(*item.rules.MaxLength)
	}
	return item
}

// tooLong reports, before the string is read, that it must exceed the limit: a
// character takes at most 12 bytes, those of two escapes.
func (f *Field) tooLong(raw json.RawMessage) bool { return f.Most > 0 && len(raw) > 12*f.Most+2 }

// itemsOf splits a JSON array and counts its items. It returns no items if there
// are more than most. The items share the input's bytes.
func itemsOf(array json.RawMessage, most int) (items [][]byte, n int, ok bool) {
	dec := decoder(array)
	if _, err := dec.ReadToken(); err != nil {
		return nil, 0, false
	}
	for ; dec.PeekKind() != ']'; n++ {
		value, err := dec.ReadValue()
		if err != nil {
			return nil, n, false
		}
		if most == 0 || n < most {
			items = append(items, lastRead(array, dec, value))
		}
	}
	if most > 0 && n > most {
		items = nil
	}
	return items, n, true
}

// shape returns the problem of a free-form value: too many values, too deep, or
// one name twice in an object, which leaves unclear which value is meant.
func shape(value json.RawMessage, most int) string {
	dec := decoder(value, jsontext.AllowDuplicateNames(false))
	for values := 0; ; {
		token, err := dec.ReadToken()
		if isValue(dec, token.Kind()) {
			values++
		}
		switch {
		case errors.Is(err, io.EOF):
			return ""
		case errors.Is(err, jsontext.ErrDuplicateName):
			return "has a name twice in one object"
		case err != nil:
			return "is not valid JSON"
		case dec.StackDepth() > mostNested:
			return fmt.Sprintf("must be nested at most %d deep", mostNested)
		case values > most:
			return fmt.Sprintf("must have at most %d values", most)
		}
	}
}

// isValue reports whether the token that dec has just read begins a value: it is
// neither a member's name nor a closing bracket.
func isValue(dec *jsontext.Decoder, kind jsontext.Kind) bool {
	around, n := dec.StackIndex(dec.StackDepth())
	return kind != '}' && kind != ']' && (kind != '"' || around != '{' || n%2 == 0)
}

// decoder returns a decoder of JSON in memory. It accepts half a surrogate pair
// and duplicate names; the caller judges them.
func decoder(raw []byte, options ...jsontext.Options) *jsontext.Decoder {
	all := []jsontext.Options{jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)}
	return jsontext.NewDecoder(bytes.NewBuffer(raw), append(all, options...)...)
}
