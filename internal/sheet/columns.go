package sheet

import (
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/internal/terminal"
)

// A Layout is the columns that people look for first in a list, from left to
// right. The others of the list follow while there is room. Without a layout all
// are equal.
type Layout []Place

// A Place is one column, and the members that it shows: of each row the first
// that it has.
type Place struct {
	Name string
	Of   []string
}

// arrange puts the columns into their places.
func (l Layout) arrange(columns []terminal.Column) (placed []terminal.Column) {
	if len(l) == 0 {
		return columns
	}
	for _, place := range l {
		column := terminal.Column{Name: place.Name, Right: true}
		for _, name := range place.Of {
			i := slices.IndexFunc(columns, func(c terminal.Column) bool { return c.Name == name })
			if i < 0 {
				continue
			}
			fill(&column, columns[i])
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

// fill puts the cells of another column where there are none.
func fill(c *terminal.Column, from terminal.Column) {
	c.Right = c.Right && from.Right
	if c.Cells == nil {
		c.Cells = make([]string, len(from.Cells))
	}
	for i, cell := range from.Cells {
		if c.Cells[i] == "" {
			c.Cells[i] = cell
		}
	}
}

// columnsOf are the members of the rows, each after the one that it follows in
// the first row that has it; nil when not all rows are objects.
func columnsOf(rows gjson.Result) (columns []terminal.Column) {
	all := rows.Array()
	at := func(name string) int {
		return slices.IndexFunc(columns, func(c terminal.Column) bool { return c.Name == name })
	}
	for n, row := range all {
		if !row.IsObject() {
			return nil
		}
		after := 0
		for _, m := range members(row) {
			i := at(m.name)
			if i < 0 {
				i = after
				columns = slices.Insert(columns, i, terminal.Column{Name: m.name, Right: true, Cells: make([]string, len(all))})
			}
			columns[i].Cells[n] = terminal.Plain(cell(m.value))
			columns[i].Right = columns[i].Right && m.value.Type == gjson.Number
			after = i + 1
		}
	}
	return columns
}

// cell is a value in a row. Of an object there is room for what people call it.
func cell(value gjson.Result) string {
	switch {
	case value.IsObject():
		for _, called := range []string{"name", "email", "id"} {
			if name := value.Get(called); name.Exists() && !name.IsObject() {
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
