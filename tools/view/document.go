package view

import (
	"bytes"
	"unicode/utf8"

	"github.com/tidwall/gjson"
	"github.com/tidwall/pretty"
)

// deepest is how many arrays and objects may stand in one another. PostHog's
// own answers have a dozen; many a client's JSON parser takes no more than this.
const deepest = 1000

// Read checks a JSON document (RFC 8259) and returns it without white space
// between its tokens. Bytes that are no UTF-8 become U+FFFD. The error
// is [ErrNotJSON], also for a document that is nested more than 1,000 deep.
func Read(json []byte) (gjson.Result, error) {
	depth, spaced := outline(json)
	if depth > deepest { // gjson would go as deep as it gets
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

// closingQuote returns where the string ends that begins at i, or where the
// document ends.
func closingQuote(json []byte, i int) int {
	for i++; i < len(json) && json[i] != '"'; i++ {
		if json[i] == '\\' {
			i++
		}
	}
	return i
}

// List is a page of PostHog's, {count, next, previous, results}.
type List struct {
	// Count is how many items there are on all pages.
	Count gjson.Result
	// More says that there is a next page.
	More bool
	// Items is an array.
	Items gjson.Result
}

// ReadList reads an answer that is a list; false when it is none. Of members with
// the same name the last one counts.
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

// First is the first of the list's items; absent where there is none.
func (l List) First() gjson.Result { return l.Items.Get("0") }
