package cli

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools"
)

// deepest is how many columns nested objects are indented at most; deeper ones
// are shown as JSON.
const deepest = 6 * gap

// PrintResult shows the JSON object of a result: as a table where it is a page
// of a list, else as names and values. The layout is that of the table.
func (s *Screen) PrintResult(object json.RawMessage, layout Layout) error {
	root := gjson.ParseBytes(object)
	if rows := root.Get("results"); rows.IsArray() {
		s.list(root, rows, layout)
	} else {
		s.pairs(0, members(root))
	}
	return s.Err()
}

// A member is one of an object's, in its order.
type member struct {
	name  string
	value gjson.Result
}

func members(object gjson.Result) (all []member) {
	object.ForEach(func(name, value gjson.Result) bool {
		all = append(all, member{Plain(name.String()), value})
		return true
	})
	return all
}

// list prints the rows, and below them, where people look last, the rest of the
// page. The notice has the next offset in words.
func (s *Screen) list(root, rows gjson.Result, layout Layout) {
	s.rows(0, rows, layout)
	if len(rows.Array()) > 0 {
		s.Line()
	}
	hidden := []string{"results", "notice"}
	if notice := root.Get("notice").String(); notice != "" {
		s.Text(0, Dim, notice)
		hidden = append(hidden, "count", "next_offset")
	}
	s.pairs(0, slices.DeleteFunc(members(root), func(m member) bool { return slices.Contains(hidden, m.name) }))
}

// rows prints objects as rows, and anything else as lines.
func (s *Screen) rows(indent int, rows gjson.Result, layout Layout) {
	columns := layout.arrange(columnsOf(rows))
	if columns == nil {
		for _, row := range rows.Array() {
			s.Text(indent, "", text(row))
		}
		return
	}
	if left := s.Table(indent, columns); len(left) > 0 {
		s.Line()
		s.Text(indent, Dim, "No room here for "+strings.Join(left, ", ")+"; --json has everything.")
	}
}

// pairs prints names and values, a notice first and as a sentence.
func (s *Screen) pairs(indent int, all []member) {
	width := 0
	for _, m := range all {
		width = max(width, Width(m.name)+gap)
	}
	width = min(width, s.Columns/2) + indent
	for _, m := range all {
		head := Pad("", indent) + m.name
		switch {
		case m.name == "notice":
			s.Text(indent, Bold, m.value.String())
			s.Line()
		case isChange(m.value):
			s.Beside(head, width, text(m.value.Get("from"))+" → "+text(m.value.Get("to")))
		case !nested(m.value) || indent >= deepest:
			s.Beside(head, width, text(m.value))
		default:
			s.Line(Pad("", indent), s.Paint(Dim, m.name))
			if m.value.IsArray() {
				s.rows(indent+gap, m.value, nil)
			} else {
				s.pairs(indent+gap, members(m.value))
			}
		}
	}
}

// nested is true for a value that is shown below its name: an object, or a list
// of objects, unless it is empty.
func nested(value gjson.Result) bool {
	if value.IsArray() {
		return value.Get("0").IsObject()
	}
	return value.IsObject() && len(value.Map()) > 0
}

// isChange recognises how a preview shows a field: {"from": …, "to": …}.
func isChange(value gjson.Result) bool {
	all := value.Map()
	return value.IsObject() && len(all) == 2 && all["from"].Exists() && all["to"].Exists() && !nested(all["from"]) && !nested(all["to"])
}

// text is a value in a person's words. Numbers are as PostHog wrote them; a
// string may have several lines.
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
	}
	between, words := ", ", []string{}
	for _, item := range value.Array() {
		words = append(words, text(item))
		if strings.ContainsAny(text(item), " \n") {
			between = "\n" // sentences, a line each
		}
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, between)
}

// A Layout is the columns that people look for first in a list, from left to
// right. The others of the list follow while there is room. Without a layout all
// are equal.
type Layout []tools.Column

// arrange puts the columns into their places.
func (l Layout) arrange(columns []Column) (placed []Column) {
	if len(l) == 0 {
		return columns
	}
	for _, place := range l {
		column := Column{Name: place.Name, Right: true}
		for _, name := range slices.Concat(place.Of, []string{place.Name}) {
			i := named(columns, name)
			if i < 0 {
				continue
			}
			column.Right = column.Right && columns[i].Right
			if column.Cells == nil {
				column.Cells = make([]string, len(columns[i].Cells))
			}
			for n, cell := range columns[i].Cells {
				if column.Cells[n] == "" {
					column.Cells[n] = cell
				}
			}
			columns = slices.Delete(columns, i, i+1)
		}
		if column.Cells != nil {
			placed = append(placed, column)
		}
	}
	for _, c := range columns {
		c.Extra = true
		placed = append(placed, c)
	}
	return placed
}

func named(columns []Column, name string) int {
	return slices.IndexFunc(columns, func(c Column) bool { return c.Name == name })
}

// columnsOf are the members of the rows, each after the one that it follows in
// the first row that has it; nil when not all rows are objects.
func columnsOf(rows gjson.Result) (columns []Column) {
	all := rows.Array()
	for n, row := range all {
		if !row.IsObject() {
			return nil
		}
		after := 0
		for _, m := range members(row) {
			i := named(columns, m.name)
			if i < 0 {
				i = after
				columns = slices.Insert(columns, i, Column{Name: m.name, Right: true, Cells: make([]string, len(all))})
			}
			columns[i].Cells[n] = Plain(cell(m.value))
			columns[i].Right = columns[i].Right && m.value.Type == gjson.Number
			after = i + 1
		}
	}
	return columns
}

// cell is a value in a row. Of an object there is room for its name.
func cell(value gjson.Result) string {
	switch {
	case value.IsObject():
		for _, name := range []string{"name", "email", "id"} {
			if name := value.Get(name); name.Exists() && !name.IsObject() {
				return text(name)
			}
		}
	case value.IsArray() && nested(value):
		words := []string{}
		for _, item := range value.Array() {
			words = append(words, cell(item))
		}
		return strings.Join(words, ", ")
	case value.IsArray() && len(value.Array()) == 0:
		return ""
	}
	return text(value)
}
