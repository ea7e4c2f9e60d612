package jsonc

import (
	"bytes"
	"strings"

	"github.com/tailscale/hujson"
)

// items are the members of an object or the elements of an array.
type items struct {
	starts, ends []int // of each, in the text
	comma        int   // offset of a trailing comma, -1 without one
}

func itemsOf(v *hujson.Value) items {
	all := items{comma: -1}
	var last *hujson.Value
	switch list := v.Value.(type) {
	case *hujson.Object:
		for i := range list.Members {
			m := &list.Members[i]
			all.starts, all.ends, last = append(all.starts, m.Name.StartOffset), append(all.ends, m.Value.EndOffset), &m.Value
		}
	case *hujson.Array:
		for i := range list.Elements {
			e := &list.Elements[i]
			all.starts, all.ends, last = append(all.starts, e.StartOffset), append(all.ends, e.EndOffset), e
		}
	}
	// hujson marks a trailing comma by what stands between the value and it.
	if last != nil && last.AfterExtra != nil {
		all.comma = last.EndOffset + len(last.AfterExtra)
	}
	return all
}

// add puts one more item at the end of an object or an array; item writes it for
// a place.
func (d *Document) add(to *hujson.Value, item func(s style, prefix string) string) error {
	all := itemsOf(to)
	inside, closing := to.StartOffset+1, to.EndOffset-1
	if len(all.starts) == 0 {
		return d.addFirst(to, item)
	}
	end := all.ends[len(all.ends)-1]
	if !bytes.ContainsRune(d.text[inside:all.starts[0]], '\n') {
		return d.splice(end, end, ", "+item(style{}, ""))
	}
	s := d.style
	if s.newline == "" {
		s = usual
	}
	prefix := d.indentAt(all.starts[0])
	line := s.newline + prefix + item(s, prefix)
	if all.comma >= 0 {
		after := all.comma + 1 + len(remark(d.text[all.comma+1:closing]))
		return d.splice(after, after, line+",")
	}
	note := remark(d.text[end:closing])
	return d.splice(end, end+len(note), ","+note+line)
}

func (d *Document) addFirst(to *hujson.Value, item func(s style, prefix string) string) error {
	inside, closing := to.StartOffset+1, to.EndOffset-1
	if d.style.newline == "" {
		return d.splice(closing, closing, item(d.style, ""))
	}
	outer := d.indentAt(to.StartOffset)
	prefix, newline := outer+d.style.indent, d.style.newline
	comments := strings.TrimRight(string(d.text[inside:closing]), " \t\r\n")
	return d.splice(inside, closing, comments+newline+prefix+item(d.style, prefix)+newline+outer)
}

// remark is a comment that ends the line which text begins in: it belongs to
// what stands before it.
func remark(text []byte) string {
	line, _, _ := strings.Cut(string(text), "\n")
	line = strings.TrimRight(line, " \t\r")
	comment := strings.TrimLeft(line, " \t")
	if strings.HasPrefix(comment, "//") || strings.HasPrefix(comment, "/*") && strings.HasSuffix(comment, "*/") {
		return line
	}
	return ""
}

// remove takes one member out of an object.
func (d *Document) remove(from *hujson.Value, n int) error {
	all := itemsOf(from)
	switch {
	case n+1 < len(all.starts):
		return d.splice(all.starts[n], all.starts[n+1], "")
	case n > 0:
		return d.splice(all.ends[n-1], all.ends[n], "")
	case all.comma >= 0:
		return d.splice(all.starts[n], all.comma+1, "")
	}
	return d.splice(all.starts[n], all.ends[n], "")
}
