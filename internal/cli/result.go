package cli

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/engine"
)

// deepest is the largest indent of nested objects; deeper ones are shown as JSON.
const deepest = 6 * gap

// PrintResult shows the JSON object of a result: as a table if it is a page of a list,
// else as names and values. The columns of the layout come first in the table; others
// follow if there is room.
func (s *Screen) PrintResult(object json.RawMessage, layout []engine.Column) error {
	root := gjson.ParseBytes(object)
	var shown []string
	if rows := root.Get("results"); nested(rows) || rows.Raw == "[]" {
		s.Table(0, columnsOf(rows.Array(), layout))
		shown = []string{"results"}
		if root.Get("notice").Exists() { // it has both in words
			shown = append(shown, "count", "next_offset")
		}
	}
	s.pairs(0, root, shown)
	return s.Err()
}

// columnsOf are the columns of the layout that a row has, then the other members in
// the order in which they appear.
func columnsOf(rows []gjson.Result, layout []engine.Column) (columns []Column) {
	places := slices.Clone(layout)
	for _, row := range rows {
		for name := range row.All() {
			known := func(c engine.Column) bool { return c.Name == name.String() || slices.Contains(c.Of, name.String()) }
			if !slices.ContainsFunc(places, known) {
				places = append(places, engine.Column{Name: name.String()})
			}
		}
	}
	for _, place := range places {
		column, found := Column{Name: Plain(place.Name), Cells: make([]string, len(rows))}, false
		for i, row := range rows {
			all := row.Map()
			for _, name := range append(slices.Clone(place.Of), place.Name) {
				if value, is := all[name]; is && column.Cells[i] == "" {
					found, column.Cells[i] = true, Plain(text(value))
				}
			}
		}
		if found {
			columns = append(columns, column)
		}
	}
	return columns
}

// pairs prints names and values, except those shown already, and a notice as a sentence.
func (s *Screen) pairs(indent int, object gjson.Result, shown []string) {
	width := indent
	for name := range object.All() {
		if !slices.Contains(shown, name.String()) {
			width = max(width, min(Width(Plain(name.String()))+gap, s.Columns/2)+indent)
		}
	}
	for name, value := range object.All() {
		head, from, to := Pad("", indent)+Plain(name.String()), value.Get("from"), value.Get("to")
		switch {
		case slices.Contains(shown, name.String()):
		case name.String() == "notice":
			s.Text(indent, Bold, value.String())
			s.Line()
		case len(value.Map()) == 2 && from.Exists() && to.Exists() && !nested(from) && !nested(to): // a change in a preview
			s.Beside(head, width, text(from)+" → "+text(to))
		case !nested(value):
			s.Beside(head, width, text(value))
		case indent >= deepest:
			s.Beside(head, width, value.Raw)
		case value.IsArray():
			s.Line(s.Paint(Dim, head))
			s.Table(indent+gap, columnsOf(value.Array(), nil))
		default:
			s.Line(s.Paint(Dim, head))
			s.pairs(indent+gap, value, nil)
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

// text is a value as a person reads it, and an object by its name. Numbers are as PostHog
// wrote them; a string may have several lines.
func text(value gjson.Result) string {
	switch {
	case value.Type == gjson.Null:
		return "–"
	case value.Type == gjson.String:
		return cmp.Or(value.String(), `""`)
	case value.IsObject():
		return cmp.Or(value.Get("name").String(), value.Get("email").String(), value.Get("id").String(), value.Raw)
	case !value.IsArray():
		return value.Raw
	case !value.Get("0").Exists():
		return "none"
	}
	var words []string
	for _, item := range value.All() {
		words = append(words, text(item))
	}
	if !nested(value) && strings.ContainsAny(strings.Join(words, ""), " \n") {
		return strings.Join(words, "\n") // sentences, each on its own line
	}
	return strings.Join(words, ", ")
}

const (
	// gap is between two columns.
	gap = 2
	// shortest is the width to which a cell may be cut before a column is left out.
	shortest = 14
)

// A Column is one column of a table.
type Column struct {
	Name  string
	Cells []string // plain texts, one for each row; empty for none
}

// Table prints the columns side by side, indented, and names those for which there is no
// room: the last ones of the table. A blank line follows.
func (s *Screen) Table(indent int, columns []Column) {
	if len(columns) == 0 {
		return
	}
	room, left := s.Columns-indent, []string(nil)
	for len(columns) > 1 && total(columns, shortest) > room {
		last := len(columns) - 1
		left, columns = append([]string{columns[last].Name}, left...), columns[:last]
	}
	most := room
	for most > 1 && total(columns, most) > room {
		most--
	}
	line := func(cell func(Column) string) string {
		text := Pad("", indent)
		for _, c := range columns {
			width := c.width(most)
			text += Pad(Cut(cell(c), width), width+gap)
		}
		return strings.TrimRight(text, " ")
	}
	s.Line(s.Paint(Bold, line(func(c Column) string { return c.Name })))
	for i := range columns[0].Cells {
		s.Line(line(func(c Column) string { return c.Cells[i] }))
	}
	s.Line()
	if left != nil {
		s.Text(indent, Dim, "No room here for "+strings.Join(left, ", ")+"; --json has everything.")
		s.Line()
	}
}

// width is that of the widest cell, or most, but always that of the name.
func (c Column) width(most int) int {
	widest := 0
	for _, cell := range c.Cells {
		widest = max(widest, Width(cell))
	}
	return max(min(widest, most), Width(c.Name))
}

// total is the width of the columns together, with cells of at most that width.
func total(columns []Column, most int) int {
	sum := -gap
	for _, c := range columns {
		sum += c.width(most) + gap
	}
	return sum
}
