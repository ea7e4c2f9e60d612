package view

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"strings"
	"unicode"
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
	for i := peculiar(json, 0); i < len(json); i = peculiar(json, i+1) {
		switch json[i] {
		case 0x7F, 0xC2, 0xCD, 0xD8, 0xDB, 0xDC, 0xE0, 0xE1, 0xE2, 0xE3, 0xEF, 0xF0, 0xF3: // lead bytes of the hidden
			return true
		case '\\':
			i++
			if next := json[i]; next == 'u' || next == 'b' || next == 'f' || next == 'r' {
				return true
			}
		}
	}
	return false
}

// peculiar returns where, from i on, the first byte is that is a backslash, a
// delete or beyond ASCII: most documents are long runs of others. It looks at
// eight at a time, as [scanner.plain] does.
func peculiar(json []byte, i int) int {
	for ; i+8 <= len(json); i += 8 {
		x := binary.LittleEndian.Uint64(json[i:])
		if found := (x | ((x ^ '\\'*each) - each) | ((x ^ 0x7F*each) - each)) & high; found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for i < len(json) && json[i] != '\\' && json[i] < 0x7F {
		i++
	}
	return i
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

// Text is s without hidden characters.
func Text(s string) string {
	if strings.IndexFunc(s, hidden) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if hidden(r) {
			return -1
		}
		return r
	}, s)
}

// blanks are letters and symbols that show as nothing.
const blanks = "\u115F\u1160\u17B4\u17B5\u2800\u3164\uFFA0"

func hidden(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case r == utf8.RuneError, r == '\uFE0F': // shown as �; makes an emoji of a sign
		return false
	case r >= 0xFE00 && r <= 0xFE0E, r >= 0xE0100 && r <= 0xE01EF, r == 0x034F, r >= 0x180B && r <= 0x180F:
		return true
	}
	return unicode.Is(unicode.Cf, r) || unicode.IsControl(r) || strings.ContainsRune(blanks, r)
}
