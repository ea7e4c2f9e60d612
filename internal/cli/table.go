package cli

import "strings"

const (
	// gap is between two columns.
	gap = 2
	// shortest is the width to which a cell may be cut before a column is left out.
	shortest = 14
)

// A Column is one column of a table.
type Column struct {
	Name string
	// Cells are the plain texts, one for each row; empty for none.
	Cells []string
}

// Table prints the columns side by side, indented. It returns the names of the
// columns for which there was no room: the last ones of the table.
func (s *Screen) Table(indent int, columns []Column) (left []string) {
	room := s.Columns - indent
	for len(columns) > 1 && total(columns, shortest) > room {
		last := len(columns) - 1
		left, columns = append([]string{columns[last].Name}, left...), columns[:last]
	}
	if len(columns) == 0 {
		return nil
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
	return left
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
