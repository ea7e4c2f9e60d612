package view

import (
	"bytes"
	"unsafe"

	"github.com/tidwall/gjson"
)

// Document is a JSON document that was found to be valid: whoever goes over it
// again need not look twice.
type Document struct {
	// Value is the whole of it.
	Value gjson.Result
	// Compact says that nothing stands between its tokens.
	Compact bool
	list    List
}

// Read checks a document (RFC 8259) in one pass, and keeps its bytes: nobody may
// write to them any more. What in its strings is no UTF-8 becomes U+FFFD. The
// error is [ErrNotJSON], also for a document that is nested more than 1,000 deep.
func Read(json []byte) (Document, error) {
	// To copy them would take longer than all the rest.
	s := scanner{json: json, text: Raw(unsafe.String(unsafe.SliceData(json), len(json)))}
	start := s.space(0)
	end := s.value(start, 0)
	if end == nowhere || s.space(end) != len(json) {
		return Document{}, ErrNotJSON
	}
	if s.foreign {
		return Read(bytes.ToValidUTF8(json, []byte("\uFFFD")))
	}
	return Document{Value: s.text[start:end].Value(), Compact: !s.spaced, list: s.list}, nil
}

// List is the document as a page of PostHog's, {count, next, previous, results};
// false when it is none.
func (d Document) List() (l List, ok bool) { return d.list, d.list.found }

// List is a page of PostHog's.
type List struct {
	count, next Raw
	items       []Raw
	found       bool
}

// First is the first of the list's items; absent where there is none.
func (l List) First() gjson.Result {
	if len(l.items) == 0 {
		return gjson.Result{}
	}
	return l.items[0].Value()
}

// member notes a member of the outermost object. Of those with the same name the
// last one counts.
func (s *scanner) member(name, value Raw) {
	switch name.String() {
	case "count":
		s.list.count = value
	case "next":
		s.list.next = value
	case "results":
		s.list.items, s.list.found = s.items, value[0] == '['
	}
	s.items = nil
}

// item notes an item of an array in the outermost object. More than fit into a
// result are never looked at.
func (s *scanner) item(raw Raw) {
	if len(s.items) < MostBytes {
		s.items = append(s.items, raw)
	}
}
