package view

import (
	"bytes"
	"unicode/utf8"

	"github.com/tidwall/gjson"
	"github.com/tidwall/pretty"
)

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

// Read checks a JSON document (RFC 8259). Invalid UTF-8 becomes U+FFFD. The error
// is [ErrNotJSON], also for a document that is nested more than 1,000 deep.
func Read(json []byte) (Document, error) {
	if !utf8.Valid(json) {
		json = bytes.ToValidUTF8(json, []byte("\uFFFD"))
	}
	var list List
	s := begin(Raw(json))
	for s.more() {
		switch s.name.String() {
		case "count":
			list.Count = s.value.Value()
		case "next":
			list.More = s.value[0] == '"'
		case "results":
			list.Items = gjson.Result{}
			if s.value[0] == '[' {
				list.Items = s.value.Value()
			}
		}
	}
	switch {
	case !s.valid():
		return Document{}, ErrNotJSON
	case s.spaced:
		return Read(pretty.Ugly(json))
	}
	return Document{s.text.Value(), list}, nil
}

// First returns the first item of the list; absent if the list is empty.
func (l List) First() gjson.Result { return l.Items.Get("0") }
