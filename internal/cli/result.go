package cli

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools"
)

// deepest is the largest indent of nested objects; deeper ones are shown as JSON.
const deepest = 6 * gap

// A Layout has the columns that come first in the table of a list, from left to right.
// The other columns follow if there is room.
type Layout []tools.Column

// PrintResult shows the JSON object of a result: as a table if it is a page of a list,
// else as names and values. The layout is that of the table.
func (s *Screen) PrintResult(object json.RawMessage, layout Layout) error {
	root := gjson.ParseBytes(object)
	all := members(root)
	if rows := root.Get("results"); rows.IsArray() {
		s.rows(0, rows.Array(), layout)
		if len(rows.Array()) > 0 {
			s.Line()
		}
		hidden := []string{"results"}
		if notice := root.Get("notice").String(); notice != "" { // it has the next offset in words
			s.Text(0, Dim, notice)
			hidden = append(hidden, "notice", "count", "next_offset")
		}
		all = slices.DeleteFunc(all, func(m member) bool { return slices.Contains(hidden, m.name) })
	}
	s.pairs(0, all)
	return s.Err()
}

type member struct {
	name  string
	value gjson.Result
}

// members are those of an object, with names that are safe to print.
func members(object gjson.Result) (all []member) {
	object.ForEach(func(name, value gjson.Result) bool {
		all = append(all, member{Plain(name.String()), value})
		return true
	})
	return all
}

// rows prints objects as a table, and anything else as lines.
func (s *Screen) rows(indent int, rows []gjson.Result, layout Layout) {
	if slices.ContainsFunc(rows, func(row gjson.Result) bool { return !row.IsObject() }) {
		for _, row := range rows {
			s.Text(indent, "", text(row))
		}
		return
	}
	if left := s.Table(indent, columnsOf(rows, layout)); len(left) > 0 {
		s.Line()
		s.Text(indent, Dim, "No room here for "+strings.Join(left, ", ")+"; --json has everything.")
	}
}

// columnsOf are the columns of the layout that a row has, then the other members in
// the order in which they appear.
func columnsOf(rows []gjson.Result, layout Layout) (columns []Column) {
	places := slices.Clone(layout)
	for _, row := range rows {
		for _, m := range members(row) {
			if !slices.ContainsFunc(places, func(c tools.Column) bool { return c.Name == m.name || slices.Contains(c.Of, m.name) }) {
				places = append(places, tools.Column{Name: m.name})
			}
		}
	}
	for _, place := range places {
		column, found := Column{Name: place.Name, Right: true, Cells: make([]string, len(rows))}, false
		for i, row := range rows {
			all := members(row)
			for _, name := range append(slices.Clone(place.Of), place.Name) {
				at := slices.IndexFunc(all, func(m member) bool { return m.name == name })
				if at < 0 {
					continue
				}
				found, column.Right = true, column.Right && all[at].value.Type == gjson.Number
				if column.Cells[i] == "" {
					column.Cells[i] = Plain(cell(all[at].value))
				}
			}
		}
		if found {
			columns = append(columns, column)
		}
	}
	return columns
}

// pairs prints names and values, and a notice as a sentence.
func (s *Screen) pairs(indent int, all []member) {
	width := indent
	for _, m := range all {
		width = max(width, min(Width(m.name)+gap, s.Columns/2)+indent)
	}
	for _, m := range all {
		head, from, to := Pad("", indent)+m.name, m.value.Get("from"), m.value.Get("to")
		switch {
		case m.name == "notice":
			s.Text(indent, Bold, m.value.String())
			s.Line()
		case len(m.value.Map()) == 2 && from.Exists() && to.Exists() && !nested(from) && !nested(to): // a change in a preview
			s.Beside(head, width, text(from)+" → "+text(to))
		case !nested(m.value) || indent >= deepest:
			s.Beside(head, width, text(m.value))
		default:
			s.Line(Pad("", indent), s.Paint(Dim, m.name))
			if m.value.IsArray() {
				s.rows(indent+gap, m.value.Array(), nil)
			} else {
				s.pairs(indent+gap, members(m.value))
			}
		}
	}
}

// nested reports whether a value is shown below its name: an object, or a list of
// objects, unless it is empty.
func nested(value gjson.Result) bool {
	if value.IsArray() {
		return value.Get("0").IsObject()
	}
	return value.IsObject() && len(value.Map()) > 0
}

// text is a value as a person reads it. Numbers are as PostHog wrote them; a string
// may have several lines.
func text(value gjson.Result) string {
	switch {
	case value.Type == gjson.Null:
		return "–"
	case value.Type == gjson.String && value.String() == "":
		return `""`
	case value.Type == gjson.String:
		return value.String()
	case !value.IsArray():
		return value.Raw
	case len(value.Array()) == 0:
		return "none"
	}
	words := texts(value, text)
	if slices.ContainsFunc(words, func(word string) bool { return strings.ContainsAny(word, " \n") }) {
		return strings.Join(words, "\n") // sentences, each on its own line
	}
	return strings.Join(words, ", ")
}

func texts(list gjson.Result, text func(gjson.Result) string) (words []string) {
	for _, item := range list.Array() {
		words = append(words, text(item))
	}
	return words
}

// cell is a value in a row. An object is shown by its name.
func cell(value gjson.Result) string {
	switch {
	case value.IsObject():
		for _, name := range []string{"name", "email", "id"} {
			if name := value.Get(name); name.Exists() && !name.IsObject() {
				return text(name)
			}
		}
	case value.IsArray() && nested(value):
		return strings.Join(texts(value, cell), ", ")
	case value.IsArray() && len(value.Array()) == 0:
		return ""
	}
	return text(value)
}
