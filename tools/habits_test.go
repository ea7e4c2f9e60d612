package tools_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/engine"
)

// given are arguments by name, each as JSON.
type given map[string]string

func (g given) with(name, value string) given {
	g = maps.Clone(g)
	g[name] = value
	return g
}

// JSON has the members in the order of their names.
func (g given) JSON() string {
	var members []string
	for _, name := range slices.Sorted(maps.Keys(g)) {
		members = append(members, text(name)+":"+g[name])
	}
	return "{" + strings.Join(members, ",") + "}"
}

// text is a JSON string.
func text(s string) string {
	quoted, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(quoted)
}

// samples are values, one of which every argument takes.
var samples = []string{
	`7`, `true`, `{"a":{"b":[1.50]}}`, `["monday"]`, `["title"]`, `[7]`,
	`"2027-01-04T09:00:00Z"`, `"@me"`, `"a@x.example"`, `"7"`, `"AaVQ8Ijw"`, `"long enough"`,
}

// valueOf is a value of the argument: its first choice, or the first of the
// samples that its schema takes.
func valueOf(tool *engine.Tool, f *schema.Field) string {
	if f.Name == "target_value" {
		return `"a@x.example"`
	}
	if f.Enum != nil {
		if f.Type == "array" {
			return "[" + text(f.Enum[0]) + "]"
		}
		return text(f.Enum[0])
	}
	for _, value := range samples {
		_, err := tool.Schema.Check(json.RawMessage(given{f.Name: value}.JSON()))
		if !strings.Contains(fmt.Sprint(err), f.Name+": ") {
			return value
		}
	}
	panic(tool.Name + " takes no sample for " + f.Name)
}

// calls are the smallest calls of a tool: what is required, alone and with one
// more.
func calls(tool *engine.Tool) []given {
	required := given{}
	for _, f := range tool.Schema.Fields() {
		if f.Required {
			required[f.Name] = valueOf(tool, f)
		}
	}
	all := []given{required}
	for _, f := range tool.Schema.Fields() {
		if !f.Required && !f.Clears && f.In != "local" {
			all = append(all, required.with(f.Name, valueOf(tool, f)))
		}
	}
	return all
}

// outcome is what reached PostHog, and what the agent reads of it.
type outcome struct {
	sent   []sent
	notice string
	text   string // of a refusal
}

// outcome has the bodies with their members in the order of their names: what
// is cleared by name comes last.
func (w *wire) outcome(tool *engine.Tool, arguments string) outcome {
	result := w.call(tool.Name, arguments)
	seen := w.takeSent()
	for i := range seen {
		if body := gjson.Parse(seen[i].Body); body.IsObject() {
			members := given{}
			body.ForEach(func(name, value gjson.Result) bool { members[name.String()] = value.Raw; return true })
			seen[i].Body = members.JSON()
		}
	}
	if result.IsError {
		return outcome{seen, "", result.Text}
	}
	return outcome{seen, gjson.GetBytes(result.Object, "notice").String(), ""}
}

// empty is the empty value of the argument's type; nothing for true or false.
func empty(f *schema.Field) string {
	switch f.Type {
	case "integer":
		return `0`
	case "array":
		return `[]`
	case "object":
		return `{}`
	case "boolean":
		return ``
	}
	return `""`
}

// fillers are arguments with an empty value that they cannot have, none of which
// is in the call.
func fillers(tool *engine.Tool, call given, but string) (found []string) {
	for _, f := range tool.Schema.Fields() {
		if _, in := call[f.Name]; in || f.Required || f.Clears || f.Name == but {
			continue
		}
		args, err := tool.Schema.Check(json.RawMessage(call.with(f.Name, `""`).JSON()))
		if err == nil && args.Get(f.Name) == nil {
			found = append(found, f.Name)
		}
	}
	return found
}

// habit is something that clients do to an argument of a call. It returns the
// call as such a client makes it, the call that is meant, and what the agent
// reads of it in the notice; false where it does not concern the argument.
type habit struct {
	name string
	of   func(tool *engine.Tool, call given, f *schema.Field) (made string, meant given, says string, ok bool)
}

const (
	cleared    = "Cleared, since given as empty: "
	notCleared = "not cleared: "
)

var habits = []habit{
	{"a value as text", func(tool *engine.Tool, call given, f *schema.Field) (string, given, string, bool) {
		value := valueOf(tool, f)
		return call.with(f.Name, text(value)).JSON(), call.with(f.Name, value), "", f.Type != "string"
	}},
	{"all arguments as text", func(tool *engine.Tool, call given, f *schema.Field) (string, given, string, bool) {
		meant := call.with(f.Name, valueOf(tool, f))
		return text(meant.JSON()), meant, "", true
	}},
	{"names of the host beside it", func(tool *engine.Tool, call given, f *schema.Field) (string, given, string, bool) {
		meant := call.with(f.Name, valueOf(tool, f))
		return beside(meant).JSON(), meant, "", true
	}},
	{"the empty value for none", func(_ *engine.Tool, call given, f *schema.Field) (string, given, string, bool) {
		return call.with(f.Name, empty(f)).JSON(), call, "", empty(f) != "" && !mayBeEmpty[f.Name]
	}},
	{"the empty string for none", func(_ *engine.Tool, call given, f *schema.Field) (string, given, string, bool) {
		return call.with(f.Name, `""`).JSON(), call, "", f.Type != "string" || !mayBeEmpty[f.Name]
	}},
	{"the empty value for itself", func(_ *engine.Tool, call given, f *schema.Field) (string, given, string, bool) {
		meant := call.with(f.Name, empty(f))
		return meant.JSON(), meant, cleared + f.Name, clears(f)
	}},
	{"the empty value among others", func(tool *engine.Tool, call given, f *schema.Field) (string, given, string, bool) {
		padded, padding := call.with(f.Name, empty(f)), fillers(tool, call, f.Name)
		for _, name := range padding {
			padded[name] = `""`
		}
		return padded.JSON(), call, notCleared + f.Name, clears(f) && len(padding) >= 3
	}},
	{"null for itself", func(_ *engine.Tool, call given, f *schema.Field) (string, given, string, bool) {
		meant := call.with(f.Name, `null`)
		return meant.JSON(), meant, "", f.Nullable
	}},
	{"null for none", func(_ *engine.Tool, call given, f *schema.Field) (string, given, string, bool) {
		return call.with(f.Name, `null`).JSON(), call, "", !f.Nullable
	}},
	{"null among others", func(tool *engine.Tool, call given, f *schema.Field) (string, given, string, bool) {
		padded := call.with(f.Name, `null`)
		for _, other := range tool.Schema.Fields() {
			if _, in := padded[other.Name]; !in && !other.Required && !other.Nullable {
				padded[other.Name] = `null`
			}
		}
		return padded.JSON(), call, notCleared + f.Name, f.Nullable
	}},
	{"the name in clear for null", func(tool *engine.Tool, call given, f *schema.Field) (string, given, string, bool) {
		return call.with("clear", "["+text(f.Name)+"]").JSON(), call.with(f.Name, `null`), "", f.Nullable && tool.Schema.Field("clear") != nil
	}},
}

// mayBeEmpty are the arguments whose empty value PostHog has a use for: it
// empties them, or it changes nothing (notification_settings), or it is where
// counting begins (offset).
var mayBeEmpty = map[string]bool{
	"first_name": true, "last_name": true, "toolbar_mode": true, "theme_mode": true, "shortcut_position": true,
	"events_column_config": true, "has_seen_product_intro_for": true, "hedgehog_config": true, "notification_settings": true,
	"title": true, "invite_message": true, "summary_prompt_guide": true, "byweekday": true, "dashboard_export_insights": true,
	"settings": true, "note": true, "offset": true, "ai_prompt_config": true, "contexts": true, "delivery_config": true,
}

func clears(f *schema.Field) bool {
	return mayBeEmpty[f.Name] && f.Name != "offset" && f.Name != "notification_settings"
}

func beside(call given) given {
	return call.with("wait_for_previous", `true`).with("toolCallId", `"call_1"`).with("sessionId", `"s"`).
		with("action", `"sendMessage"`).with("chatInput", `"hello"`).with("tool", `"t"`).with("task_progress", `"- [ ] a"`)
}

// suits finds the smallest call that PostHog gets both with and without the
// argument.
func suits(w *wire, tool *engine.Tool, f *schema.Field) given {
	for _, call := range calls(tool) {
		if _, in := call[f.Name]; in || w.outcome(tool, call.JSON()).text != "" {
			continue
		}
		if w.outcome(tool, call.with(f.Name, valueOf(tool, f)).JSON()).text == "" {
			return call
		}
	}
	return nil
}

// Client habit, call, what reaches PostHog, what the agent reads: for every
// optional argument of every tool, as its schema has it.
func TestHabits(t *testing.T) {
	w := newWire(t)
	tried := map[string]int{}
	for _, tool := range catalogue(t).Tools() {
		for _, f := range tool.Schema.Fields() {
			if f.Required || f.Clears {
				continue
			}
			call := suits(w, tool, f)
			if call == nil {
				if !alone[f.Name] {
					t.Errorf("%s: no call goes with and without %s", tool.Name, f.Name)
				}
				continue
			}
			for _, h := range habits {
				made, meant, says, ok := h.of(tool, call, f)
				if !ok {
					continue
				}
				tried[h.name]++
				want, got := w.outcome(tool, meant.JSON()), w.outcome(tool, made)
				if diff := cmp.Diff(want.sent, got.sent); diff != "" || got.text != "" {
					t.Errorf("%s: %s: %s\n%s (-want +got):\n%s", tool.Name, h.name, made, got.text, diff)
				}
				if says == "" && got.notice != want.notice || !strings.Contains(got.notice, says) {
					t.Errorf("%s: %s: %s reads %q, want %q, or %q in it", tool.Name, h.name, made, got.notice, want.notice, says)
				}
			}
		}
	}
	for _, h := range habits {
		if tried[h.name] < 5 {
			t.Errorf("%s: tried in %d arguments only", h.name, tried[h.name])
		}
	}
}

// alone are arguments that go with some value of another only: they are in
// TestRequests.
var alone = map[string]bool{"dashboard": true, "insight": true, "prompt": true}
