package schema

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// held is the JSON that a string holds, where it begins with one of the given
// signs: several clients send objects and arrays as text. It is unpacked once:
// what is text even then was meant as text. Sources:
// github.com/anthropics/claude-code/issues/59227,
// github.com/czlonkowski/n8n-mcp/issues/605.
func held(raw json.RawMessage, signs string) (json.RawMessage, bool) {
	if raw[0] != '"' {
		return nil, false
	}
	inside := trim(unquote(raw))
	if len(inside) == 0 || !strings.Contains(signs, string(inside[:1])) || halved(inside, raw) {
		return nil, false
	}
	value := jsontext.Value(inside)
	if !value.IsValid(jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)) {
		return nil, false
	}
	if value.Compact() != nil { // a line break in it would show up in a result
		return nil, false
	}
	return json.RawMessage(value), true
}

// text is a JSON string without its clothes. Half a surrogate pair becomes the
// replacement character.
func text(literal json.RawMessage) string {
	if !bytes.ContainsRune(literal, '\\') {
		return string(literal[1 : len(literal)-1])
	}
	return string(unquote(literal))
}

// unquote is [text] in bytes of its own.
func unquote(literal json.RawMessage) []byte {
	unquoted, _ := jsontext.AppendUnquote(make([]byte, 0, len(literal)), literal) // it was read as a string
	return unquoted
}

// halved tells whether s, which raw is the JSON of, has lost half of a
// surrogate pair.
func halved(s []byte, raw json.RawMessage) bool {
	return bytes.ContainsRune(s, utf8.RuneError) && bytes.Contains(bytes.ToLower(raw), []byte(`\ud`))
}

func trim(raw json.RawMessage) json.RawMessage { return bytes.Trim(raw, " \t\r\n") }

func isNull(raw json.RawMessage) bool { return string(raw) == "null" }

// isNull tells whether a value is null, or its name in a string where a string
// means nothing else.
func (f *Field) isNull(raw json.RawMessage) bool {
	return isNull(raw) || f.Type != "string" && string(raw) == `"null"`
}

// isEmpty tells whether a value is the empty one of the argument's type, or the
// empty string, which some clients send for every type. 0 for true or false is
// neither: it may mean false.
func (f *Field) isEmpty(raw json.RawMessage) bool {
	if len(raw) > 40 {
		return false // white space aside, none is that long
	}
	if string(raw) == `""` {
		return true
	}
	s := string(raw)
	if raw[0] == '"' {
		s = text(raw)
	}
	switch {
	case f.Type == "integer" || f.Numeric:
		return strings.Trim(s, "-0.") == "" && strings.Contains(s, "0")
	case f.Type == "array":
		return hollow(s, "[]")
	case f.Free:
		return hollow(s, "[]") || hollow(s, "{}")
	}
	return f.Type == "object" && hollow(s, "{}")
}

// hollow tells whether there is nothing between a pair of brackets.
func hollow(s, pair string) bool {
	return string(bytes.Join(bytes.Fields([]byte(s)), nil)) == pair
}
