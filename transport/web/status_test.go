package web

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// What a client reads of an error is the same on /mcp in all revisions; its status is
// not: before 2026-07-28 a request that was understood has 200.
func TestStatusOfErrors(t *testing.T) {
	h := open(t, Options{MCP: product(t, overBase(newDesk()), silent())})
	const meta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}`
	for _, c := range []struct {
		method, params string
		name           string
		code           int
		before, now    int
	}{
		{"tools/make", ``, "", -32601, 200, 404},
		{"subscriptions/listen", `"notifications":{"toolsListChanged":true}`, "", -32601, 200, 404},
		{"tools/list", `"cursor":"x"`, "", -32602, 200, 400},
		{"tools/call", `"name":"x"`, "x", -32602, 200, 400},
		{"prompts/get", `"name":"x"`, "x", -32602, 200, 400},
		{"completion/complete", `"ref":{"type":"x"}`, "", -32602, 200, 400},
		{"tools/list", `"a":1,"a":2`, "", -32602, 200, 400},
	} {
		modern := map[string]string{"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": c.method}
		if c.name != "" {
			modern["Mcp-Name"] = c.name
		}
		for _, revision := range []struct {
			header map[string]string
			params string
			status int
		}{
			{map[string]string{"Mcp-Protocol-Version": "2025-11-25"}, c.params, c.before},
			{nil, c.params, c.before},
			{modern, strings.TrimSuffix(meta+","+c.params, ","), c.now},
		} {
			got := h.must(request{
				method: "POST", path: "/mcp", token: tokenA, header: revision.header,
				body: fmt.Sprintf(`{"jsonrpc":"2.0","id":7,"method":%q,"params":{%s}}`, c.method, revision.params),
			})
			want := fmt.Sprintf(`{"jsonrpc":"2.0","id":7,"error":{"code":%d,`, c.code)
			if got.status != revision.status || !strings.HasPrefix(got.body, want) {
				t.Errorf("%s %v: %d %s, want %d and %d", c.method, revision.header, got.status, got.body, revision.status, c.code)
			}
		}
	}
}

// A handshake names its version itself, whatever its header says that nobody knows.
func TestHandshakeWithUnknownHeader(t *testing.T) {
	h := open(t, Options{MCP: product(t, overBase(newDesk()), silent())})
	for _, version := range []string{"1999-01-01", "2027-01-01", "x"} {
		got := h.must(request{
			method: "POST", path: "/mcp", token: tokenA, header: map[string]string{"Mcp-Protocol-Version": version},
			body: `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"a","version":"1"}}}`,
		})
		if got.status != http.StatusOK || !strings.Contains(got.body, `"protocolVersion":"2025-06-18"`) {
			t.Errorf("%s: %d %s", version, got.status, got.body)
		}
	}
}
