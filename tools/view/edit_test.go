package view_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"
	"pgregory.net/rapid"

	"posthog-mcp/tools/view"
)

func TestSetAndPrepend(t *testing.T) {
	for _, c := range []struct{ object, set, prepended string }{
		{`{}`, `{"n":[1]}`, `{"n":[1]}`},
		{` { } `, `{"n":[1]}`, `{"n":[1]}`},
		{``, `{"n":[1]}`, `{"n":[1]}`},
		{`null`, `{"n":[1]}`, `{"n":[1]}`},
		{`[1]`, `{"n":[1]}`, `{"n":[1]}`},
		{`{"a":1}`, `{"a":1,"n":[1]}`, `{"n":[1],"a":1}`},
		{`{"n":0}`, `{"n":[1]}`, `{"n":[1]}`},
		{`{"n":null,"a":1}`, `{"n":[1],"a":1}`, `{"n":[1],"a":1}`},
		{`{"a":1,"n":"}","b":"{\"n\":2}"}`, `{"a":1,"n":[1],"b":"{\"n\":2}"}`, `{"n":[1],"a":1,"b":"{\"n\":2}"}`},
		{`{"a":1,"n":2,"b":3,"n":4}`, `{"a":1,"n":[1],"b":3}`, `{"n":[1],"a":1,"b":3}`},
		{`{"n":1,"\u006e":2}`, `{"n":[1]}`, `{"n":[1]}`},
		{`{"N":1,"nn":2,"":3}`, `{"N":1,"nn":2,"":3,"n":[1]}`, `{"n":[1],"N":1,"nn":2,"":3}`},
		{`{"a":{"n":1},"b":[{"n":2}]}`, `{"a":{"n":1},"b":[{"n":2}],"n":[1]}`, `{"n":[1],"a":{"n":1},"b":[{"n":2}]}`},
		{"\n{ \"a\" : 1.50 ,\t\"b\":[ 1 ] }\n", `{"a":1.50,"b":[ 1 ],"n":[1]}`, `{"n":[1],"a":1.50,"b":[ 1 ]}`},
	} {
		if diff := cmp.Diff(c.set, string(view.Set([]byte(c.object), "n", []byte("[1]")))); diff != "" {
			t.Errorf("set in %s (-want +got):\n%s", c.object, diff)
		}
		if diff := cmp.Diff(c.prepended, string(view.Prepend([]byte(c.object), "n", []byte("[1]")))); diff != "" {
			t.Errorf("prepended to %s (-want +got):\n%s", c.object, diff)
		}
	}
}

// For any object, the result has the member once and in its place, and all others
// unchanged.
func TestEditsKeepTheOthers(t *testing.T) {
	names := rapid.OneOf(rapid.SampledFrom([]string{"n", "a", "", "a\"b", "\\", "\u2028", "é"}), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		object, name := anyObject(names).Draw(t, "object"), names.Draw(t, "name")
		value := []byte(rapid.SampledFrom([]string{"1", "null", `"x,y"`, "{}", `{"n":[1,2]}`, "[]"}).Draw(t, "value"))
		before := bytes.Clone(object)
		old := membersOf(t, object)
		at := slices.IndexFunc(old, func(m [2]string) bool { return m[0] == name })
		others := slices.DeleteFunc(slices.Clone(old), func(m [2]string) bool { return m[0] == name })
		if at < 0 {
			at = len(others)
		}
		added := [2]string{name, string(value)}
		for what, edit := range map[string]struct {
			got []byte
			at  int
		}{"set": {view.Set(object, name, value), at}, "prepend": {view.Prepend(object, name, value), 0}} {
			if diff := cmp.Diff(slices.Insert(slices.Clone(others), edit.at, added), membersOf(t, edit.got)); diff != "" {
				t.Fatalf("%s %q in %s (-want +got):\n%s", what, name, object, diff)
			}
		}
		if !bytes.Equal(before, object) {
			t.Fatalf("the object itself became %s", object)
		}
	})
}

// anyObject draws objects with duplicate names, escaped names and white space.
func anyObject(names *rapid.Generator[string]) *rapid.Generator[[]byte] {
	return rapid.Custom(func(t *rapid.T) []byte {
		space := rapid.SampledFrom([]string{"", "", " ", "\n\t"})
		object := []byte(space.Draw(t, "before") + "{" + space.Draw(t, "within"))
		for i := range rapid.IntRange(0, 6).Draw(t, "members") {
			if i > 0 {
				object = append(object, ',')
			}
			name, _ := json.Marshal(names.Draw(t, "name"))
			value, _ := json.Marshal(rapid.OneOf(
				rapid.Just[any](nil), rapid.Map(rapid.String(), func(s string) any { return s }), rapid.Map(rapid.Float64Range(-1e9, 1e9), func(f float64) any { return f }),
				rapid.Map(rapid.SliceOfN(rapid.String(), 0, 3), func(s []string) any { return s }), rapid.Map(rapid.MapOfN(rapid.String(), rapid.Bool(), 0, 3), func(m map[string]bool) any { return m }),
			).Draw(t, "value"))
			object = append(append(append(object, name...), ":"+space.Draw(t, "colon")...), value...)
		}
		return append(object, "}"+space.Draw(t, "after")...)
	})
}

// membersOf returns an object's names and values as another parser reads them.
func membersOf(t *rapid.T, object []byte) (members [][2]string) {
	if !json.Valid(object) {
		t.Fatalf("not JSON: %s", object)
	}
	in := jsontext.NewDecoder(bytes.NewReader(object), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if _, err := in.ReadToken(); err != nil {
		t.Fatal(err)
	}
	for in.PeekKind() == '"' {
		name, err := in.ReadToken()
		if err != nil {
			t.Fatal(err)
		}
		text := name.String()
		value, err := in.ReadValue()
		if err != nil {
			t.Fatal(err)
		}
		members = append(members, [2]string{text, gjson.ParseBytes(value).Raw})
	}
	return members
}
