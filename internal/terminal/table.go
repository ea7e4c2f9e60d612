package terminal

import (
	"math"
	"slices"
	"strings"
)

// gap is between two columns.
const gap = 2

// To how many columns a cell may be cut, before a column is left out, and before
// an extra one is.
const (
	shortest = 10
	ample    = 24
)

// A Column is one of a table's.
type Column struct {
	Name string
	// Right says that its cells stand at the right, as numbers do.
	Right bool
	// Extra columns are left out before all others.
	Extra bool
	// Cells are the plain texts, one a row; empty for none.
	Cells []string

	width int
}

// Table prints the columns side by side, indented, and returns the names of
// those for which there was no room: extra ones go first, then those that the
// fewest rows have, and of these the last.
func (s *Screen) Table(indent int, columns []Column) (left []string) {
	columns = slices.Clone(columns)
	room := s.Columns - indent
	for i := range columns {
		columns[i].width = columns[i].widest()
	}
	for len(columns) > 1 {
		i := leastWanted(columns)
		if taken(columns, columns[i].spares()) <= room {
			break
		}
		left = append(left, columns[i].Name)
		columns = slices.Delete(columns, i, i+1)
	}
	slices.Reverse(left)
	shrink(columns, room)
	if len(columns) == 0 {
		return nil
	}
	s.row(indent, columns, func(c Column) string { return s.Paint(Bold, c.cell(c.Name)) })
	for i := range columns[0].Cells {
		s.row(indent, columns, func(c Column) string { return c.cell(c.Cells[i]) })
	}
	return left
}

// shrink narrows the widest column until all of them fit.
func shrink(columns []Column, room int) {
	over := taken(columns, math.MaxInt) - room
	for ; over > 0; over-- {
		widest := 0
		for i := range columns {
			if columns[i].width > columns[widest].width {
				widest = i
			}
		}
		columns[widest].width = max(columns[widest].width-1, 1)
	}
}

// taken is how wide the columns are, each cut to the given width at most. A
// column's name stays whole.
func taken(columns []Column, cut int) (sum int) {
	for i := range columns {
		sum += min(columns[i].width, max(cut, Width(columns[i].Name)))
	}
	return sum + gap*(len(columns)-1)
}

func leastWanted(columns []Column) (least int) {
	for i := range columns {
		a, b := columns[i], columns[least]
		if a.Extra != b.Extra && b.Extra {
			continue
		}
		if a.Extra != b.Extra || a.filled() <= b.filled() {
			least = i
		}
	}
	return least
}

func (s *Screen) row(indent int, columns []Column, cell func(Column) string) {
	parts := []string{Pad("", indent)}
	for i, c := range columns {
		if i > 0 {
			parts = append(parts, strings.Repeat(" ", gap))
		}
		parts = append(parts, cell(c))
	}
	s.Line(parts...)
}

// spares is how narrow all columns get before this one is left out.
func (c *Column) spares() int {
	if c.Extra {
		return ample
	}
	return shortest
}

func (c *Column) widest() int {
	most := Width(c.Name)
	for _, cell := range c.Cells {
		most = max(most, Width(cell))
	}
	return most
}

func (c *Column) filled() (n int) {
	for _, cell := range c.Cells {
		if cell != "" {
			n++
		}
	}
	return n
}

func (c *Column) cell(text string) string {
	text = Cut(text, c.width)
	if c.Right {
		return strings.Repeat(" ", c.width-Width(text)) + text
	}
	return Pad(text, c.width)
}
