package jsonc

import (
	"bytes"
	"strings"

	"github.com/tailscale/hujson"
)

// items are the members of an object or the elements of a list: where each
// begins, each value, and what stands before the closing bracket.
func items(v *hujson.Value) (starts, values []*hujson.Value, end *hujson.Extra) {
	switch list := v.Value.(type) {
	case *hujson.Object:
		for i := range list.Members {
			starts, values = append(starts, &list.Members[i].Name), append(values, &list.Members[i].Value)
		}
		return starts, values, &list.AfterExtra
	case *hujson.Array:
		for i := range list.Elements {
			starts = append(starts, &list.Elements[i])
		}
		return starts, starts, &list.AfterExtra
	}
	return nil, nil, new(hujson.Extra)
}

// add puts one more item at the end of an object or a list, which begins on a
// line indented by outer. The new item takes its layout from the one before it.
func (d *Document) add(v *hujson.Value, name string, value any, outer string) {
	starts, values, extra := items(v)
	s, prefix, remark, end := d.style, outer+d.style.indent, "", string(*extra)
	var comma hujson.Extra // not nil: there is a comma behind the last item
	if n := len(starts); n > 0 {
		indent, breaks := indentOf(starts[0].BeforeExtra)
		if prefix = indent; !breaks {
			s = style{}
		} else if s.newline == "" {
			s = usual
		}
		remark = remarkOf(end)
		end = end[len(remark):]
		if values[n-1].AfterExtra != nil {
			comma = hujson.Extra{}
		}
	} else if s.newline != "" {
		remark, end = strings.TrimRight(end, " \t\r\n"), s.newline+outer
	}
	switch {
	case s.newline != "":
		remark += s.newline + prefix
	case strings.Contains(remark, "//"):
		remark += "\n"
	case len(starts) > 0:
		remark += " "
	}
	*extra = hujson.Extra(end)
	switch list := v.Value.(type) {
	case *hujson.Object:
		start, item := valueOf(quote(name)), valueOf(" "+s.render(value, prefix))
		start.BeforeExtra, item.AfterExtra = hujson.Extra(remark), comma
		list.Members = append(list.Members, hujson.ObjectMember{Name: start, Value: item})
	case *hujson.Array:
		item := valueOf(Text(value))
		item.BeforeExtra, item.AfterExtra = hujson.Extra(remark), comma
		list.Elements = append(list.Elements, item)
	}
}

// remove takes a member out of the object v, with the comment behind it. The
// next member takes its place on the line.
func remove(v *hujson.Value, i int) {
	object := v.Value.(*hujson.Object)
	last := len(object.Members) - 1
	before, comma := object.Members[i].Name.BeforeExtra, object.Members[last].Value.AfterExtra != nil
	path := strings.NewReplacer("~", "~0", "/", "~1").Replace(nameOf(object.Members[i]))
	_ = v.Patch([]byte(`[{"op": "remove", "path": ` + quote("/"+path) + `}]`)) // the member is there
	switch {
	case i < last:
		if next := &object.Members[i].Name.BeforeExtra; blank(*next) && blank(before) {
			*next = before
		}
	case i > 0:
		switch now := &object.Members[i-1].Value; {
		case comma && now.AfterExtra == nil:
			now.AfterExtra = hujson.Extra{}
		case !comma && now.AfterExtra != nil: // what stood before a comma stands before the end
			object.AfterExtra, now.AfterExtra = append(now.AfterExtra, object.AfterExtra...), nil
		}
	}
}

func blank(extra hujson.Extra) bool { return len(bytes.TrimSpace(extra)) == 0 }

// indentOf is what stands between the last line break and an item. False: the
// item begins on the same line as what is before it.
func indentOf(before hujson.Extra) (string, bool) {
	n := bytes.LastIndexByte(before, '\n')
	line := string(before[n+1:])
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))], n >= 0
}

// remarkOf is a comment that ends the line in which text begins: it belongs to
// the item before it.
func remarkOf(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	line = strings.TrimRight(line, " \t\r")
	comment := strings.TrimLeft(line, " \t")
	if strings.HasPrefix(comment, "//") || strings.HasPrefix(comment, "/*") && strings.HasSuffix(comment, "*/") {
		return line
	}
	return ""
}
