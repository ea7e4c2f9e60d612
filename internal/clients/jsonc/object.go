package jsonc

import (
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/tailscale/hujson"
)

// An Object is a JSON object whose members have an order.
type Object []Member

// A Member is one name and its value: a string, a bool, a []string, an Object
// or a []Object.
type Member struct {
	Name  string
	Value any
}

// Get is the value of the member called name, nil when there is none.
func (o Object) Get(name string) any {
	for _, m := range o {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}

// String lays the object out over several lines, as a file has it.
func (o Object) String() string { return usual.render(o, "") }

// Compact puts the object on one line, without blanks.
func (o Object) Compact() string {
	v := valueOf(o.String())
	v.Minimize()
	return string(v.Pack())
}

// Strings are all strings among the object's values, and its names.
func (o Object) Strings() map[string]bool {
	all, root := map[string]bool{}, valueOf(o.String())
	for v := range root.All() {
		if literal, ok := v.Value.(hujson.Literal); ok {
			all[literal.String()] = true
		}
	}
	return all
}

// Text is a value on one line.
func Text(value any) string { return style{}.render(value, "") }

// style is how a document is laid out. Without a newline it is one line.
type style struct{ newline, indent string }

var usual = style{newline: "\n", indent: "  "}

// render writes a value that begins on a line indented by prefix. Lists of
// words stay on one line: people read "args" as a command.
func (s style) render(value any, prefix string) string {
	var items []string
	switch v := value.(type) {
	case Object:
		for _, m := range v {
			items = append(items, quote(m.Name)+": "+s.render(m.Value, prefix+s.indent))
		}
		return "{" + s.lines(items, prefix) + "}"
	case []Object:
		for _, o := range v {
			items = append(items, Text(o))
		}
		return "[" + s.lines(items, prefix) + "]"
	case []string:
		for _, word := range v {
			items = append(items, quote(word))
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return quote(value)
}

// lines puts each item on a line of its own.
func (s style) lines(items []string, prefix string) string {
	if len(items) == 0 || s.newline == "" {
		return strings.Join(items, ", ")
	}
	line := s.newline + prefix + s.indent
	return line + strings.Join(items, ","+line) + s.newline + prefix
}

// quote writes a string or a bool as JSON that people can read: <, > and & stay.
func quote(value any) string {
	text, _ := json.Marshal(value, jsontext.AllowInvalidUTF8(true)) // cannot fail for these
	return string(text)
}
