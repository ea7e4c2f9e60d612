package schema_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/schema"
)

// mebibyte is the most bytes that arguments can have.
const mebibyte = 1 << 20

// filled joins as many results of n by commas as fit into a mebibyte, less some
// room.
func filled(n func(i int) string) string {
	var b strings.Builder
	for i := 0; ; i++ {
		next := n(i)
		if b.Len()+len(next)+1 > mebibyte-200 {
			return strings.TrimSuffix(b.String(), ",")
		}
		b.WriteString(next + ",")
	}
}

func same(text string) func(int) string { return func(int) string { return text } }

// hostile returns arguments of nearly a mebibyte, each large in another way, with
// the expected error.
func hostile() []struct{ name, given, want string } {
	long := strings.Repeat("x", mebibyte-200)
	nested := strings.Repeat("[", 5_000) + strings.Repeat("]", 5_000)
	deeper := strings.Repeat("[", (mebibyte-200)/2) + strings.Repeat("]", (mebibyte-200)/2)
	entries := filled(func(i int) string { return fmt.Sprintf(`"k%d":%d`, i, i) })
	return []struct{ name, given, want string }{
		{"names", of(filled(func(i int) string { return fmt.Sprintf(`"unknown%d":1`, i) })), "arguments: must have at most 100 members, has more"},
		{"one name, again and again", of(filled(same(`"name":1`))), "arguments: must have at most 100 members, has more"},
		{"names that hosts add", of(filled(same(`"tool":1`))), "arguments: must have at most 100 members, has more"},
		{"a long name", of(`"` + long + `":1`), `unknown argument "` + long[:60] + `…"; known: ` + known},
		{"a long string", of(`"name":"` + long + `"`), "name: must have at most 100 characters, has more"},
		{"a long secret", of(`"password":"` + long + `"`), "password: must have at most 128 characters, has more"},
		{"a long choice", of(`"role":"` + long + `"`), `role: "` + long[:60] + `…" is not one of data, sales`},
		{"a long date", of(`"until":"` + long + `"`), "until: must have at most 64 characters, has more"},
		{"a long number", of(`"count":` + strings.Repeat("1", mebibyte-200)), "count: is out of range: " + strings.Repeat("1", 60) + "…"},
		{"a long number in a string", of(`"project_id":"` + strings.Repeat("1", mebibyte-200) + `"`), "project_id: must have at most 32 characters, has more"},
		{"escapes", of(`"name":"` + strings.Repeat(`\u0041`, (mebibyte-200)/6) + `"`), "name: must have at most 100 characters, has more"},
		{"numbers", of(`"numbers":[` + filled(same("1")) + `]`), "numbers: must have at most 25 items, has 524188"},
		{"choices", of(`"days":[` + filled(same(`"monday"`)) + `]`), "days: must have at most 7 items, has 116486"},
		{"numbers in a string", of(`"numbers":` + in(`[`+filled(same("1"))+`]`)), "numbers: must have at most 25 items, has 524188"},
		{"a long item", of(`"clear":["` + long + `"]`), `clear: item 1: "` + long[:60] + `…" is not one of title, until, count, position, days, mode, config`},
		{"a long item in a string", of(`"days":` + in(`["`+long+`"]`)), `days: item 1: "` + long[:60] + `…" is not one of monday, tuesday`},
		{"values", of(`"config":[` + filled(same("1")) + `]`), "config: must have at most 10000 values"},
		{"entries", of(`"config":{` + entries + `}`), "config: must have at most 10000 values"},
		{"entries, of few", of(`"settings":{` + entries + `}`), "settings: must have at most 100 values"},
		{"depth", of(`"config":` + nested), "config: must be nested at most 32 deep"},
		{"depth in a string", of(`"config":` + in(nested)), "config: must be nested at most 32 deep"},
		{"a depth that nobody reads", of(`"config":` + deeper), "arguments: not valid JSON near byte 10016"},
		{"the same, as text", of(`"config":` + in(deeper)), `config: expected an object, got "` + deeper[:60] + `…"`},
		{"text that is no JSON", of(`"config":"{` + long + `"`), `config: expected an object, got "{` + long[:59] + `…"`},
		{"a long value, which is taken", of(`"config":{"a":"` + long + `"}`), "<nil>"},
		{"the same, as text", in(of(`"config":{"a":"` + long + `"}`)), "<nil>"},
		{"white space", `{"id":1` + strings.Repeat(" ", mebibyte-200) + `}`, "<nil>"},
		{"no JSON", `{"id":` + nested, "arguments: not valid JSON, it ends too early"},
		{"too much", strings.Repeat(" ", 10) + of(`"name":"`+strings.Repeat("x", mebibyte)+`"`), fmt.Sprintf("arguments: must have at most %d bytes, has %d", mebibyte, mebibyte+18)},
	}
}

// mostAllocated is the memory that a check of n bytes may take, in bytes and in
// allocations: the text is copied a few times, and nothing is allocated for values
// outside the bounds.
func mostAllocated(n int) (bytes, pieces uint64) {
	return 64<<10 + 6*uint64(n), min(1_000+uint64(n), 25_000)
}

func allocated(s *schema.Schema, given json.RawMessage) (bytes, pieces uint64, err error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = s.Check(given)
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc, after.Mallocs - before.Mallocs, err
}

// The bounds are checked first: any mebibyte of arguments takes memory in
// proportion, and its error is short.
func TestCost(t *testing.T) {
	s := compile(t, change{})
	for _, c := range hostile() {
		t.Run(c.name, func(t *testing.T) {
			bytes, pieces, err := allocated(s, json.RawMessage(c.given))
			if diff := cmp.Diff(c.want, fmt.Sprint(err)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			mostBytes, mostPieces := mostAllocated(len(c.given))
			if bytes > mostBytes || pieces > mostPieces {
				t.Errorf("%d bytes in %d pieces; want at most %d in %d", bytes, pieces, mostBytes, mostPieces)
			}
		})
	}
}

// An error shows five problems of a kind, and the number of the others.
func TestFewOfAKindAreShown(t *testing.T) {
	var members []string
	for i := range 12 {
		members = append(members, fmt.Sprintf(`"name%02d":1`, i))
	}
	refuses(t, [][2]string{{
		of(`"count":"x",` + strings.Join(members, ",")),
		`unknown argument "name00"; did you mean "name"?
unknown argument "name01"; did you mean "name"?
unknown argument "name02"; did you mean "name"?
unknown argument "name03"; did you mean "name"?
unknown argument "name04"; did you mean "name"?
and 7 more
count: expected an integer, got "x"`,
	}})
	var wrong schema.Problems
	for i := range 9 {
		wrong = append(wrong, schema.Problem{Field: "to", Text: fmt.Sprintf("item %d is wrong", i)})
	}
	if got := wrong.Error(); !strings.HasSuffix(got, "item 4 is wrong\nto: and 4 more") {
		t.Error(got)
	}
}

// FuzzCost holds the check of any arguments to mostAllocated.
func FuzzCost(f *testing.F) {
	s := compile(f, change{})
	for _, c := range hostile() {
		// The beginning of a shape and its end, small enough to be changed.
		f.Add([]byte(c.given[:min(len(c.given), 2000)] + c.given[len(c.given)-min(len(c.given), 20):]))
	}
	f.Fuzz(func(t *testing.T, given []byte) {
		bytes, pieces, err := allocated(s, given)
		if mostBytes, mostPieces := mostAllocated(len(given)); bytes > mostBytes || pieces > mostPieces {
			t.Fatalf("%d bytes in %d pieces for %d: %.200s", bytes, pieces, len(given), given)
		}
		if err != nil && len(err.Error()) > 20_000 {
			t.Fatalf("an error of %d bytes: %.200s", len(err.Error()), err)
		}
	})
}
