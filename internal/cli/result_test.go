package cli

import (
	"errors"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"posthog-mcp/tools/engine"
)

func TestPrintResult(t *testing.T) {
	subscriptions := []engine.Column{{Name: "id", Of: []string{"id"}}, {Name: "to", Of: []string{"email", "slack"}}, {Name: "none", Of: []string{"other"}}}
	for _, c := range []struct {
		name, object string
		layout       []engine.Column
		want         string
	}{
		{"a page", `{"notice":"2 of 9; next offset 2","count":9,"next_offset":2,"link":"/x/{id}","results":[{"id":7,"name":"Growth","tags":["a","b"]},{"id":1134,"pinned":true,"name":"日本"}]}`, nil, `
id    name    tags  pinned
7     Growth  a, b
1134  日本          true

2 of 9; next offset 2

link    /x/{id}
`},
		{"a page without a notice", `{"count":1,"results":[{"id":7}]}`, nil, `
id
7

count  1
`},
		{"an empty page", `{"notice":"None found.","count":0,"results":[]}`, nil, `
None found.

`},
		{"a layout", `{"results":[{"id":1,"slack":"#a","state":"ended"},{"id":2,"email":"a@x.example","state":"active"}]}`, subscriptions, `
id  to           state
1   #a           ended
2   a@x.example  active

`},
		{"people and projects in a row", `{"results":[{"by":{"id":1,"name":"Maya"},"in":[{"id":4,"email":"b@x.example"},{"id":5}],"raw":{"a":[1]},"none":[],"gone":null}]}`, nil, `
by    in              raw        none  gone
Maya  b@x.example, 5  {"a":[1]}  none  –

`},
		{"rows that are no objects", `{"results":["a",2]}`, nil, `
results  a, 2
`},
		{"an object", `{"id":9007199254740993,"title":"","of":null,"on":false,"ids":[1,2],"empty":[],"nothing":{},"lines":"one\ntwo"}`, nil, `
id       9007199254740993
title    ""
of       –
on       false
ids      1, 2
empty    none
nothing  {}
lines    one
         two
`},
		{"a preview", `{"notice":"Nothing was sent.","body":{"title":"New"},"changes":{"title":{"from":"Old","to":"New"},"ids":{"from":[1],"to":null}},"warnings":["First one.","Second one."]}`, nil, `
Nothing was sent.

body
  title  New
changes
  title  Old → New
  ids    1 → –
warnings  First one.
          Second one.
`},
		{"rows in an object", `{"id":1,"tiles":[{"id":2001,"name":"Signups"}],"more":1}`, nil, `
id     1
tiles
  id    name
  2001  Signups

more   1
`},
		{"not wide enough", `{"results":[{"a":"` + strings.Repeat("a", 90) + `","b":"` + strings.Repeat("b", 90) + `"}]}`, nil, `
a                                        b
` + strings.Repeat("a", 38) + "…  " + strings.Repeat("b", 38) + `…

`},
		{"too many columns", `{"results":[{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa":1,"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb":2,"c":3}]}`, nil, `
aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
1

No room here for bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, c; --json has
everything.

`},
	} {
		var out strings.Builder
		if err := (&Screen{Out: &out, Columns: 80}).PrintResult([]byte(c.object), c.layout); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, "\n"+out.String()); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
}

// TestPrintResultIsSafe shows what PostHog may hold: anything.
func TestPrintResultIsSafe(t *testing.T) {
	hostile := `"\u001b[2J\u202e日本 \u0007` + "\u009b" + `31m"`
	deep := strings.Repeat(`{"a":`, 5000) + hostile + strings.Repeat("}", 5000)
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.SampledFrom([]string{hostile, "[" + hostile + "]", "{" + hostile + ":" + hostile + "}", "[{" + hostile + ":" + hostile + "}]", deep, "1e400"})
		object := `{"results":` + value.Draw(t, "results") + `,"notice":` + value.Draw(t, "notice") + "," + hostile + ":" + value.Draw(t, "value") + "}"
		var out strings.Builder
		if err := (&Screen{Out: &out, Columns: rapid.IntRange(40, 120).Draw(t, "columns")}).PrintResult([]byte(object), nil); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsFunc(out.String(), func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
			t.Fatalf("not safe for a terminal: %q", out.String())
		}
	})
}

func TestPrintResultFails(t *testing.T) {
	s := &Screen{Out: full{}, Columns: 80}
	if err := s.PrintResult([]byte(`{"id":1}`), nil); !errors.Is(err, errFull) {
		t.Errorf("got the error %v, want %v", err, errFull)
	}
}
