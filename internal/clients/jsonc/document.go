// Package jsonc changes JSON files that people write: what a change does not
// touch stays as it was to the byte, with its comments, its order and its
// layout, trailing commas included.
package jsonc

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
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

var position = regexp.MustCompile(`line \d+, column \d+`)

// Parse reads JSON, with or without comments and trailing commas. Nothing at
// all is an empty object. The error says where the mistake is, and repeats
// nothing of the content: it may hold secrets.
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
		where := position.FindString(err.Error())
		if where == "" {
			where = "at its end"
		}
		return nil, fmt.Errorf("not JSON: %s", where)
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

// patch makes one change as RFC 6902 has it; value is JSON, empty for none.
func (d *Document) patch(op string, path []string, value string) error {
	change := Object{{Name: "op", Value: op}, {Name: "path", Value: pointer(path)}}.Compact()
	if value != "" {
		change = strings.TrimSuffix(change, "}") + `,"value":` + value + "}"
	}
	return d.root.Patch([]byte("[" + change + "]"))
}

// pointer is path as RFC 6901 has it.
func pointer(path []string) string {
	var text strings.Builder
	for _, name := range path {
		text.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
	}
	return text.String()
}

// find is the value at path, nil when there is none. Of two members with one
// name some programs read the first and others the last, so they are refused.
func (d *Document) find(path []string) (*hujson.Value, error) {
	value := &d.root
	for i, name := range path {
		object, ok := value.Value.(*hujson.Object)
		if !ok {
			return nil, fmt.Errorf("%s is not an object", at(path[:i]))
		}
		value = nil
		for n := range object.Members {
			if nameOf(object.Members[n]) != name {
				continue
			}
			if value != nil {
				return nil, fmt.Errorf("%s is there twice", quote(name))
			}
			value = &object.Members[n].Value
		}
		if value == nil {
			return nil, nil
		}
	}
	return value, nil
}

func nameOf(m hujson.ObjectMember) string { return m.Name.Value.(hujson.Literal).String() }

func at(path []string) string { return quote(strings.Join(path, ".")) }
