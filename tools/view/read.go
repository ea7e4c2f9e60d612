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

// Document is a valid JSON document without white space between its tokens.
type Document struct {
	gjson.Result
	// List is the document as a list; its Items are absent if it is none.
	List List
}

// List is one page of PostHog's lists: {count, next, previous, results}. If a name
// stands twice, the last value counts.
type List struct {
	// Count is the number of items on all pages.
	Count gjson.Result
	// More means that there is a next page.
	More bool
	// Items is an array.
	Items gjson.Result
}

// deepest is the most levels of nesting. PostHog's own answers have a dozen, and
// the JSON parsers of many clients accept no more than this.
const deepest = 1000

// Read checks a JSON document. Invalid UTF-8 becomes U+FFFD. The error is
// [ErrNotJSON], also for a document that is nested more than 1,000 deep.
func Read(json []byte) (Document, error) {
	if !utf8.Valid(json) {
		json = bytes.ToValidUTF8(json, []byte("\uFFFD"))
	}
	levels, spaced := nesting(json)
	if levels > deepest || !gjson.ValidBytes(json) {
		return Document{}, ErrNotJSON
	}
	if spaced {
		json = pretty.Ugly(json)
	}
	document := Document{Result: gjson.ParseBytes(json)}
	for name, value := range Members(document.Result) {
		switch name.Str {
		case "count":
			document.List.Count = value
		case "next":
			document.List.More = value.Type == gjson.String
		case "results":
			document.List.Items = gjson.Result{}
			if value.IsArray() {
				document.List.Items = value
			}
		}
	}
	return document, nil
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
