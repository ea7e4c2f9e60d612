package view

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"github.com/tidwall/gjson"
	"github.com/tidwall/pretty"
)

// ErrNotJSON means that a document breaks off or is not valid JSON (RFC 8259).
var ErrNotJSON = errors.New("view: not valid JSON")

// deepest is the most levels of nesting. PostHog's own answers have a dozen, and
// the JSON parsers of many clients accept no more than this.
const deepest = 1000

// Read checks a JSON document, and removes the white space between its tokens. Invalid
// UTF-8 becomes U+FFFD. The error is [ErrNotJSON], also for a document that is nested
// more than 1,000 deep.
func Read(json []byte) (gjson.Result, error) {
	if !utf8.Valid(json) {
		json = bytes.ToValidUTF8(json, []byte("\uFFFD"))
	}
	levels, spaced := nesting(json)
	if levels > deepest || !gjson.ValidBytes(json) {
		return gjson.Result{}, ErrNotJSON
	}
	if spaced {
		json = pretty.Ugly(json)
	}
	return gjson.ParseBytes(json), nil
}

// nesting returns how deep a document is nested, and whether there is white space
// between its tokens. It need not be valid.
func nesting(json []byte) (most int, spaced bool) {
	level := 0
	for i := 0; i < len(json); i++ {
		switch json[i] {
		case '"':
			for i++; i < len(json) && json[i] != '"'; i++ {
				if json[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			level++
			most = max(most, level)
		case '}', ']':
			level--
		case ' ', '\n', '\t', '\r':
			spaced = true
		}
	}
	return most, spaced
}
