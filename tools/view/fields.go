package view

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
)

// Fields selects members of an object by name, and members of their values. Nil
// selects the whole value.
type Fields map[string]Fields

// ParseFields reads dot paths (title, created_by.email); "*" selects everything.
func ParseFields(paths []string) (Fields, error) {
	if slices.Contains(paths, "*") {
		return nil, nil
	}
	fields := Fields{}
	for _, path := range paths {
		names := strings.Split(path, ".")
		if slices.Contains(names, "") {
			return nil, errors.New("expected names joined by dots, like created_by.email")
		}
		fields.add(names)
	}
	return fields, nil
}

func (f Fields) add(names []string) {
	within, known := f[names[0]]
	switch {
	case len(names) == 1:
		f[names[0]] = nil
	case !known:
		f[names[0]] = Fields{}
		f[names[0]].add(names[1:])
	case within != nil: // else the whole value is selected already
		within.add(names[1:])
	}
}

// Missing names the selected members that an object lacks. It is empty if there
// are none, and for a value that is no object.
func (f Fields) Missing(object gjson.Result) string {
	if f == nil || !object.IsObject() {
		return ""
	}
	lacking, has := maps.Clone(f), []string{}
	for name := range Members(object) {
		delete(lacking, name.Str)
		has = append(has, name.Str)
	}
	if len(lacking) == 0 {
		return ""
	}
	const most = 60 // more than any object of PostHog's has
	return fmt.Sprintf("fields: PostHog's answer has no %s; it has %s",
		strings.Join(quoted(slices.Sorted(maps.Keys(lacking))), ", "), strings.Join(quoted(has[:min(len(has), most)]), ", "))
}

// quoted has the names in quotes, since they may be anything.
func quoted(names []string) []string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = strconv.Quote(name)
	}
	return out
}

// Select appends the selected members of an object, or of each item of an array.
// Any other value is appended whole.
func (f Fields) Select(to []byte, value gjson.Result) []byte {
	if f == nil || !value.IsObject() && !value.IsArray() {
		return append(to, value.Raw...)
	}
	begin, named := value.Raw[0], value.IsObject()
	to = append(to, begin)
	start := len(to)
	value.ForEach(func(name, member gjson.Result) bool {
		within, wanted := f, true
		if named {
			within, wanted = f[name.Str]
		}
		if !wanted {
			return true
		}
		if len(to) > start {
			to = append(to, ',')
		}
		if named {
			to = append(append(to, name.Raw...), ':')
		}
		to = within.Select(to, member)
		return true
	})
	return append(to, closing(begin))
}

// closing is the bracket that ends what begin begins: } is { + 2, and ] is [ + 2.
func closing(begin byte) byte { return begin + 2 }
