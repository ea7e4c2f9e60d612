package cli

import (
	"math"
	"slices"
	"strings"
)

const (
	// gap is between two columns.
	gap = 2
	// shortest is the width to which a cell may be cut before a column is left out.
	shortest = 14
)

// A Column is one column of a table.
type Column struct {
	Name string
	// Right aligns the cells to the right, as numbers are.
	Right bool
	// Cells are the plain texts, one for each row; empty for none.
	Cells []string

	width int
}

// Table prints the columns side by side, indented. It returns the names of the
// columns for which there was no room: the last ones of the table.
func (s *Screen) Table(indent int, columns []Column) (left []string) {
	room := s.Columns - indent
	columns = slices.Clone(columns)
	for i := range columns {
		columns[i].width = widest(append([]string{columns[i].Name}, columns[i].Cells...))
	}
	for len(columns) > 1 && total(columns, shortest) > room {
		last := len(columns) - 1
		left, columns = append([]string{columns[last].Name}, left...), columns[:last]
	}
	if len(columns) == 0 {
		return nil
	}
	for over := total(columns, math.MaxInt) - room; over > 0; over-- {
		widest := &columns[0]
		for i := range columns {
			if columns[i].width > widest.width {
				widest = &columns[i]
			}
		}
		widest.width = max(widest.width-1, 1)
	}
	s.row(indent, columns, func(c Column) string { return s.Paint(Bold, c.cell(c.Name)) })
	for i := range columns[0].Cells {
		s.row(indent, columns, func(c Column) string { return c.cell(c.Cells[i]) })
	}
	return left
}

// total is the width of the columns together, each cut to the given width. The name of
// a column stays whole.
func total(columns []Column, cut int) (sum int) {
	for _, c := range columns {
		sum += min(c.width, max(cut, Width(c.Name)))
	}
	return sum + gap*(len(columns)-1)
}

func (s *Screen) row(indent int, columns []Column, cell func(Column) string) {
	var parts []string
	for _, c := range columns {
		parts = append(parts, cell(c))
	}
	s.Line(Pad("", indent), strings.Join(parts, Pad("", gap)))
}

func (c *Column) cell(text string) string {
	text = Cut(text, c.width)
	if c.Right {
		return Pad("", c.width-Width(text)) + text
	}
	return Pad(text, c.width)
}

// widest is the width of the widest text.
func widest(texts []string) (columns int) {
	for _, text := range texts {
		columns = max(columns, Width(text))
	}
	return columns
}
