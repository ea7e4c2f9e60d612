package sandbox

import (
	"bytes"
	"embed"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"posthog-mcp/internal/sandbox/drf"
)

// data has the world's rows, in world.json, and the members of each kind of object, in shapes.json: in the API's order,
// with their defaults. A default that begins with an @ names a maker, or else another column.
//
//go:embed data
var data embed.FS

// A row is an object of the world, with the API's names. Names that begin with an underscore are the sandbox's own.
// Values are text, bool, int64, [json.Number], [time.Time], lists of these and free JSON. A row is replaced and never
// changed, so that an answer can be written without the lock.
type row map[string]any

func (r row) text(name string) string    { return as[string](r, name) }
func (r row) number(name string) int64   { return as[int64](r, name) }
func (r row) is(name string) bool        { return as[bool](r, name) }
func (r row) time(name string) time.Time { return as[time.Time](r, name) }
func (r row) ids(name string) []int64    { return as[[]int64](r, name) }
func (r row) texts(name string) []string { return as[[]string](r, name) }
func (r row) rows(name string) []row     { return as[[]row](r, name) }

// has reports whether the row has the name; null differs from an absent name.
func (r row) has(name string) bool { _, ok := r[name]; return ok }

// as returns the value, or the zero value of its type for null and for an absent name.
func as[T any](r row, name string) T {
	v, _ := r[name].(T)
	return v
}

func pointer[T any](r row, name string) *T {
	if v, ok := r[name].(T); ok {
		return &v
	}
	return nil
}

func (r row) with(changes map[string]any) row {
	out := make(row, len(r)+len(changes))
	maps.Copy(out, r)
	maps.Copy(out, changes)
	return out
}

// A column is a member of a kind of object.
type column struct {
	name string
	// value is the default. made names the maker that computes the member. newer marks a member that only servers of
	// today have; its name in the file begins with a +.
	value any
	made  string
	newer bool
}

var shapes = sync.OnceValue(func() map[string][]column {
	var file map[string][][2]any
	out := map[string][]column{}
	load("shapes", &file)
	for kind, members := range file {
		for _, m := range members {
			c := column{value: value(m[1])}
			c.name, c.newer = strings.CutPrefix(m[0].(string), "+")
			if text, _ := m[1].(string); strings.HasPrefix(text, "@") {
				c.made = text[1:]
			}
			out[kind] = append(out[kind], c)
		}
	}
	return out
})

func load(name string, into any) {
	text, err := data.ReadFile("data/" + name + ".json")
	must(err)
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	must(dec.Decode(into))
}

// must panics on a mistake of ours: an embedded file or an answer that is no JSON.
func must(err error) {
	if err != nil {
		panic("sandbox: " + err.Error())
	}
}

// value converts a decoded value of a file into the types of rows.
func value(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n
		}
	case string:
		if t, err := time.Parse(time.RFC3339, v); err == nil {
			return t
		}
	case []any:
		if len(v) == 0 {
			return v
		}
		switch value(v[0]).(type) {
		case int64:
			return each[int64](v)
		case string:
			return each[string](v)
		}
		return each[row](v)
	case map[string]any:
		out := make(row, len(v))
		for name, item := range v {
			out[name] = value(item)
		}
		return out
	}
	return v
}

func each[T any](list []any) []T {
	out := make([]T, len(list))
	for i, item := range list {
		out[i] = value(item).(T)
	}
	return out
}

// An object is a row in the form of the API's answers.
type object []member

type member struct {
	name  string
	value any
}

type maker func(w *world, r row) any

type makers map[string]maker

// omitted is the value of a member that the server does not have.
type omitted struct{}

// show returns the row as an object of the kind.
func (w *world) show(kind string, r row) object {
	out := make(object, 0, len(shapes()[kind]))
	for _, m := range shapes()[kind] {
		v, ok := r[m.name]
		switch {
		case m.newer && !w.today():
			v = omitted{}
		case w.makers[m.made] != nil:
			v = w.makers[m.made](w, r)
		case m.made != "":
			v = r[m.made]
		case !ok:
			v = m.value
		}
		if t, isTime := v.(time.Time); isTime {
			v = drf.Time{Time: t}
		}
		if _, none := v.(omitted); !none {
			out = append(out, member{m.name, v})
		}
	}
	return out
}

func (w *world) showAll(kind string, rows []row) []object {
	out := []object{}
	for _, r := range rows {
		out = append(out, w.show(kind, r))
	}
	return out
}

// MarshalJSON keeps the order of the members.
func (o object) MarshalJSON() ([]byte, error) {
	parts := make([][]byte, len(o))
	for i, m := range o {
		parts[i] = append([]byte(`"`+m.name+`":`), raw(m.value)...)
	}
	return slices.Concat([]byte("{"), bytes.Join(parts, []byte(",")), []byte("}")), nil
}

// raw encodes a value as the API does. Free-form values are stored so, since a decoded one can take twenty times the
// memory.
func raw(v any) json.RawMessage {
	out, err := drf.Encode(v)
	must(err)
	return out
}
