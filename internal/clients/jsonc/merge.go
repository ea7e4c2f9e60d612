package jsonc

import (
	"bytes"
	"encoding/json"
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
func (d *Document) Merge(object Object, rules Rules) error {
	return d.merge(nil, object, rules)
}

func (d *Document) merge(path []string, object Object, rules Rules) error {
	for _, m := range object {
		there, err := d.find(append(slices.Clone(path), m.Name))
		if err != nil {
			return err
		}
		if there == nil {
			err = d.addMember(path, m)
		} else {
			err = d.update(append(slices.Clone(path), m.Name), there, m.Value, rules)
		}
		if err != nil {
			return err
		}
	}
	// Last, so that what comes takes its layout from what goes.
	return d.drop(path, object, rules)
}

// drop removes what the rules say of what object lacks.
func (d *Document) drop(path []string, object Object, rules Rules) error {
	if rules.Drop == nil {
		return nil
	}
	for {
		at, err := d.find(path)
		if err != nil {
			return err
		}
		n := slices.IndexFunc(at.Value.(*hujson.Object).Members, func(m hujson.ObjectMember) bool {
			return object.Get(nameOf(m)) == nil && rules.Drop(append(slices.Clone(path), nameOf(m)))
		})
		if n < 0 {
			return nil
		}
		if err := d.remove(at, n); err != nil {
			return err
		}
	}
}

func (d *Document) addMember(path []string, m Member) error {
	object, err := d.find(path)
	if err != nil {
		return err
	}
	return d.add(object, func(s style, prefix string) string { return s.member(m, prefix) })
}

func (d *Document) update(path []string, there *hujson.Value, brought any, rules Rules) error {
	switch v := brought.(type) {
	case Object:
		if _, ok := there.Value.(*hujson.Object); !ok {
			return fmt.Errorf("%s is not an object", at(path))
		}
		return d.merge(path, v, rules)
	case []Object:
		return d.extend(path, v)
	case string:
		if is, ok := there.Value.(hujson.Literal); ok && is.Kind() == '"' && rules.Keep != nil && rules.Keep(is.String(), v) {
			return nil
		}
	}
	text := style{}.render(brought, "")
	if same(there.Clone(), text) {
		return nil
	}
	return d.splice(there.StartOffset, there.EndOffset, text)
}

// extend adds the objects whose "id" the list at path lacks.
func (d *Document) extend(path []string, objects []Object) error {
	for _, object := range objects {
		list, err := d.find(path)
		if err != nil {
			return err
		}
		array, ok := list.Value.(*hujson.Array)
		if !ok {
			return fmt.Errorf("%s is not a list", at(path))
		}
		if slices.ContainsFunc(array.Elements, func(e hujson.Value) bool { return idOf(e) == object.Get("id") }) {
			continue
		}
		err = d.add(list, func(style, string) string { return style{}.render(object, "") })
		if err != nil {
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

// same says whether a value is what text says. Both are written once more by
// one hand, members sorted, and compared.
func same(v hujson.Value, text string) bool {
	v.Standardize()
	a, errA := normal(v.Pack())
	b, errB := normal([]byte(text))
	return errA == nil && errB == nil && bytes.Equal(a, b)
}

func normal(text []byte) ([]byte, error) {
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return nil, err
	}
	return json.Marshal(value)
}
