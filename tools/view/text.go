package view

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// What a list shows of texts that people write at length, in characters.
const (
	ShortText = 80
	LongName  = 200
)

// Cut is the beginning of a text that may be long.
func Cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return strings.TrimSpace(string(runes[:most])) + "…"
	}
	return text
}

// Brief is at most so many characters of a text of somebody else's, for a sentence
// of ours: without what nobody can see, and without the space around it.
func Brief(text string, most int) string {
	return Cut(strings.TrimSpace(Text(strings.ToValidUTF8(text, "\uFFFD"))), most)
}

// Join makes one text of sentences; an empty one adds nothing.
func Join(sentences ...string) (text string) {
	for _, sentence := range sentences {
		if text != "" && sentence != "" {
			text = strings.TrimSuffix(text, ".") + ". "
		}
		text += sentence
	}
	return text
}

// When is the text if it holds, and else empty.
func When(holds bool, text string) string {
	if holds {
		return text
	}
	return ""
}

// Few joins the first of several names, and says how many there are besides.
func Few(names []string, most int) string {
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), more)
	}
	return strings.Join(names, ", ")
}

// Instant is a time of PostHog's to the second.
func Instant(at gjson.Result) string {
	if t, err := time.Parse(time.RFC3339, at.String()); err == nil {
		return t.UTC().Format(time.RFC3339)
	}
	return at.String()
}

// Clean removes invisible characters from the strings of a valid JSON document, as
// [Text] does. A document without such characters is returned as it is.
func Clean(json []byte) []byte {
	if !suspicious(json) {
		return json
	}
	clean := make([]byte, 0, len(json))
	for start := bytes.IndexByte(json, '"'); start >= 0; start = bytes.IndexByte(json, '"') {
		end := start + 1
		for ; json[end] != '"'; end++ {
			if json[end] == '\\' {
				end++
			}
		}
		clean = append(append(clean, json[:start]...), cleanString(json[start:end+1])...)
		json = json[end+1:]
	}
	return append(clean, json...)
}

// suspicious is a quick test for hidden characters: most documents that it finds are only
// in other scripts.
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
	return gjson.AppendJSONString(nil, visible)
}
