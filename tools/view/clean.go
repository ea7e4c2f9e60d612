package view

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// Clean removes invisible characters from the strings of a valid JSON document:
// bidirectional and control characters, tags and variation selectors. They can
// hide words from a person and show them to a model. A document without such
// characters is returned as it is.
func Clean(json []byte) []byte {
	if !suspicious(json) {
		return json
	}
	clean := make([]byte, 0, len(json))
	for len(json) > 0 {
		start := bytes.IndexByte(json, '"')
		if start < 0 {
			break
		}
		end := start + 1
		for json[end] != '"' {
			if json[end] == '\\' {
				end++
			}
			end++
		}
		clean = append(clean, json[:start]...)
		clean = append(clean, cleanString(json[start:end+1])...)
		json = json[end+1:]
	}
	return append(clean, json...)
}

// suspicious reports whether a document may hold a hidden character. It is a
// quick test: most documents that pass it are only in other scripts.
func suspicious(json []byte) bool {
	for i := 0; i < len(json); i++ {
		switch c := json[i]; {
		case c == '\\':
			i++
			if next := json[i]; next == 'u' || next == 'b' || next == 'f' || next == 'r' {
				return true
			}
		case c >= 0x7F && leads[c]:
			return true
		}
	}
	return false
}

// leads marks the first bytes of hidden characters in UTF-8.
var leads = [256]bool{
	0x7F: true, 0xC2: true, 0xCD: true, 0xD8: true, 0xDB: true, 0xDC: true,
	0xE0: true, 0xE1: true, 0xE2: true, 0xE3: true, 0xEF: true, 0xF0: true, 0xF3: true,
}

// cleanString returns a quoted string without hidden characters.
func cleanString(quoted []byte) []byte {
	if !suspicious(quoted) {
		return quoted
	}
	text := gjson.ParseBytes(quoted).String()
	visible := Text(text)
	// Half a surrogate pair is no character, and some parsers refuse it.
	if visible == text && !(strings.ContainsRune(text, utf8.RuneError) && bytes.Contains(bytes.ToLower(quoted), []byte(`\ud`))) {
		return quoted
	}
	return appendString(nil, visible)
}
