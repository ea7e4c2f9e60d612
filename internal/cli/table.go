package cli

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
	// Right aligns its cells to the right, as numbers are.
	Right bool
	// Extra columns are left out before all others.
	Extra bool
	// Cells are the plain texts, one a row; empty for none.
	Cells []string

	width  int
	filled int // how many cells are not empty
}

func (c *Column) measure() {
	c.width = Width(c.Name)
	for _, cell := range c.Cells {
		c.width = max(c.width, Width(cell))
		c.filled += min(len(cell), 1)
	}
}

// Table prints the columns side by side, indented, and returns the names of
// those for which there was no room: extra ones go first, then those that the
// fewest rows have, and of these the last.
func (s *Screen) Table(indent int, columns []Column) (left []string) {
	columns = slices.Clone(columns)
	for i := range columns {
		columns[i].measure()
	}
	room := s.Columns - indent
	for len(columns) > 1 {
		i, cut := leastWanted(columns), shortest
		if columns[i].Extra {
			cut = ample
		}
		if taken(columns, cut) <= room {
			break
		}
		left = append(left, columns[i].Name)
		columns = slices.Delete(columns, i, i+1)
	}
	slices.Reverse(left)
	shrink(columns, taken(columns, math.MaxInt)-room)
	if len(columns) == 0 {
		return nil
	}
	s.row(indent, columns, func(c Column) string { return s.Paint(Bold, c.cell(c.Name)) })
	for i := range columns[0].Cells {
		s.row(indent, columns, func(c Column) string { return c.cell(c.Cells[i]) })
	}
	return left
}

// shrink narrows the widest column, and again, by so many columns in all.
func shrink(columns []Column, over int) {
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
	for _, c := range columns {
		sum += min(c.width, max(cut, Width(c.Name)))
	}
	return sum + gap*(len(columns)-1)
}

func leastWanted(columns []Column) (least int) {
	for i, c := range columns {
		if other := columns[least]; c.Extra && !other.Extra || c.Extra == other.Extra && c.filled <= other.filled {
			least = i
		}
	}
	return least
}

func (s *Screen) row(indent int, columns []Column, cell func(Column) string) {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = cell(c)
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
