package view_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"
	"pgregory.net/rapid"

	"posthog-mcp/tools/view"
)

func fieldsOf(t interface{ Fatal(...any) }, paths ...string) view.Fields {
	fields, err := view.ParseFields(paths)
	if err != nil {
		t.Fatal(err)
	}
	return fields
}

// Keep returns the selected members, to the byte.
func TestKeep(t *testing.T) {
	for _, c := range []struct {
		name, given string
		paths       []string
		want        string
	}{
		{"some members", `{ "id" : 1, "big": [[[{"x":"y"}]]], "title":"x" } `, []string{"id", "title"}, `{"id":1,"title":"x"}`},
		{"of each item", `{"next":null,"results":[{"id":1,"snapshot":{"a":1}},{"snapshot":0,"id":2},{}]}`, []string{"next", "results.id"}, `{"next":null,"results":[{"id":1},{"id":2},{}]}`},
		{"numbers stay exact", `{"a":9007199254740993,"b":1.50,"c":-1E+400}`, []string{"a", "b", "c"}, `{"a":9007199254740993,"b":1.50,"c":-1E+400}`},
		{"strings stay exact", `{"a":"\u00e9\/é\n","n\u0061me":"x"}`, []string{"a", "name"}, `{"a":"\u00e9\/é\n","n\u0061me":"x"}`},
		{"half a surrogate pair", `{"a":"\ud800"}`, []string{"a"}, `{"a":"\ud800"}`},
		{"bytes that are no UTF-8", "{\"a\":\"\xff\",\"\xfe\":\"\xff\"}", []string{"a"}, "{\"a\":\"\xff\"}"},
		{"names that stand twice", `{"a":1,"b":2,"a":{"a":1,"a":2}}`, []string{"a"}, `{"a":1,"a":{"a":1,"a":2}}`},
		{"a whole value", `{"a": {"x": [1, 2]}}`, []string{"a"}, `{"a":{"x": [1, 2]}}`},
		{"what is no object where one was due", `{"a":"text","b":null,"c":[1,[{"x":1,"y":2}]]}`, []string{"a.x", "b.x", "c.x"}, `{"a":"text","b":null,"c":[1,[{"x":1}]]}`},
		{"nothing", `{"a":1}`, []string{"b"}, `{}`},
	} {
		for way, r := range map[string]io.Reader{
			"at once": strings.NewReader(c.given), "byte by byte": iotest.OneByteReader(strings.NewReader(c.given)),
			"data with the end": iotest.DataErrReader(strings.NewReader(c.given)),
		} {
			got, err := fieldsOf(t, c.paths...).Keep(r, 1000)
			if diff := cmp.Diff(c.want, string(got)); diff != "" || err != nil {
				t.Errorf("%s, %s: %v (-want +got):\n%s", c.name, way, err, diff)
			}
		}
	}
}

// A broken document never comes back as a whole object.
func TestKeepRefuses(t *testing.T) {
	for _, given := range []string{
		``, `{`, `{"a"`, `{"a":1`, `{"a":1}}`, `{"a":1} x`, `{"a":1}{`, `{"b":[}`, `{"a":[1}`, `{"b":tru}`, `{"a":"x`, `{"a":01}`, "{\"b\":\"\n\"}",
		`{"a":1,}`, `{,}`, `{"a" 1}`, `{"b":` + strings.Repeat("[", 20_000), `{"a":` + strings.Repeat("[", 20_000),
	} {
		got, err := fieldsOf(t, "a").Keep(strings.NewReader(given), 100_000)
		if !errors.Is(err, view.ErrNotJSON) || json.Valid(got) {
			t.Errorf("%.40s: %q, %v", given, got, err)
		}
	}
	broken := errors.New("reset")
	if _, err := fieldsOf(t, "a").Keep(io.MultiReader(strings.NewReader(`{"a":1`), iotest.ErrReader(broken)), 100); !errors.Is(err, broken) {
		t.Errorf("a reader that breaks: %v", err)
	}
	if _, err := fieldsOf(t, "a").Keep(io.MultiReader(strings.NewReader(`{"a":1}`), iotest.ErrReader(broken)), 100); !errors.Is(err, broken) {
		t.Errorf("a reader that breaks behind the object: %v", err)
	}
}

// Neither the kept members nor a single skipped string takes more memory than the
// limit, however long the document is.
func TestKeepIsBounded(t *testing.T) {
	for name, text := range map[string]string{
		"many items":          `{"a":[` + strings.Repeat(`{"x":1},`, 2000),
		"a whole value":       `{"b":[` + strings.Repeat(`1,`, 10_000),
		"a string to keep":    `{"b":"` + strings.Repeat("x", 20_000),
		"a string to skip":    `{"c":"` + strings.Repeat("x", 20_000),
		"a name":              `{"` + strings.Repeat("x", 20_000),
		"blanks":              `{` + strings.Repeat(" ", 20_000),
		"a number to skip":    `{"c":` + strings.Repeat("1", 20_000),
		"a small excess":      `{"b":"` + strings.Repeat("x", 9_995) + `"}`,
		"an excess of braces": `{"a":[` + strings.Repeat(`{},`, 5000),
	} {
		if _, err := fieldsOf(t, "a.x", "b").Keep(strings.NewReader(text), 10_000); !errors.Is(err, view.ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Reading a stream keeps what selecting from the whole document keeps.
func TestKeepAgreesWithSelect(t *testing.T) {
	names := rapid.SampledFrom([]string{"a", "b", "c", "é", "a\"b"})
	var value func(depth int) *rapid.Generator[string]
	value = func(depth int) *rapid.Generator[string] {
		return rapid.Custom(func(t *rapid.T) string {
			kind := rapid.IntRange(0, 4).Draw(t, "kind")
			if depth == 0 {
				kind %= 3
			}
			switch kind {
			case 0:
				return fmt.Sprint(rapid.Float64Range(-1e9, 1e9).Draw(t, "number"))
			case 1:
				text, _ := json.Marshal(rapid.String().Draw(t, "text"))
				return string(text)
			case 2:
				return rapid.SampledFrom([]string{"null", "true", "{}", "[]"}).Draw(t, "word")
			case 3:
				return "[" + strings.Join(rapid.SliceOfN(value(depth-1), 0, 3).Draw(t, "items"), ",") + "]"
			}
			var members []string
			for _, name := range rapid.SliceOfN(names, 0, 4).Draw(t, "names") {
				quoted, _ := json.Marshal(name)
				members = append(members, string(quoted)+":"+value(depth-1).Draw(t, "member"))
			}
			return "{" + strings.Join(members, ",") + "}"
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		document := `{"a":` + value(3).Draw(t, "a") + `,"b":` + value(3).Draw(t, "b") + `}`
		fields := fieldsOf(t, rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "a.a", "a.b", "b.a.c", "a.é", "b.b"}), 1, 4).Draw(t, "paths")...)
		got, err := fields.Keep(strings.NewReader(document), 1<<20)
		if want := string(fields.Select(nil, gjson.Parse(document))); err != nil || string(got) != want {
			t.Fatalf("%s: got %s, want %s (%v)", document, got, want, err)
		}
	})
}

// Keep ends for any input, and returns no error for an object only.
func FuzzKeep(f *testing.F) {
	for _, seed := range []string{`{"a":1}`, `{"a":{"b":[1,{"b":2}]}}`, "{\"a\":\"\xff\\ud800\"}", `{"a":1}x`, `[1]`, `<html>`, ``} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, given []byte) {
		got, err := fieldsOf(t, "a.b", "c").Keep(strings.NewReader(string(given)), 1000)
		if err == nil && !gjson.ValidBytes(got) {
			t.Fatalf("%q became %q", given, got)
		}
		if len(got) > 2000 {
			t.Fatalf("%d bytes", len(got))
		}
	})
}
