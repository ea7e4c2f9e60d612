package tools_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"posthog-mcp/tools/engine"
)

// Text that is no JSON of the type is refused and quoted as it came, for every
// argument that is an array or an object.
func TestOtherText(t *testing.T) {
	w := newWire(t)
	for _, tool := range catalogue(t).Tools() {
		for _, f := range tool.Schema.Fields() {
			if f.Type != "array" && f.Type != "object" {
				continue
			}
			for _, value := range []string{`it is "so"`, `{"a": `, `{'a': 'b'}`, `"[]"`, `7`, `true`} {
				got := w.outcome(tool, calls(tool)[0].with(f.Name, text(value)).JSON())
				if len(got.sent) > 0 || !strings.Contains(got.text, ", got "+text(value)) {
					t.Errorf("%s: %s: %s: %q after %v", tool.Name, f.Name, value, got.text, got.sent)
				}
			}
		}
	}
}

// disguised is a call as some client would make it: values as text, names of the
// host, empty values for what is not given, all of it as text. What it means is
// the same.
func disguised(t *rapid.T, tool *engine.Tool, call given) string {
	made := maps.Clone(call)
	for _, name := range slices.Sorted(maps.Keys(call)) {
		if f := tool.Schema.Field(name); f != nil && f.Type != "string" && rapid.Bool().Draw(t, name+" as text") {
			made[name] = text(call[name])
		}
	}
	if rapid.Bool().Draw(t, "host") {
		made = beside(made)
	}
	for _, name := range fillers(tool, call, "") {
		if f := tool.Schema.Field(name); rapid.Bool().Draw(t, name+" empty") {
			made[name] = `""`
			if own := empty(f); own != "" && !mayBeEmpty[name] && rapid.Bool().Draw(t, "of its type") {
				made[name] = own
			}
		}
	}
	if rapid.Bool().Draw(t, "all as text") {
		return text(made.JSON())
	}
	return made.JSON()
}

// Whatever a client does to a call, PostHog gets what was meant, or nothing.
func disguises(w *wire, list []*engine.Tool) func(*rapid.T) {
	return func(t *rapid.T) {
		tool := rapid.SampledFrom(list).Draw(t, "tool")
		call := given{}
		for _, f := range tool.Schema.Fields() {
			if f.Required || !f.Clears && rapid.IntRange(0, 4).Draw(t, f.Name) == 0 {
				call[f.Name] = rapid.SampledFrom([]string{valueOf(tool, f), valueOf(tool, f), valueOf(tool, f), `7`, `"x"`, `{"a":1}`, `[1]`}).Draw(t, "value")
			}
		}
		made := disguised(t, tool, call)
		want, got := w.outcome(tool, call.JSON()), w.outcome(tool, made)
		if got.text != "" && got.sent == nil {
			if want.text == "" {
				t.Fatalf("%s: %s is taken, %s is not: %s", tool.Name, call.JSON(), made, got.text)
			}
			return
		}
		if diff := cmp.Diff(want.sent, got.sent); diff != "" {
			t.Fatalf("%s: %s, made as %s (-want +got):\n%s", tool.Name, call.JSON(), made, diff)
		}
	}
}

func TestDisguises(t *testing.T) {
	rapid.Check(t, disguises(newWire(t), catalogue(t).Tools()))
}

func FuzzDisguises(f *testing.F) {
	w := newWire(&testing.T{})
	f.Cleanup(w.server.Close)
	f.Fuzz(rapid.MakeFuzz(disguises(w, catalogue(f).Tools())))
}
