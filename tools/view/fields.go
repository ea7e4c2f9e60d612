package view

import (
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

// everything is the path that selects whole objects.
const everything = "*"

// ParseFields reads dot paths (title, created_by.email). The path "*" selects
// everything: all is then true.
func ParseFields(paths []string) (fields Fields, all bool, err error) {
	fields = Fields{}
	for _, path := range paths {
		if path == everything {
			return nil, true, nil
		}
		if err := fields.add(path); err != nil {
			return nil, false, err
		}
	}
	return fields, false, nil
}

func (f Fields) add(path string) error {
	at := f
	names := strings.Split(path, ".")
	for i, name := range names {
		if name == "" {
			return fmt.Errorf("expected names joined by dots, like created_by.email")
		}
		within, known := at[name]
		switch {
		case known && within == nil:
			return nil // the whole value is selected already
		case i == len(names)-1:
			at[name] = nil
		case !known:
			within = Fields{}
			at[name] = within
		}
		at = within
	}
	return nil
}

// Missing names the selected members that an object lacks. It is empty if there
// are none, and for a value that is no object.
func (f Fields) Missing(object gjson.Result) string {
	if f == nil || !object.IsObject() {
		return ""
	}
	lacking, has := maps.Clone(f), []string{}
	object.ForEach(func(name, _ gjson.Result) bool {
		delete(lacking, name.String())
		has = append(has, name.String())
		return true
	})
	if len(lacking) == 0 {
		return ""
	}
	names := slices.Sorted(maps.Keys(lacking))
	const most = 60 // more than any object of PostHog's has
	return fmt.Sprintf("fields: PostHog's answer has no %s; it has %s", listed(names), listed(has[:min(len(has), most)]))
}

// listed has the names in quotes, since they may be anything.
func listed(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = strconv.Quote(name)
	}
	return strings.Join(quoted, ", ")
}

// Select appends the selected members of an object, or of each item of an array.
// Any other value is appended whole.
func (f Fields) Select(to []byte, value gjson.Result) []byte {
	switch {
	case f == nil, !value.IsObject() && !value.IsArray():
		return append(to, value.Raw...)
	case value.IsArray():
		to = append(to, '[')
		start := len(to)
		value.ForEach(func(_, item gjson.Result) bool {
			if len(to) > start {
				to = append(to, ',')
			}
			to = f.Select(to, item)
			return true
		})
		return append(to, ']')
	}
	to = append(to, '{')
	start := len(to)
	value.ForEach(func(name, member gjson.Result) bool {
		within, wanted := f[name.String()]
		if wanted {
			if len(to) > start {
				to = append(to, ',')
			}
			to = append(append(to, name.Raw...), ':')
			to = within.Select(to, member)
		}
		return true
	})
	return append(to, '}')
}
