package jsonc

import (
	"fmt"
	"slices"

	"github.com/tailscale/hujson"
)

// Rules say what becomes of what a document has and a merge does not bring.
type Rules struct {
	// Drop says whether the member at path goes when the object that is merged
	// lacks it. Nil keeps all.
	Drop func(path []string) bool
	// Keep says whether a string stays although another one is brought. Nil
	// keeps none.
	Keep func(is, brought string) bool
}

// Merge brings the members of object into the document. Where both have an
// object it is merged in turn, a list of objects gets those whose "id" it lacks,
// any other value is replaced, unless it says the same already.
func (d *Document) Merge(object Object, rules Rules) error { return d.merge(nil, object, rules) }

func (d *Document) merge(path []string, object Object, rules Rules) error {
	for _, m := range object {
		below := append(slices.Clone(path), m.Name)
		there, err := d.find(below)
		switch {
		case err != nil:
		case there == nil:
			err = d.add(path, m.Name, func(s style, prefix string) string { return s.render(m.Value, prefix) })
		default:
			err = d.update(below, there, m.Value, rules)
		}
		if err != nil {
			return err
		}
	}
	if rules.Drop == nil {
		return nil
	}
	// Last, so that what comes takes its layout from what goes.
	there, err := d.find(path)
	if err != nil {
		return err
	}
	for _, m := range slices.Clone(there.Value.(*hujson.Object).Members) {
		if name := nameOf(m); object.Get(name) == nil && rules.Drop(append(slices.Clone(path), name)) {
			if err := d.remove(path, name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *Document) update(path []string, there *hujson.Value, brought any, rules Rules) error {
	switch v := brought.(type) {
	case Object:
		if _, ok := there.Value.(*hujson.Object); !ok {
			return fmt.Errorf("%s is not an object", at(path))
		}
		return d.merge(path, v, rules)
	case []Object:
		return d.extend(path, there, v)
	case string:
		if is, ok := there.Value.(hujson.Literal); ok && is.Kind() == '"' && rules.Keep != nil && rules.Keep(is.String(), v) {
			return nil
		}
	}
	text := Text(brought)
	if d.patch("test", path, text) == nil {
		return nil // it says the same
	}
	return d.patch("replace", path, text)
}

// extend adds the objects whose "id" the list at path lacks.
func (d *Document) extend(path []string, there *hujson.Value, objects []Object) error {
	array, ok := there.Value.(*hujson.Array)
	if !ok {
		return fmt.Errorf("%s is not a list", at(path))
	}
	for _, object := range objects {
		if slices.ContainsFunc(array.Elements, func(e hujson.Value) bool { return idOf(e) == object.Get("id") }) {
			continue
		}
		if err := d.add(path, "-", func(style, string) string { return Text(object) }); err != nil {
			return err
		}
	}
	return nil
}

func idOf(v hujson.Value) string {
	if id := v.Find("/id"); id != nil {
		if literal, ok := id.Value.(hujson.Literal); ok {
			return literal.String()
		}
	}
	return ""
}
