package schema

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// jsonInString returns the JSON inside a string, if it begins with one of the signs:
// several clients send objects and arrays as text. Only one level is unwrapped: a
// string inside a string was meant as text. Sources:
// github.com/anthropics/claude-code/issues/59227,
// github.com/czlonkowski/n8n-mcp/issues/605.
func jsonInString(raw json.RawMessage, signs string) (json.RawMessage, bool) {
	if raw[0] != '"' {
		return nil, false
	}
	inside := trim(unquote(raw))
	if len(inside) == 0 || !strings.Contains(signs, string(inside[:1])) || hasLoneSurrogate(inside, raw) {
		return nil, false
	}
	value := jsontext.Value(inside)
	if !value.IsValid(jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)) {
		return nil, false
	}
	if value.Compact() != nil {
		return nil, false
	}
	return json.RawMessage(value), true
}

// onOneLine is a valid value without line breaks, which would show up in a
// result.
func onOneLine(raw json.RawMessage) json.RawMessage {
	if !bytes.ContainsAny(raw, "\r\n") {
		return raw
	}
	value := jsontext.Value(raw).Clone()
	_ = value.Compact(jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)) // it is valid
	return json.RawMessage(value)
}

// text decodes a JSON string. Half a surrogate pair becomes the replacement
// character.
func text(literal json.RawMessage) string {
	if !bytes.ContainsRune(literal, '\\') {
		return string(literal[1 : len(literal)-1])
	}
	return string(unquote(literal))
}

// unquote is [text] as newly allocated bytes.
func unquote(literal json.RawMessage) []byte {
	unquoted, _ := jsontext.AppendUnquote(make([]byte, 0, len(literal)), literal) // it was read as a string
	return unquoted
}

// hasLoneSurrogate reports whether raw, the JSON of s, has half of a surrogate pair.
func hasLoneSurrogate(s []byte, raw json.RawMessage) bool {
	return bytes.ContainsRune(s, utf8.RuneError) && bytes.Contains(bytes.ToLower(raw), []byte(`\ud`))
}

func trim(raw json.RawMessage) json.RawMessage { return bytes.Trim(raw, " \t\r\n") }

func isNull(raw json.RawMessage) bool { return string(raw) == "null" }

// isNull reports whether a value is null, or "null" for a type other than string.
func (f *Field) isNull(raw json.RawMessage) bool {
	return isNull(raw) || f.Type != "string" && string(raw) == `"null"`
}

// isEmpty reports whether a value is the empty value of the argument's type, or
// the empty string, which some clients send for every type. 0 for a boolean does
// not count: it may mean false.
func (f *Field) isEmpty(raw json.RawMessage) bool {
	if len(raw) > 40 {
		return false // only white space makes an empty value that long
	}
	if string(raw) == `""` {
		return true
	}
	s := string(raw)
	if raw[0] == '"' {
		s = text(raw)
	}
	brackets := strings.Join(strings.Fields(s), "")
	switch {
	case f.Type == "integer" || f.Numeric:
		return strings.Trim(s, "-0.") == "" && strings.Contains(s, "0")
	case f.Type == "array":
		return brackets == "[]"
	case f.Free:
		return brackets == "[]" || brackets == "{}"
	}
	return f.Type == "object" && brackets == "{}"
}
