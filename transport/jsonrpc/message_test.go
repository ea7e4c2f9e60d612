package jsonrpc

import (
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/tidwall/gjson"
)

// What is a message, and what is said to what is none.
func TestParse(t *testing.T) {
	const null = `{"jsonrpc":"2.0","id":null,"error":{"code":`
	for _, c := range []struct{ raw, want string }{
		{`{"jsonrpc":"2.0","id":1,"method":"ping"}`, ""},
		{`{"jsonrpc":"2.0","id":"a","method":"ping"}`, ""},
		{`{"jsonrpc":"2.0","method":"notifications/initialized"}`, ""},
		{`{"jsonrpc":"2.0","id":1,"result":{}}`, ""},
		{`{"id":1,"error":{"code":1}}`, ""},
		{"{\"jsonrpc\":\"2.0\",\"id\":\"\xff\",\"method\":\"ping\"}", null + `-32700,"message":"not valid UTF-8"}}`},
		{`{"jsonrpc":`, null + `-32700,"message":"not valid JSON"}}`},
		{``, null + `-32700,"message":"not valid JSON"}}`},
		{` [{"jsonrpc":"2.0","id":1,"method":"ping"}]`, null + `-32600,"message":"batches are not supported; send one message at a time"}}`},
		{"\n[[[", null + `-32600,"message":"batches are not supported; send one message at a time"}}`},
		{`"x"`, null + `-32600,"message":"not a JSON-RPC 2.0 message"}}`},
		{`{"jsonrpc":"1.0","id":7,"method":"ping"}`, `{"jsonrpc":"2.0","id":7,"error":{"code":-32600,"message":"not a JSON-RPC 2.0 message"}}`},
		{`{"jsonrpc":"2.0","id":null,"method":"ping"}`, null + `-32600,"message":"an id is a string or a whole number"}}`},
		{`{"jsonrpc":"2.0","id":{},"method":"ping"}`, null + `-32600,"message":"an id is a string or a whole number"}}`},
		{`{"jsonrpc":"2.0","id":1.5,"method":"ping"}`, null + `-32600,"message":"an id is a string or a whole number"}}`},
		{`{"jsonrpc":"2.0","id":1.0,"method":"ping"}`, ""},
		{`{"jsonrpc":"2.0","id":7}`, `{"jsonrpc":"2.0","id":7,"error":{"code":-32600,"message":"a message without a method"}}`},
		{`{"jsonrpc":"2.0","id":7,"method":"ping","result":{}}`, `{"jsonrpc":"2.0","id":7,"error":{"code":-32600,"message":"a message with a method and a result or an error"}}`},
		{`{"jsonrpc":"2.0","id":7,"method":"ping","error":{}}`, `{"jsonrpc":"2.0","id":7,"error":{"code":-32600,"message":"a message with a method and a result or an error"}}`},
		{`{"jsonrpc":"2.0","id":7,"method":"ping","params":null,"result":null,"error":null}`, ""}, // all that a serializer has, unused
		{`{"jsonrpc":"2.0","id":7,"id":8,"method":"ping"}`, null + `-32600,"message":"a message with the member \"id\" twice"}}`},
		{`{"jsonrpc":"2.0","id":7,"ID":8,"method":"ping"}`, null + `-32600,"message":"a message with the member \"ID\" twice"}}`},
		{`{"jsonrpc":"2.0","id":7,"method":"ping","m\u0065thod":"tools/list"}`, null + `-32600,"message":"a message with the member \"method\" twice"}}`},
		{`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a"},"paramſ":{"name":"b"}}`, null + `-32600,"message":"a message with the member \"paramſ\" twice"}}`},
		{`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a","Name":"b"}}`, `{"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"params has the member \"Name\" twice"}}`},
		{`{"jsonrpc":"2.0","id":7,"method":"ping","params":{"_meta":{"a":1,"A":2}}}`, ""},
		{`{"jsonrpc":"2.0","id":7,"method":"ping","params":{"_meta":{"a":1,"a":2}}}`, `{"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"params._meta has the member \"a\" twice"}}`},
		{`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a","arguments":{"a":1,"a":2}}}`, ""}, // the schema says so to the model
		{`{"jsonrpc":"2.0","id":7,"method":"subscriptions/listen"}`, `{"jsonrpc":"2.0","id":7,"error":{"code":-32601,"message":"nothing here changes: there is nothing to listen to"}}`},
	} {
		_, problem := Parse([]byte(c.raw))
		got := ""
		if problem != nil {
			data, _ := json.Marshal(problem)
			got = string(data)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.raw, diff)
		}
	}
}

// A cancellation is one however its name is spelled in JSON.
func TestIsCancellation(t *testing.T) {
	for raw, want := range map[string]bool{
		`{"jsonrpc":"2.0","method":"notifications/cancelled"}`:        true,
		`{"jsonrpc":"2.0","method":"notifications/c\u0061ncelled"}`:   true,
		`{"jsonrpc":"2.0","id":1,"method":"notifications/cancelled"}`: false,
		`{"jsonrpc":"2.0","method":"notifications/initialized"}`:      false,
	} {
		if m, _ := Parse([]byte(raw)); m.IsCancellation() != want {
			t.Errorf("%s: %v", raw, !want)
		}
	}
}

// Both ways to write an answer give the same one.
func TestEncodeAndMendAgree(t *testing.T) {
	m := Message{ID: json.RawMessage("9007199254740993"), Method: "tools/call"}
	decoded := mcp.NewRequestId(float64(9007199254740993))
	for _, response := range []mcp.JSONRPCMessage{
		mcp.NewJSONRPCResultResponse(decoded, map[string]int{"a": 1}),
		mcp.NewJSONRPCError(decoded, mcp.INVALID_PARAMS, "tool not found", nil),
		mcp.NewJSONRPCError(decoded, mcp.INVALID_PARAMS, "tool 'x' not found: tool not found", nil),
		mcp.NewJSONRPCError(decoded, mcp.INTERNAL_ERROR, "invalid params: no such thing", nil),
		mcp.NewJSONRPCError(decoded, mcp.INTERNAL_ERROR, mcp.MissingRequiredClientCapabilityError{Capability: "sampling"}.Error(), nil),
		mcp.NewJSONRPCError(decoded, mcp.INVALID_REQUEST, "unparsable tools/call request: json: cannot unmarshal string into Go struct", nil),
	} {
		written := Encode(slog.Default(), m, response, nil)
		plain, err := json.Marshal(response)
		if err != nil {
			t.Fatal(err)
		}
		var a, b any
		mended, _ := Mend(m, plain, nil)
		if err := errors.Join(json.Unmarshal(written, &a), json.Unmarshal(mended, &b)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, b); diff != "" {
			t.Errorf("(-encoded +mended):\n%s", diff)
		}
	}
}

// A number that is too large is named by its place.
func TestOverflowIsNamed(t *testing.T) {
	for params, want := range map[string]string{
		`{"a":[1,{"b":1e400}]}`:     "params.a[1].b",
		`{"a":[[0],[2,-1e400]]}`:    "params.a[1][1]",
		`{"0":{"1":1e400},"2":"x"}`: "params.0.1",
		`{"a":"1e400","b":[1e300]}`: "",
	} {
		if got := overflow("params", gjson.Parse(params)); got != want {
			t.Errorf("%s: %q, want %q", params, got, want)
		}
	}
}

// What is no answer becomes one that names its incident.
func TestEncodeRefusesWhatIsNoAnswer(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	for _, response := range []mcp.JSONRPCMessage{nil, 7, mcp.NewJSONRPCResultResponse(mcp.NewRequestId(1), func() {})} {
		data := Encode(log, Message{ID: json.RawMessage("1")}, response, nil)
		if !strings.HasPrefix(string(data), `{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"Internal error in posthog-mcp; `) {
			t.Errorf("%v became %s", response, data)
		}
	}
}
