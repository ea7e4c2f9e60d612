package jsonrpc

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"pgregory.net/rapid"
)

// Whatever id a client chooses, it comes back as it was written, once it went
// through mcp-go's floating-point number.
func TestIDsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.OneOf(
			rapid.Map(rapid.Int64(), encoded[int64]),
			rapid.Map(rapid.Uint64(), encoded[uint64]),
			rapid.Map(rapid.Float64(), encoded[float64]),
			rapid.Map(rapid.String(), encoded[string]),
			rapid.SampledFrom([]string{"1.0", "1e2", "-0", "0", "999999999999999", "9999999999999999", "9007199254740993",
				`"\ud800"`, `"\/"`, `"\u0041"`, `"<&>"`, "\"\u2028\""}),
		).Draw(t, "id")
		var known any
		if err := json.Unmarshal([]byte(id), &known); err != nil {
			t.Fatal(err)
		}
		answer := encoded(mcp.NewJSONRPCResultResponse(mcp.NewRequestId(known), map[string]int{"big": 1}))
		written := Encode(slog.Default(), Message{ID: json.RawMessage(id)}, mcp.NewJSONRPCResultResponse(mcp.NewRequestId(known), map[string]int{"big": 1}), nil)
		if !bytes.HasPrefix(written, []byte(`{"jsonrpc":"2.0","id":`+id+`,"result":`)) {
			t.Fatalf("id %s is written as %s", id, written)
		}
		got, _ := Mend(Message{ID: json.RawMessage(id), Method: "ping"}, []byte(answer), nil)
		var response struct {
			ID     json.RawMessage
			Result json.RawMessage
		}
		if err := json.Unmarshal(got, &response); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(response.ID, []byte(id)) || string(response.Result) != `{"big":1}` {
			t.Fatalf("id %s came back as %s", id, got)
		}
	})
}

func encoded[T any](v T) string {
	out, err := json.Marshal(v)
	if err != nil {
		return "0"
	}
	return string(out)
}

// A result may speak of anything; only mcp-go's own errors are reworded.
func TestResultsStayAsTheyAre(t *testing.T) {
	for _, answer := range []string{
		`{"jsonrpc":"2.0","id":1,"result":{"structuredContent":{"message":"unparsable tools/call request"}}}`,
		`{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"tool not found"}}`,
		"event: message\ndata: {\"message\":\"unparsable \"}\n\n",
	} {
		if got, _ := Mend(Message{ID: json.RawMessage("1"), Method: "tools/call"}, []byte(answer), nil); string(got) != answer {
			t.Errorf("%s became %s", answer, got)
		}
	}
}
