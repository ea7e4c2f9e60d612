package web

import (
	"strconv"
	"testing"
)

// An answer comes with its length, whatever it is and however long: a client
// reads it in one go, and notices when it is cut short.
func TestAnswersHaveTheirLength(t *testing.T) {
	d := newDesk()
	h := open(t, Options{MCP: product(t, overBase(d), silent())})
	for name, body := range map[string]string{
		"a long list":      listTools,
		"a result":         call(1, "x"),
		"an id to mend":    `{"jsonrpc":"2.0","id":12345678901234567890,"method":"ping"}`,
		"a protocol error": `{"jsonrpc":"2.0","id":1,"method":"no/such"}`,
		"no message":       `{`,
	} {
		got := h.must(request{method: "POST", path: "/mcp", token: tokenA, body: body})
		if declared := got.header.Get("Content-Length"); declared != strconv.Itoa(len(got.body)) || got.body == "" {
			t.Errorf("%s: %d bytes are declared as %q", name, len(got.body), declared)
		}
	}
}
