package jsonc

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
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
	var line bytes.Buffer
	// render writes JSON, so compacting it cannot fail.
	_ = json.Compact(&line, []byte(o.String()))
	return line.String()
}

// style is how a document is laid out. Without a newline it is one line.
type style struct{ newline, indent string }

var usual = style{newline: "\n", indent: "  "}

// render writes a value that begins on a line indented by prefix. Lists of
// words stay on one line: people read "args" as a command.
func (s style) render(value any, prefix string) string {
	switch v := value.(type) {
	case Object:
		return s.block("{", "}", prefix, s.members(v, prefix+s.indent))
	case []Object:
		elements := make([]string, len(v))
		for i, o := range v {
			elements[i] = style{}.render(o, "")
		}
		return s.block("[", "]", prefix, elements)
	case []string:
		words := make([]string, len(v))
		for i, word := range v {
			words[i] = quote(word)
		}
		return "[" + strings.Join(words, ", ") + "]"
	default:
		return quote(v)
	}
}

func (s style) members(o Object, prefix string) []string {
	members := make([]string, len(o))
	for i, m := range o {
		members[i] = s.member(m, prefix)
	}
	return members
}

func (s style) member(m Member, prefix string) string {
	return quote(m.Name) + ": " + s.render(m.Value, prefix)
}

// block puts items between brackets, each on a line of its own.
func (s style) block(open, shut, prefix string, items []string) string {
	switch {
	case len(items) == 0:
		return open + shut
	case s.newline == "":
		return open + strings.Join(items, ", ") + shut
	}
	line := s.newline + prefix + s.indent
	return open + line + strings.Join(items, ","+line) + s.newline + prefix + shut
}

// quote writes a string or a bool as JSON that people can read: <, > and & stay
// as they are.
func quote(value any) string {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(value) // strings and bools are always encodable
	return strings.TrimSuffix(text.String(), "\n")
}

// Text is a value on one line.
func Text(value any) string { return style{}.render(value, "") }

// Strings are all strings among the object's values.
func (o Object) Strings() map[string]bool {
	all := map[string]bool{}
	for _, m := range o {
		switch v := m.Value.(type) {
		case string:
			all[v] = true
		case []string:
			for _, word := range v {
				all[word] = true
			}
		case Object:
			maps.Copy(all, v.Strings())
		case []Object:
			for _, element := range v {
				maps.Copy(all, element.Strings())
			}
		}
	}
	return all
}
