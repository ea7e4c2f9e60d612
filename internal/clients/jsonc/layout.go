package jsonc

import (
	"bytes"
	"strings"

	"github.com/tailscale/hujson"
)

// items are the members of an object or the elements of a list: what stands
// before each, each value, and what stands before the end.
type items struct {
	before []*hujson.Extra
	values []*hujson.Value
	end    *hujson.Extra
}

func itemsOf(v *hujson.Value) (all items) {
	switch list := v.Value.(type) {
	case *hujson.Object:
		for i := range list.Members {
			m := &list.Members[i]
			all.before, all.values = append(all.before, &m.Name.BeforeExtra), append(all.values, &m.Value)
		}
		all.end = &list.AfterExtra
	case *hujson.Array:
		for i := range list.Elements {
			e := &list.Elements[i]
			all.before, all.values = append(all.before, &e.BeforeExtra), append(all.values, e)
		}
		all.end = &list.AfterExtra
	}
	return all
}

// add puts one more item at the end of the object or list at path; render writes
// it. hujson adds it without blanks, so its layout is that of the item before.
func (d *Document) add(path []string, name string, render func(s style, prefix string) string) error {
	list := d.root.Find(pointer(path))
	was := itemsOf(list)
	end := strings.Clone(string(*was.end))
	s, outer, prefix, note := d.style, d.lineIndent(path), "", ""
	if n := len(was.values); n > 0 {
		indent, breaks := indentOf(*was.before[0])
		if s.newline == "" {
			s = usual
		}
		if prefix = indent; !breaks {
			s = style{}
		}
		note = remark(end)
		end = end[len(note):]
	} else if prefix = outer + s.indent; s.newline != "" {
		note, end = strings.TrimRight(end, " \t\r\n"), s.newline+outer
	}
	comma := len(was.values) > 0 && was.values[len(was.values)-1].AfterExtra != nil
	if err := d.patch("add", append(path[:len(path):len(path)], name), render(s, prefix)); err != nil {
		return err
	}
	is := itemsOf(list)
	last := len(is.values) - 1
	switch {
	case s.newline != "":
		note += s.newline + prefix
	case strings.Contains(note, "//"):
		note += "\n"
	case last > 0:
		note += " "
	}
	is.values[last].BeforeExtra = hujson.Extra(" ") // of a member: behind its colon
	*is.before[last], *is.end = hujson.Extra(note), hujson.Extra(end)
	if comma { // hujson marks a trailing comma so
		is.values[last].AfterExtra = hujson.Extra{}
	}
	return nil
}

// remove takes the member called name out of the object at path. What follows
// takes its place on the line.
func (d *Document) remove(path []string, name string) error {
	object := d.root.Find(pointer(path))
	was := itemsOf(object)
	n := 0
	for nameOf(object.Value.(*hujson.Object).Members[n]) != name {
		n++
	}
	before, comma := *was.before[n], was.values[len(was.values)-1].AfterExtra != nil
	if err := d.patch("remove", append(path[:len(path):len(path)], name), ""); err != nil {
		return err
	}
	is := itemsOf(object)
	if n < len(is.values) && len(bytes.TrimSpace(*is.before[n])) == 0 && len(bytes.TrimSpace(before)) == 0 {
		*is.before[n] = before
	}
	if last := len(is.values) - 1; last >= 0 && n > last && (is.values[last].AfterExtra != nil) != comma {
		last := is.values[last]
		if comma {
			last.AfterExtra = hujson.Extra{}
		} else { // what stood before a comma stands before the end
			*is.end, last.AfterExtra = append(last.AfterExtra, *is.end...), nil
		}
	}
	return nil
}

// lineIndent is the blank start of the line on which the value at path begins.
func (d *Document) lineIndent(path []string) (indent string) {
	value := &d.root
	for _, name := range path {
		object := value.Value.(*hujson.Object)
		for i := range object.Members {
			if m := &object.Members[i]; nameOf(*m) == name {
				if own, breaks := indentOf(m.Name.BeforeExtra); breaks {
					indent = own
				}
				value = &m.Value
			}
		}
	}
	return indent
}

// indentOf is what stands between the last line break and an item; false says
// that the item begins on the line of what is before it.
func indentOf(before hujson.Extra) (string, bool) {
	n := bytes.LastIndexByte(before, '\n')
	line := string(before[n+1:])
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))], n >= 0
}

// remark is a comment that ends the line which text begins in: it belongs to
// what stands before it.
func remark(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	line = strings.TrimRight(line, " \t\r")
	comment := strings.TrimLeft(line, " \t")
	if strings.HasPrefix(comment, "//") || strings.HasPrefix(comment, "/*") && strings.HasSuffix(comment, "*/") {
		return line
	}
	return ""
}
