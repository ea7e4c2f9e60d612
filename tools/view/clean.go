package view

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// Clean takes out of a JSON document what no person would see in its strings:
// invisible and bidirectional characters, tags and variation selectors that can
// hide words from a reader and show them to a model, and control characters.
// The document is valid; it comes back as it is where there is nothing to take.
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

// suspicious tells whether a document can hold such a character: nearly none
// does, and all but a few of those that do are in other scripts.
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

// leads has the first bytes of the hidden characters.
var leads = [256]bool{
	0x7F: true, 0xC2: true, 0xCD: true, 0xD8: true, 0xDB: true, 0xDC: true,
	0xE0: true, 0xE1: true, 0xE2: true, 0xE3: true, 0xEF: true, 0xF0: true, 0xF3: true,
}

// cleanString is a string in its quotes without the hidden characters.
func cleanString(quoted []byte) []byte {
	if !suspicious(quoted) {
		return quoted
	}
	text := gjson.ParseBytes(quoted).String()
	visible := Text(text)
	// A half of a pair that stands alone is no character: some parsers refuse it.
	if visible == text && !(strings.ContainsRune(text, utf8.RuneError) && bytes.Contains(bytes.ToLower(quoted), []byte(`\ud`))) {
		return quoted
	}
	return appendString(nil, visible)
}
