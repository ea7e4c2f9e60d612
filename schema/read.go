package schema

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/tidwall/gjson"
	"github.com/tidwall/pretty"
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

// space is the white space of JSON.
const space = " \t\r\n"

// member is a name and a value in a JSON object. Both have the client's text in Raw,
// so no number loses a digit. Half a surrogate pair is the replacement character in Str.
type member struct{ name, value gjson.Result }

// readObject splits a JSON object into its members, in order, with duplicates. A
// string that holds the object is accepted: some clients encode all arguments twice.
func readObject(raw json.RawMessage) (members []member, err error) {
	raw = bytes.Trim(raw, space)
	switch {
	case len(raw) == 0 || string(raw) == null:
		return nil, nil
	case len(raw) > mostBytes:
		return nil, fmt.Errorf("must have at most %d bytes, has %d", mostBytes, len(raw))
	case !utf8.Valid(raw):
		return nil, errors.New("not valid UTF-8")
	}
	object, invalid := gjson.ParseBytes(raw), validate(raw)
	if object.Type == gjson.String && invalid == nil {
		object = unwrap(object, "{")
	}
	switch {
	case !object.IsObject(): // the value is not repeated: a string may hold a password
		kinds := map[byte]string{'"': "a string", '[': "an array"}
		return nil, errors.New("expected a JSON object, got " + cmp.Or(kinds[raw[0]], "a bare value"))
	case invalid != nil:
		return nil, invalid
	}
	object.ForEach(func(name, value gjson.Result) bool {
		members = append(members, member{name, value})
		return len(members) <= mostMembers
	})
	if len(members) > mostMembers {
		return nil, fmt.Errorf("must have at most %d members, has more", mostMembers)
	}
	return members, nil
}

// validate returns the error of a text that is not one JSON value.
func validate(raw []byte) error {
	dec := decoder(raw, jsontext.AllowDuplicateNames(true))
	_, err := dec.ReadValue()
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("not valid JSON near byte %d", syntax.ByteOffset)
	}
	if err != nil {
		return errors.New("not valid JSON, it ends too early")
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value")
	}
	return nil
}

// decoder accepts half a surrogate pair, which the check of a string refuses.
func decoder(raw []byte, options ...jsontext.Options) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewBuffer(raw), append(options, jsontext.AllowInvalidUTF8(true))...)
}

// unwrap returns the JSON inside a string, if it begins with one of the signs, and any
// other value as it is: several clients send objects and arrays as text. Only one level
// is unwrapped: a string inside a string was meant as text. Sources:
// github.com/anthropics/claude-code/issues/59227,
// github.com/czlonkowski/n8n-mcp/issues/605.
func unwrap(v gjson.Result, signs string) gjson.Result {
	inside := []byte(strings.Trim(v.Str, space))
	if len(inside) == 0 || !strings.Contains(signs, string(inside[:1])) || hasLoneSurrogate(v) || validate(inside) != nil {
		return v
	}
	return gjson.ParseBytes(pretty.UglyInPlace(inside))
}

// hasLoneSurrogate reports whether a string has half of a surrogate pair.
func hasLoneSurrogate(v gjson.Result) bool {
	return strings.ContainsRune(v.Str, utf8.RuneError) && strings.Contains(strings.ToLower(v.Raw), `\ud`)
}

// onOneLine is the JSON of a value without line breaks, which would show up in a result.
func onOneLine(v gjson.Result) json.RawMessage {
	if strings.ContainsAny(v.Raw, "\r\n") {
		return pretty.UglyInPlace([]byte(v.Raw))
	}
	return json.RawMessage(v.Raw)
}

// shape returns the problem of a free-form value: too many values, too deep, or
// one name twice in an object, which leaves unclear which value is meant.
func shape(value json.RawMessage, most int) string {
	dec := decoder(value)
	for values := 0; ; {
		token, err := dec.ReadToken()
		around, n := dec.StackIndex(dec.StackDepth())
		isName := around == '{' && n%2 == 1
		if kind := token.Kind(); kind != '}' && kind != ']' && !isName {
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
