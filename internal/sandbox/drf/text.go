package drf

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

func (f *Field) char(raw any) (any, *Error) {
	switch raw.(type) {
	case bool, []any, map[string]any:
		return nil, Invalid(f.Name, "Not a valid string.")
	}
	text := strings.TrimFunc(Text(raw), unicode.IsSpace)
	if text == "" && !f.Blank {
		return nil, Rejected(f.Name, "blank", "This field may not be blank.")
	}
	if f.MaxLength > 0 && utf8.RuneCountInString(text) > f.MaxLength {
		return nil, Rejected(f.Name, "max_length",
			"Ensure this field has no more than "+strconv.Itoa(f.MaxLength)+" characters.")
	}
	if strings.ContainsRune(text, 0) {
		return nil, Rejected(f.Name, "null_characters_not_allowed", "Null characters are not allowed.")
	}
	return text, nil
}

func (f *Field) email(raw any) (any, *Error) {
	value, err := f.char(raw)
	if err != nil {
		return nil, err
	}
	if !looksLikeEmail(value.(string)) {
		return nil, Invalid(f.Name, "Enter a valid email address.")
	}
	return value, nil
}

func looksLikeEmail(s string) bool {
	user, domain, ok := strings.Cut(s, "@")
	if !ok || user == "" || strings.ContainsAny(s, " \t\r\n<>()[],;:\\\"") || strings.Contains(domain, "@") {
		return false
	}
	dot := strings.LastIndexByte(domain, '.')
	return dot > 0 && dot < len(domain)-2 && !strings.Contains(domain, "..") && domain[0] != '-'
}

// The framework's spellings of yes and no, in the cases it takes them.
var (
	trueWords  = []string{"t", "T", "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON", "1"}
	falseWords = []string{"f", "F", "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF", "0"}
	nullWords  = []string{"null", "Null", "NULL", ""}
)

func (f *Field) boolean(raw any) (any, *Error) {
	word, ok := raw.(string)
	if !ok {
		switch raw.(type) {
		case []any, map[string]any:
			return nil, Invalid(f.Name, "Must be a valid boolean.")
		}
		word = strings.TrimSuffix(Text(raw), ".0")
	}
	switch {
	case slices.Contains(trueWords, word):
		return true, nil
	case slices.Contains(falseWords, word):
		return false, nil
	case f.Null && slices.Contains(nullWords, word):
		return nil, nil
	}
	return nil, Invalid(f.Name, "Must be a valid boolean.")
}
