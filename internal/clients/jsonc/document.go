// Package jsonc changes JSON files that people write. What a change does not
// touch stays as it was to the byte: comments, order, layout, trailing commas.
package jsonc

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tailscale/hujson"
)

// A Document is the content of a file that holds a JSON object.
type Document struct {
	bom   []byte // the byte order mark before the text, or nothing
	root  hujson.Value
	style style
}

// byteOrderMark is what editors on Windows put before a text in UTF-8.
var byteOrderMark = []byte("\ufeff")

var (
	position = regexp.MustCompile(`line \d+, column \d+`)
	comment  = regexp.MustCompile(`//[^\n]*|(?s:/\*.*?\*/)`)
)

// Parse reads JSON, with or without comments and trailing commas. An empty text
// is an empty object. The error says where the mistake is, and repeats nothing
// of the content: it may hold secrets.
func Parse(content []byte) (*Document, error) {
	d := &Document{style: usual}
	if bytes.HasPrefix(content, byteOrderMark) {
		d.bom, content = byteOrderMark, content[len(byteOrderMark):]
	}
	if len(bytes.TrimSpace(content)) == 0 {
		content = []byte("{}\n")
	}
	root, err := hujson.Parse(content)
	if err != nil {
		return nil, fmt.Errorf("not JSON: %s", position.FindString(err.Error()))
	}
	object, ok := root.Value.(*hujson.Object)
	if !ok {
		return nil, errors.New("not a JSON object")
	}
	d.root = root
	if bytes.Contains(content, []byte("\r\n")) {
		d.style.newline = "\r\n"
	}
	if len(object.Members) > 0 { // the first member shows the layout
		switch indent, breaks := indentOf(object.Members[0].Name.BeforeExtra); {
		case !breaks:
			d.style = style{}
		case indent != "":
			d.style.indent = indent
		}
	}
	return d, nil
}

// Bytes is the document as it is now.
func (d *Document) Bytes() []byte { return append(bytes.Clone(d.bom), d.root.Pack()...) }

// Rules say what a merge does with the content that the document has already.
type Rules struct {
	// Drop reports whether the member at path is removed if the merged object lacks it.
	// Nil keeps all members.
	Drop func(path []string) bool
	// Keep reports whether a string stays although the merged object has another one.
	// Nil keeps none.
	Keep func(is, brought string) bool
}

// Merge puts the members of object into the document. Where both have an object
// the two are merged in turn. A list of objects gets those whose "id" it lacks.
// Any other value is replaced, unless it is equal already.
func (d *Document) Merge(object Object, rules Rules) error {
	return d.merge(&d.root, nil, "", object, rules)
}

// merge changes the value at path, which begins on a line indented by indent.
func (d *Document) merge(v *hujson.Value, path []string, indent string, brought Object, rules Rules) error {
	object, ok := v.Value.(*hujson.Object)
	if !ok {
		return fmt.Errorf("%s is not an object", at(path))
	}
	for _, m := range brought {
		i, err := find(object, m.Name)
		switch {
		case err != nil:
			return err
		case i < 0:
			d.add(v, m.Name, m.Value, indent)
			continue
		}
		member := &object.Members[i]
		inner, breaks := indentOf(member.Name.BeforeExtra)
		if !breaks {
			inner = indent
		}
		if err := d.update(&member.Value, append(slices.Clone(path), m.Name), inner, m.Value, rules); err != nil {
			return err
		}
	}
	// Last, so that a new member can take the layout of a removed one.
	for i := len(object.Members) - 1; i >= 0 && rules.Drop != nil; i-- {
		if name := nameOf(object.Members[i]); brought.Get(name) == nil && rules.Drop(append(slices.Clone(path), name)) {
			remove(v, i)
		}
	}
	return nil
}

func (d *Document) update(v *hujson.Value, path []string, indent string, brought any, rules Rules) error {
	literal, _ := v.Value.(hujson.Literal)
	switch b := brought.(type) {
	case Object:
		return d.merge(v, path, indent, b, rules)
	case []Object:
		list, ok := v.Value.(*hujson.Array)
		if !ok {
			return fmt.Errorf("%s is not a list", at(path))
		}
		for _, object := range b {
			same := func(e hujson.Value) bool { return idOf(e) == object.Get("id") }
			if !slices.ContainsFunc(list.Elements, same) {
				d.add(v, "", object, indent)
			}
		}
		return nil
	case string:
		if literal.Kind() == '"' && rules.Keep != nil && rules.Keep(literal.String(), b) {
			return nil
		}
	}
	text := Text(brought)
	if v.Patch([]byte(`[{"op": "test", "path": "", "value": `+text+`}]`)) != nil {
		v.Value = valueOf(text).Value
	}
	return nil
}

// find is the index of a member, -1 for none. Of two members with one name some
// programs read the first and others the last, so they are refused.
func find(object *hujson.Object, name string) (int, error) {
	named := func(m hujson.ObjectMember) bool { return nameOf(m) == name }
	i := slices.IndexFunc(object.Members, named)
	if i >= 0 && slices.ContainsFunc(object.Members[i+1:], named) {
		return 0, fmt.Errorf("%s is there twice", quote(name))
	}
	return i, nil
}

func idOf(v hujson.Value) string {
	if id := v.Find("/id"); id != nil {
		literal, _ := id.Value.(hujson.Literal)
		return literal.String()
	}
	return ""
}

func nameOf(m hujson.ObjectMember) string { return m.Name.Value.(hujson.Literal).String() }

func at(path []string) string { return quote(strings.Join(path, ".")) }

// valueOf parses JSON of this package's own making, which cannot fail.
func valueOf(text string) hujson.Value {
	v, _ := hujson.Parse([]byte(text))
	return v
}

// Masked is the document with every string and every comment hidden, but for the
// strings that shown holds and those right at one of the paths (RFC 6901). Lines
// stay where they are, so that two masked documents can be compared.
func (d *Document) Masked(shown map[string]bool, paths ...string) []byte {
	root, open := d.root.Clone(), map[*hujson.Value]bool{}
	for _, path := range paths {
		open[root.Find(path)] = true
	}
	for v := range root.All() {
		hide(&v.BeforeExtra)
		hide(&v.AfterExtra)
		switch value := v.Value.(type) {
		case hujson.Literal:
			if value.Kind() == '"' && !open[v] && !shown[value.String()] {
				v.Value = hujson.String("…")
			}
		case *hujson.Array:
			hide(&value.AfterExtra)
		case *hujson.Object:
			hide(&value.AfterExtra)
			for i := range value.Members {
				open[&value.Members[i].Name] = true
			}
		}
	}
	return root.Pack()
}

// hide hides the words of comments, but not how many lines they take.
func hide(extra *hujson.Extra) {
	if *extra == nil {
		return // a trailing comma is an AfterExtra that is not nil
	}
	*extra = comment.ReplaceAllFunc(*extra, func(c []byte) []byte {
		if c[1] == '/' {
			return []byte("// …")
		}
		return append(append([]byte("/* …"), bytes.Repeat([]byte("\n"), bytes.Count(c, []byte("\n")))...), " */"...)
	})
}
