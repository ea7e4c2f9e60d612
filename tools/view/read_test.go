package view_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"
	"pgregory.net/rapid"

	"posthog-mcp/tools/view"
)

func TestRead(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, c := range []struct {
		name, given, want string // want is empty for invalid JSON
	}{
		{"a string", `"a\u00e9\"b"`, `"a\u00e9\"b"`},
		{"an exact number", `-12.50e+7`, `-12.50e+7`},
		{"space around it", " {} \n", `{}`},
		{"space within", `{"a" :[1,2]}`, `{"a":[1,2]}`},
		{"space in a string", `{"a":"b c"}`, `{"a":"b c"}`},
		{"bytes that are no UTF-8", "{\"a\xff\xfe\":\"\xc3(\"}", `{"a�":"�("}`},
		{"a long string", `"` + strings.Repeat("x", 100) + `é"`, `"` + strings.Repeat("x", 100) + `é"`},
		{"as deep as it may be", deep(1000), deep(1000)},
		{"too deep", deep(1001), ""},
		{"endlessly deep", strings.Repeat(`{"a":[`, 1_000_000), ""},
		{"nothing", "", ""},
		{"space", " ", ""},
		{"two values", "{}{}", ""},
		{"a comma too many", `[1,]`, ""},
		{"a comma too many in an object", `{"a":1,}`, ""},
		{"no comma", `[1 2]`, ""},
		{"no colon", `{"a"}`, ""},
		{"no name", `{1:2}`, ""},
		{"a zero in front", `01`, ""},
		{"no digit", `-`, ""},
		{"no digit behind the point", `1.`, ""},
		{"no digit in the exponent", `1e+`, ""},
		{"half a word", `tru`, ""},
		{"a word too long", `nulll`, ""},
		{"an unknown escape", `"\x"`, ""},
		{"half an escape", `"\u12`, ""},
		{"a line break in a string", "\"a\nb\"", ""},
		{"a string that breaks off", `"abc`, ""},
		{"a string that breaks off at a backslash", `"abc\`, ""},
		{"no UTF-8 outside of strings", "[\xff]", ""},
		{"a byte order mark", "\ufeff{}", ""},
	} {
		document, err := view.Read([]byte(c.given))
		if (err == nil) != (c.want != "") || err != nil && !errors.Is(err, view.ErrNotJSON) {
			t.Errorf("%s: %v", c.name, err)
		}
		if diff := cmp.Diff(c.want, document.Raw); diff != "" {
			t.Errorf("%s (-want +got):\n%.500s", c.name, diff)
		}
	}
}

// FuzzRead compares with other parsers: they accept the same documents.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		`{"count":2,"next":null,"results":[{"id":1,"title":"a\u2028\\\"b","n":{"x":[-1.5e3,true]}},{}]}`, " [ 1 , 2 ] \n", "null", "\xff", "\"\xe9\"",
		`{"a":1,"a":[{"b":"]}"},"[{"]}`, `"\ud800"`, `[[],{},"",0]`, `{"":""}`, "\"\x7f\u200b\"", `{"a\\":"b\\","c":"\\\""}`, "[1e5,\"1234567é\"]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, given []byte) {
		repaired := bytes.ToValidUTF8(given, []byte("\uFFFD"))
		document, err := view.Read(bytes.Clone(given))
		if depth(given) > 1000 {
			return
		}
		if valid := json.Valid(repaired); valid != (err == nil) || valid != gjson.ValidBytes(repaired) {
			t.Fatalf("valid is %v: %q: %v", valid, given, err)
		}
		if err != nil {
			return
		}
		if want := compacted(t, repaired); document.Raw != want {
			t.Fatalf("%q became %q", want, document.Raw)
		}
	})
}

// depth returns at least the depth of a document.
func depth(json []byte) int { return bytes.Count(json, []byte("[")) + bytes.Count(json, []byte("{")) }

func compacted(t *testing.T, document []byte) string {
	var b bytes.Buffer
	if err := json.Compact(&b, document); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Read refuses a document that is broken at any byte.
func TestReadRefusesWhatBreaksOff(t *testing.T) {
	const whole = `{"count":2,"next":null,"results":[{"id":12,"title":"a\u00e9\"b","on":true,"n":[1.5e3,{}]},"é"]}`
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, len(whole)-1).Draw(t, "length")
		if _, err := view.Read([]byte(whole[:n])); !errors.Is(err, view.ErrNotJSON) {
			t.Fatalf("%s: %v", whole[:n], err)
		}
		changed := []byte(whole)
		changed[n] = byte(rapid.IntRange(0, 255).Draw(t, "byte"))
		_, err := view.Read(bytes.Clone(changed))
		if valid := json.Valid(bytes.ToValidUTF8(changed, []byte("\uFFFD"))); valid != (err == nil) {
			t.Fatalf("%s: %v", changed, err)
		}
	})
}
