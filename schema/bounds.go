package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// The bounds of a call, and of what has none of its own. They are far from what
// a call needs, and keep the work for one in proportion to it.
const (
	// mostBytes are those of all arguments: 2,000 recipients are half of it.
	mostBytes = 1 << 20
	// mostMembers are the names in the arguments: no tool has half as many.
	mostMembers = 100
	// mostValues and mostNested are for a free-form value. PostHog bounds the
	// largest of its own settings at 1,000 entries.
	mostValues = 10_000
	mostNested = 32
	// mostInItem are the characters of a string in an array.
	mostInItem = 256
)

// bound is the bound that follows from the published rules; 0 for none.
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

// item is what an array's items are checked as.
func (f *Field) item() *Field {
	item := &Field{Type: f.rules.Items.Type, Enum: f.Enum, Most: mostInItem, rules: f.rules.Items}
	if item.rules.MaxLength != nil {
		item.Most = int(*item.rules.MaxLength)
	}
	return item
}

// tooLong tells of a string, before anything is done with it, that it cannot be
// within the bound: no character takes more than the 12 bytes of two escapes.
func (f *Field) tooLong(raw json.RawMessage) bool { return f.Most > 0 && len(raw) > 12*f.Most+2 }

// itemsOf splits a JSON array of at most most items, and says how many it has;
// of more it gives none. The items are the input's own bytes.
func itemsOf(array json.RawMessage, most int) (items []json.RawMessage, n int, ok bool) {
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
			items = append(items, before(array, dec, value))
		}
	}
	if most > 0 && n > most {
		items = nil
	}
	return items, n, true
}

// shape says what is wrong with a free-form value: how much is in it, how deep
// it goes, or a name that stands twice in one object, of which nobody can say
// which value is meant.
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

// isValue tells whether the token that dec has just read begins a value: it is
// neither a name nor an end.
func isValue(dec *jsontext.Decoder, kind jsontext.Kind) bool {
	around, n := dec.StackIndex(dec.StackDepth())
	return kind != '}' && kind != ']' && (kind != '"' || around != '{' || n%2 == 0)
}

// decoder reads JSON that is in memory. Half a surrogate pair and names that
// stand twice are for the caller to judge.
func decoder(raw []byte, options ...jsontext.Options) *jsontext.Decoder {
	all := []jsontext.Options{jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)}
	return jsontext.NewDecoder(bytes.NewBuffer(raw), append(all, options...)...)
}
