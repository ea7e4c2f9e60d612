// Package jsonc changes JSON files that people write: what a change does not
// touch stays as it was to the byte, with its comments, its order and its
// layout, trailing commas included.
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
	text  []byte
	root  hujson.Value // parsed from text; its offsets point into it
	style style
}

// Parse reads JSON, with or without comments and trailing commas. Nothing at
// all is an empty object. The error says where the mistake is, and repeats
// nothing of the content: it may hold secrets.
func Parse(content []byte) (*Document, error) {
	d := &Document{}
	if bytes.HasPrefix(content, byteOrderMark) {
		d.bom, content = byteOrderMark, content[len(byteOrderMark):]
	}
	if len(bytes.TrimSpace(content)) == 0 {
		content = []byte("{}\n")
	}
	if err := d.replace(content); err != nil {
		return nil, err
	}
	if _, ok := d.root.Value.(*hujson.Object); !ok {
		return nil, errors.New("not a JSON object")
	}
	d.style = d.guessStyle()
	return d, nil
}

// Bytes is the document as it is now.
func (d *Document) Bytes() []byte { return slices.Concat(d.bom, d.text) }

// byteOrderMark is what editors on Windows put before a text in UTF-8.
var byteOrderMark = []byte("\ufeff")

var position = regexp.MustCompile(`line \d+, column \d+`)

// replace makes text the document's.
func (d *Document) replace(text []byte) error {
	root, err := hujson.Parse(text)
	if err != nil {
		where := position.FindString(err.Error())
		if where == "" {
			where = "at its end"
		}
		return fmt.Errorf("not JSON: %s", where)
	}
	d.text, d.root = text, root
	return nil
}

// splice puts text in the place of the bytes from start to end.
func (d *Document) splice(start, end int, text string) error {
	changed := make([]byte, 0, len(d.text)+len(text))
	changed = append(append(append(changed, d.text[:start]...), text...), d.text[end:]...)
	return d.replace(changed)
}

// guessStyle takes the layout from the first member.
func (d *Document) guessStyle() style {
	s := usual
	if bytes.Contains(d.text, []byte("\r\n")) {
		s.newline = "\r\n"
	}
	root := d.root.Value.(*hujson.Object)
	if len(root.Members) == 0 {
		return s
	}
	first := root.Members[0].Name
	if !bytes.ContainsRune(first.BeforeExtra, '\n') {
		return style{}
	}
	if indent := d.indentAt(first.StartOffset); indent != "" {
		s.indent = indent
	}
	return s
}

// indentAt is the blank start of the line that holds the offset.
func (d *Document) indentAt(offset int) string {
	line := string(d.text[bytes.LastIndexByte(d.text[:offset], '\n')+1 : offset])
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

// find is the value at path, nil when there is none.
func (d *Document) find(path []string) (*hujson.Value, error) {
	value := &d.root
	for i, name := range path {
		object, ok := value.Value.(*hujson.Object)
		if !ok {
			return nil, fmt.Errorf("%s is not an object", at(path[:i]))
		}
		n, err := index(object, name)
		if err != nil {
			return nil, err
		}
		if n < 0 {
			return nil, nil
		}
		value = &object.Members[n].Value
	}
	return value, nil
}

// index is the place of the member called name, -1 when there is none. Of two
// members with one name some programs read the first and others the last, so
// they are refused.
func index(object *hujson.Object, name string) (int, error) {
	found := -1
	for i := range object.Members {
		if nameOf(object.Members[i]) != name {
			continue
		}
		if found >= 0 {
			return -1, fmt.Errorf("%s is there twice", quote(name))
		}
		found = i
	}
	return found, nil
}

func nameOf(m hujson.ObjectMember) string { return m.Name.Value.(hujson.Literal).String() }

func at(path []string) string { return quote(strings.Join(path, ".")) }
