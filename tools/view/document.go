package view

import (
	"bytes"
	"unicode/utf8"

	"github.com/tidwall/gjson"
	"github.com/tidwall/pretty"
)

// deepest is the most levels of nesting. PostHog's own answers have a dozen, and
// the JSON parsers of many clients accept no more than this.
const deepest = 1000

// Read checks a JSON document (RFC 8259) and returns it without white space
// between its tokens. Invalid UTF-8 becomes U+FFFD. The error is [ErrNotJSON],
// also for a document that is nested more than 1,000 deep.
func Read(json []byte) (gjson.Result, error) {
	depth, spaced := outline(json)
	if depth > deepest { // gjson has no limit
		return gjson.Result{}, ErrNotJSON
	}
	if !utf8.Valid(json) {
		json = bytes.ToValidUTF8(json, []byte("\uFFFD"))
	}
	if !gjson.ValidBytes(json) {
		return gjson.Result{}, ErrNotJSON
	}
	if spaced {
		json = pretty.Ugly(json)
	}
	return gjson.ParseBytes(json), nil
}

// outline returns how deep a document is nested, and whether there is white space
// between its tokens. The document need not be valid.
func outline(json []byte) (depth int, spaced bool) {
	level := 0
	for i := 0; i < len(json); i++ {
		switch json[i] {
		case '"':
			i = closingQuote(json, i)
		case '{', '[':
			level++
			depth = max(depth, level)
		case '}', ']':
			level--
		case ' ', '\t', '\n', '\r':
			spaced = true
		}
	}
	return depth, spaced
}

// closingQuote returns the index of the quote that closes the string at i, or the
// document's length.
func closingQuote(json []byte, i int) int {
	for i++; i < len(json) && json[i] != '"'; i++ {
		if json[i] == '\\' {
			i++
		}
	}
	return i
}

// List is one page of PostHog's lists: {count, next, previous, results}.
type List struct {
	// Count is the number of items on all pages.
	Count gjson.Result
	// More means that there is a next page.
	More bool
	// Items is an array.
	Items gjson.Result
}

// ReadList reads an answer as a list; ok is false if it is none. If a name stands
// twice, the last value counts.
func ReadList(answer gjson.Result) (l List, ok bool) {
	if !answer.IsObject() {
		return List{}, false
	}
	answer.ForEach(func(name, value gjson.Result) bool {
		switch name.String() {
		case "count":
			l.Count = value
		case "next":
			l.More = value.Type == gjson.String
		case "results":
			l.Items = value
		}
		return true
	})
	return l, l.Items.IsArray()
}

// First returns the first item of the list; absent if the list is empty.
func (l List) First() gjson.Result { return l.Items.Get("0") }
