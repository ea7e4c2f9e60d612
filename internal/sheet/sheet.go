// Package sheet shows the JSON object of a result to a person: names and values
// side by side, and lists as tables.
package sheet

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/internal/terminal"
)

// deepest is how far objects in objects are laid out; what is deeper is shown
// as JSON.
const deepest = 6

// The indentation of what is in something, and the blanks behind names.
const (
	step = 2
	gap  = 2
)

// Print shows the object: as a table where it is a page of a list, else as
// names and values. The layout is that of the table.
func Print(s *terminal.Screen, object json.RawMessage, layout Layout) error {
	p := printer{s}
	root := gjson.ParseBytes(object)
	if rows := root.Get("results"); rows.IsArray() {
		p.list(root, rows, layout)
	} else {
		p.pairs(0, members(root))
	}
	return p.Err()
}

type printer struct{ *terminal.Screen }

// A member is one of an object's, in its order.
type member struct {
	name  string
	value gjson.Result
}

func members(object gjson.Result) (all []member) {
	object.ForEach(func(name, value gjson.Result) bool {
		all = append(all, member{terminal.Plain(name.String()), value})
		return true
	})
	return all
}

// list prints the rows, and below them, where the eye ends, what is to know
// about them. The notice has the next offset in words.
func (p printer) list(root, rows gjson.Result, layout Layout) {
	p.table(0, rows, layout)
	if len(rows.Array()) > 0 {
		p.Line()
	}
	notice := root.Get("notice").String()
	if notice != "" {
		p.Text(0, terminal.Dim, notice)
	}
	p.pairs(0, slices.DeleteFunc(members(root), func(m member) bool {
		said := notice != "" && (m.name == "count" || m.name == "next_offset")
		return said || m.name == "results" || m.name == "notice"
	}))
}

// table prints objects as rows, and anything else as lines.
func (p printer) table(indent int, rows gjson.Result, layout Layout) {
	columns := layout.arrange(columnsOf(rows))
	if columns == nil {
		for _, row := range rows.Array() {
			p.Text(indent, "", text(row))
		}
		return
	}
	if left := p.Table(indent, columns); len(left) > 0 {
		p.Line()
		p.Text(indent, terminal.Dim, "No room here for "+strings.Join(left, ", ")+"; --json has everything.")
	}
}

// pairs prints names and values, a notice first and as a sentence.
func (p printer) pairs(indent int, all []member) {
	width := 0
	for _, m := range all {
		width = max(width, terminal.Width(m.name)+gap)
	}
	width = min(width, p.Columns/2) + indent
	for _, m := range all {
		switch {
		case m.name == "notice":
			p.Text(indent, terminal.Bold, m.value.String())
			p.Line()
		case isChange(m.value):
			p.Beside(terminal.Pad("", indent)+m.name, width, text(m.value.Get("from"))+" → "+text(m.value.Get("to")))
		case nested(m.value) && indent < deepest*step:
			p.Line(terminal.Pad("", indent), p.Paint(terminal.Dim, m.name))
			p.inside(indent+step, m.value)
		default:
			p.Beside(terminal.Pad("", indent)+m.name, width, text(m.value))
		}
	}
}

// nested tells what is laid out below its name: an object, or a list of some,
// unless it is empty.
func nested(value gjson.Result) bool {
	if value.IsArray() {
		return value.Get("0").IsObject()
	}
	return value.IsObject() && len(value.Map()) > 0
}

func (p printer) inside(indent int, value gjson.Result) {
	if value.IsArray() {
		p.table(indent, value, nil)
		return
	}
	p.pairs(indent, members(value))
}

// isChange recognises what a preview says of a field: {"from": …, "to": …}.
func isChange(value gjson.Result) bool {
	all := value.Map()
	return value.IsObject() && len(all) == 2 && all["from"].Exists() && all["to"].Exists() && !nested(all["from"]) && !nested(all["to"])
}

// text is a value in a person's words. Numbers are as PostHog wrote them; only
// a notice and other strings may have lines of their own.
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
	items := value.Array()
	if len(items) == 0 {
		return "none"
	}
	between := ", "
	words := make([]string, len(items))
	for i, item := range items {
		words[i] = text(item)
		if strings.ContainsAny(words[i], " \n") {
			between = "\n" // sentences, a line each
		}
	}
	return strings.Join(words, between)
}
