package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestID(t *testing.T) {
	const none = -1
	for _, c := range []struct {
		speak dialect
		line  string
		want  int
	}{
		{mcp{}, `{"jsonrpc":"2.0","id":7,"result":{}}`, 7},
		{mcp{}, `{"id":1234567,"jsonrpc":"2.0"}`, 1234567},
		{mcp{}, `{"jsonrpc":"2.0","result":{"structuredContent":{"id":1,"a":[{"id":2}]}},"id":42}`, 42},
		{mcp{}, `{"result":{"text":"{\"id\":1}"},"id":8}`, 8},
		{mcp{}, `{"result":{"text":"a \\\" } \\"},"id":9}`, 9},
		{mcp{}, `{"result":{"text":"\\"},"id":10}`, 10},
		{mcp{}, `{"error":{"code":-32602,"message":"}"},"id":11}`, 11},
		{mcp{}, `{"jsonrpc":"2.0","method":"notifications/message","params":{"id":5}}`, none},
		{mcp{}, `{"jsonrpc":"2.0","id":null,"error":{}}`, none},
		{mcp{}, `{"jsonrpc":"2.0","id":"7"}`, none},
		{mcp{}, `{"jsonrpc":"2.0","result":"unfinished`, none},
		{mcp{}, `{"jsonrpc":"2.0","result":"unfinished\`, none},
		{mcp{}, ``, none},
		{plain{}, `12 {"id":1}`, 12},
		{plain{}, `0 `, 0},
		{plain{}, `{"id":1} 2`, none},
		{plain{}, ``, none},
	} {
		got, ok := c.speak.id([]byte(c.line))
		if !ok {
			got = none
		}
		if got != c.want {
			t.Errorf("%T: id of %s = %d, want %d", c.speak, c.line, got, c.want)
		}
	}
}

// Whatever surrounds it, in whatever order, the scan finds what a decoder finds.
func TestIDIsWhatADecoderFinds(t *testing.T) {
	value := rapid.Deferred(func() *rapid.Generator[any] {
		text := rapid.StringOf(rapid.SampledFrom([]rune(`"\{}[],:id é`)))
		return rapid.OneOf(
			text.AsAny(),
			rapid.Int().AsAny(),
			rapid.MapOf(text, rapid.Int()).AsAny(),
			rapid.SliceOf(rapid.MapOf(rapid.Just("id"), text)).AsAny())
	})
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.IntRange(0, 1<<40).Draw(t, "id")
		members := []string{fmt.Sprintf(`"id":%d`, id)}
		for _, name := range []string{"a", "zz", "result"} {
			v, err := json.Marshal(value.Draw(t, name))
			if err != nil {
				t.Fatal(err)
			}
			members = append(members, fmt.Sprintf("%q:%s", name, v))
		}
		line := "{" + strings.Join(rapid.Permutation(members).Draw(t, "order"), ",") + "}"
		if got, ok := (mcp{}).id([]byte(line)); !ok || got != id {
			t.Fatalf("id of %s = %d, %v", line, got, ok)
		}
	})
}

func TestCallsAreWhatTheServersRead(t *testing.T) {
	k := &class{tool: "subscriptions-list", args: `{"limit":5}`, path: "/api/?limit=5"}
	for _, c := range []struct {
		speak dialect
		want  string
	}{
		{mcp{}, `{"jsonrpc":"2.0","id":12,"method":"tools/call","params":{"name":"subscriptions-list","arguments":{"limit":5}}}`},
		{plain{}, `12 /api/?limit=5`},
		{raw{}, `/api/?limit=5`},
	} {
		if got := string(c.speak.call(nil, 12, k)); got != c.want {
			t.Errorf("%T: %s, want %s", c.speak, got, c.want)
		}
	}
}

func TestCheck(t *testing.T) {
	k := &class{payload: []byte(`{"a":1,"b":"x"}`)}
	for _, c := range []struct {
		name  string
		speak dialect
		line  string
		want  string // part of the error; empty for none
	}{
		{"text", mcp{}, `{"id":1,"result":{"content":[{"type":"text","text":"{\"a\":1,\"b\":\"x\"}"}]}}`, ""},
		{"text with more around it", mcp{}, `{"id":1,"result":{"content":[{"text":"note"},{"text":"see {\"a\":1,\"b\":\"x\"}."}]}}`, ""},
		{"text in another form", mcp{}, `{"id":1,"result":{"content":[{"text":"{\"b\": \"x\", \"a\": 1}"}]}}`, ""},
		{"structured", mcp{}, `{"id":1,"result":{"structuredContent":{"b":"x","a":1}}}`, ""},
		{"other value", mcp{}, `{"id":1,"result":{"content":[{"text":"{\"a\":2,\"b\":\"x\"}"}]}}`, "not in it"},
		{"tool error", mcp{}, `{"id":1,"result":{"isError":true,"content":[{"text":"{\"a\":1,\"b\":\"x\"}"}]}}`, "tool error"},
		{"protocol error", mcp{}, `{"id":1,"error":{"code":-32602}}`, "not in it"},
		{"no JSON", mcp{}, `Bad Gateway`, "invalid character"},
		{"body", plain{}, `1 {"a":1,"b":"x"}`, ""},
		{"only the body", raw{}, `{"a":1,"b":"x"}`, ""},
		{"another body", raw{}, `{"a":1}`, "not the upstream's"},
		{"other body", plain{}, `1 {"a":1,"b":"x"} `, "not the upstream's"},
	} {
		err := c.speak.check([]byte(c.line), k)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%T, %s: %v, want %q", c.speak, c.name, err, c.want)
		}
	}
}
