package drf

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Messages of the framework carry Python's names and spellings of values; the
// functions here give them for what [encoding/json] decodes with UseNumber.

// TypeName is Python's name for a decoded JSON value's type.
func TypeName(v any) string {
	switch v := v.(type) {
	case string:
		return "str"
	case bool:
		return "bool"
	case []any:
		return "list"
	case map[string]any:
		return "dict"
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return "float"
		}
		return "int"
	}
	return "NoneType"
}

// Text is Python's str of a decoded JSON value.
func Text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return Repr(v)
}

// Repr is Python's repr of a decoded JSON value, near enough for messages.
func Repr(v any) string {
	var parts []string
	switch v := v.(type) {
	case string:
		return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`).Replace(v) + "'"
	case bool:
		return map[bool]string{true: "True", false: "False"}[v]
	case json.Number:
		return v.String()
	case []any:
		for _, item := range v {
			parts = append(parts, Repr(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, Repr(key)+": "+Repr(v[key]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return "None"
}

// A fit says what became of a value that should be an integer.
type fit int

const (
	fits fit = iota
	notInteger
	tooLong
	tooHigh
	tooLow
)

// integer is int(str(v)) after the framework cut a fraction of zeros: 5, "5",
// 5.0 and " 5 " are five; true and 5.5 are not integers. Text of more than
// 1,000 characters is not converted.
func integer(v any) (int64, fit) {
	text := strings.TrimSpace(Text(v))
	if whole, fraction, ok := strings.Cut(text, "."); ok && strings.Trim(fraction, "0") == "" {
		text = whole
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch kind := TypeName(v); {
	case kind != "str" && kind != "int" && kind != "float":
		return 0, notInteger
	case len(text) > 1000:
		return 0, tooLong
	case err == nil:
		return n, fits
	case !errors.Is(err, strconv.ErrRange):
		return 0, notInteger
	case text[0] == '-':
		return n, tooLow
	}
	return n, tooHigh
}
