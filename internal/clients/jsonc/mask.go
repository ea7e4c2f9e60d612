package jsonc

import (
	"regexp"

	"github.com/tailscale/hujson"
)

// hidden stands for what is not shown.
const hidden = "…"

var comment = regexp.MustCompile(`//[^\n]*|(?s:/\*.*?\*/)`)

// Masked is the document with every string and every comment hidden but those
// that show lets pass. Its lines stay where they are, so that two masked
// documents can be compared. show gets the names that lead to the string,
// without the indices of lists.
func (d *Document) Masked(show func(path []string, text string) bool) []byte {
	v := d.root.Clone()
	mask(&v, nil, show)
	return v.Pack()
}

func mask(v *hujson.Value, path []string, show func([]string, string) bool) {
	hide(&v.BeforeExtra)
	hide(&v.AfterExtra)
	switch value := v.Value.(type) {
	case hujson.Literal:
		if value.Kind() == '"' && !show(path, value.String()) {
			v.Value = hujson.String(hidden)
		}
	case *hujson.Array:
		hide(&value.AfterExtra)
		for i := range value.Elements {
			mask(&value.Elements[i], path, show)
		}
	case *hujson.Object:
		hide(&value.AfterExtra)
		for i := range value.Members {
			m := &value.Members[i]
			hide(&m.Name.BeforeExtra)
			hide(&m.Name.AfterExtra)
			mask(&m.Value, append(path[:len(path):len(path)], nameOf(*m)), show)
		}
	}
}

// hide hides the words of comments, but not how many lines they take.
func hide(extra *hujson.Extra) {
	if *extra == nil {
		return
	}
	*extra = comment.ReplaceAllFunc(*extra, func(c []byte) []byte {
		if c[1] == '/' {
			return []byte("// " + hidden)
		}
		lines := regexp.MustCompile(`[^\n]+`).ReplaceAll(c[2:len(c)-2], nil)
		return append(append([]byte("/* "+hidden), lines...), " */"...)
	})
}
