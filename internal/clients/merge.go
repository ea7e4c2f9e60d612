package clients

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/tailscale/hujson"
	"github.com/tidwall/gjson"
)

// connection are the members of an entry that say how a server is reached, for all
// clients and both ways: they go when a server moves from one way to the other.
var connection = []string{"type", "command", "args", "env", "environment", "url", "httpUrl", "serverUrl", "headers", "requestInit"}

// byteOrderMark is what editors on Windows put before a text in UTF-8.
var byteOrderMark = []byte("\ufeff")

var (
	lineBreak = regexp.MustCompile(`\r?\n[ \t]*`)
	position  = regexp.MustCompile(`line \d+, column \d+`)
	// token matches the strings of JSON, the names with their colon, and the comments.
	token = regexp.MustCompile(`(?s)"(?:[^"\\]|\\.)*"(?:\s*:)?|//[^\n]*|/\*.*?\*/`)
)

// Merge adds s to the content of c's file, or updates it there. Everything else stays:
// comments, order, layout, other servers, and other members of this one's entry. A key in
// the place of [Placeholder] stays too. Empty content is an empty file. If s is there
// already, the content does not change.
func (c Client) Merge(content []byte, s Server) ([]byte, error) {
	if c.Format != "" {
		return nil, errors.New("not JSON")
	}
	root, err := parse(content)
	switch {
	case err != nil:
		return nil, err
	case root.Value == nil:
		return []byte(c.Snippet(s)), nil
	}
	object, _ := root.Value.(*hujson.Object)
	m := merger{indent: cmp.Or(strings.TrimLeft(merger{}.margin(object, ""), "\r\n"), "  ")}
	if err := m.object(&root, nil, "\n", gjson.Parse(c.document(s))); err != nil {
		return nil, err
	}
	before := content[:len(content)-len(bytes.TrimPrefix(content, byteOrderMark))]
	return append(bytes.Clone(before), root.Pack()...), nil
}

// parse reads JSON, with or without comments and trailing commas. Without a value the
// content is empty. The error says where the mistake is, and repeats nothing of the
// content, which may hold secrets.
func parse(content []byte) (root hujson.Value, err error) {
	content = bytes.TrimPrefix(content, byteOrderMark)
	if len(bytes.TrimSpace(content)) == 0 {
		return root, nil
	}
	if root, err = hujson.Parse(content); err != nil {
		return root, fmt.Errorf("not JSON: %s", position.FindString(err.Error()))
	}
	if root.Value.Kind() != '{' {
		return root, errors.New("not a JSON object")
	}
	return root, nil
}

// merger merges into a file with these indents.
type merger struct{ indent string }

// object merges the members of brought into the object at path. outer is the line break
// and the blanks before the line in which that begins.
func (m merger) object(v *hujson.Value, path []string, outer string, brought gjson.Result) error {
	object, ok := v.Value.(*hujson.Object)
	if !ok {
		return fmt.Errorf("%q is not an object", strings.Join(path, "."))
	}
	margin := m.margin(object, outer)
	for name, value := range brought.All() {
		named := func(member hujson.ObjectMember) bool { return literal(&member.Name) == name.String() }
		i := slices.IndexFunc(object.Members, named)
		if i < 0 {
			m.add(object, name.String(), value, outer)
			continue
		}
		// Some programs read the first of two, and others the last.
		if slices.ContainsFunc(object.Members[i+1:], named) {
			return fmt.Errorf("%q is there twice", name)
		}
		if err := m.update(&object.Members[i].Value, append(slices.Clone(path), name.String()), margin, value); err != nil {
			return err
		}
	}
	for i := len(object.Members) - 1; i >= 0; i-- {
		if name := literal(&object.Members[i].Name); outdated(append(slices.Clone(path), name)) && !brought.Get(gjson.Escape(name)).Exists() {
			remove(object, i)
		}
	}
	return nil
}

// update merges objects, gives a list the objects whose "id" it lacks, and replaces other
// values that differ.
func (m merger) update(v *hujson.Value, path []string, margin string, brought gjson.Result) error {
	if brought.IsObject() {
		return m.object(v, path, margin, brought)
	}
	if brought.Get("0").IsObject() {
		list, ok := v.Value.(*hujson.Array)
		if !ok {
			return fmt.Errorf("%q is not a list", strings.Join(path, "."))
		}
		for _, item := range brought.Array() {
			same := func(e hujson.Value) bool { return literal(e.Find("/id")) == item.Get("id").String() }
			if slices.ContainsFunc(list.Elements, same) {
				continue
			}
			_ = patch(v, "add", "/-", onOneLine(item)) // v is a list
			if n := len(list.Elements) - 1; n > 0 && blank(list.Elements[n].BeforeExtra) && blank(list.Elements[n-1].BeforeExtra) {
				list.Elements[n].BeforeExtra = list.Elements[n-1].BeforeExtra
			}
		}
		return nil
	}
	keyed := literal(v) != "" && strings.Contains(brought.String(), Placeholder)
	if text := onOneLine(brought); !keyed && patch(v, "test", "", text) != nil {
		changed, _ := hujson.Parse([]byte(text)) // of this package's own making
		v.Value = changed.Value
	}
	return nil
}

// add puts a member at the end of an object. It begins as the first one does.
func (m merger) add(object *hujson.Object, name string, value gjson.Result, outer string) {
	n, margin, end := len(object.Members), m.margin(object, outer), object.AfterExtra
	comma := n > 0 && object.Members[n-1].Value.AfterExtra != nil
	_ = patch(&hujson.Value{Value: object}, "add", "/"+name, render(value, margin, m.indent)) // the object is there
	added := &object.Members[n]
	added.Value.BeforeExtra = hujson.Extra(" ")
	if comma {
		added.Value.AfterExtra = hujson.Extra{}
	}
	switch before := &added.Name.BeforeExtra; {
	case margin != "":
		*before = append(bytes.TrimRight(*before, " \t\r\n"), margin...)
	case n > 0:
		*before = append(*before, ' ')
	}
	if blank(end) { // Patch takes the CR of a CRLF
		object.AfterExtra = end
		if n == 0 && margin != "" {
			object.AfterExtra = hujson.Extra(outer)
		}
	}
}

// margin is the line break and the blanks before the first member; empty if that begins
// on the line of the object.
func (m merger) margin(object *hujson.Object, outer string) string {
	if len(object.Members) > 0 {
		breaks := lineBreak.FindAllString(string(object.Members[0].Name.BeforeExtra), -1)
		return strings.Join(breaks[max(len(breaks)-1, 0):], "")
	}
	if outer == "" {
		return ""
	}
	return outer + m.indent
}

func blank(extra hujson.Extra) bool { return len(bytes.TrimSpace(extra)) == 0 }

// remove takes out a member. No comma is left where there was none.
func remove(object *hujson.Object, i int) {
	last := len(object.Members) - 1
	comma := object.Members[last].Value.AfterExtra != nil
	path := strings.NewReplacer("~", "~0", "/", "~1").Replace(literal(&object.Members[i].Name))
	_ = patch(&hujson.Value{Value: object}, "remove", "/"+path, "null") // the member is there
	if i != last || i == 0 {
		return
	}
	if now := &object.Members[i-1].Value; comma && now.AfterExtra == nil {
		now.AfterExtra = hujson.Extra{}
	} else if !comma {
		object.AfterExtra, now.AfterExtra = append(now.AfterExtra, object.AfterExtra...), nil
	}
}

// patch applies one operation of RFC 6902.
func patch(v *hujson.Value, operation, path, value string) error {
	return v.Patch(fmt.Appendf(nil, `[{"op": %q, "path": %s, "value": %s}]`, operation, quote(path), value))
}

// literal is a string, empty for other values and none.
func literal(v *hujson.Value) string {
	if v == nil {
		return ""
	}
	text, _ := v.Value.(hujson.Literal)
	if text.Kind() != '"' {
		return ""
	}
	return text.String()
}

// outdated reports which members an update removes: the members of the entry that say
// how the server is reached, and in them those that this program has added.
func outdated(path []string) bool {
	name := path[len(path)-1]
	switch {
	case len(path) < 3:
		return false
	case len(path) == 3:
		return slices.Contains(connection, name)
	}
	return strings.HasPrefix(name, "POSTHOG_") || strings.EqualFold(name, "Authorization")
}

// Diff shows the changes of a merge of s in the file at path. The file may hold keys of
// other servers, so strings and comments that do not belong to s are hidden.
func (c Client) Diff(path string, before, after []byte, s Server) (string, error) {
	shown := map[string]bool{}
	for _, text := range token.FindAllString(c.document(s), -1) {
		shown[gjson.Parse(text).String()] = true
	}
	for _, content := range [][]byte{before, after} {
		root, err := parse(content)
		if err != nil {
			return "", err
		}
		for _, member := range []string{"/command", "/type"} {
			shown[literal(root.Find("/"+c.Servers+"/"+s.Name+member))] = true
		}
	}
	return string(diff.Diff(path, masked(before, shown), path, masked(after, shown))), nil
}

// masked hides the comments, and the strings that are no names, except those shown. Lines
// stay where they are.
func masked(content []byte, shown map[string]bool) []byte {
	return token.ReplaceAllFunc(content, func(found []byte) []byte {
		switch {
		case found[0] == '"' && (found[len(found)-1] == ':' || shown[gjson.ParseBytes(found).String()]):
			return found
		case found[0] == '"':
			return []byte(`"…"`)
		case found[1] == '/':
			return []byte("// …")
		}
		return []byte("/* …" + strings.Repeat("\n", bytes.Count(found, []byte("\n"))) + " */")
	})
}
