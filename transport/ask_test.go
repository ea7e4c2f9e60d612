package transport_test

import (
	"encoding/json"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/transport/session/sessiontest"
)

// In 2026-07-28 the call says whether the person can be asked, and without a
// session nobody can be before.
func TestCanAsk(t *testing.T) {
	const modern = `,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":`
	for _, c := range []struct{ meta, want string }{
		{modern + `{"elicitation":{}}}`, "true"},
		{modern + `{"elicitation":{"form":{}}}}`, "true"},
		{modern + `{"elicitation":{"form":{},"url":{}}}}`, "true"},
		{modern + `{"elicitation":{"url":{}}}}`, "false"},
		{modern + `{"elicitation":null}}`, "false"},
		{modern + `{"sampling":{}}}`, "false"},
		{modern + `{}}`, "false"},
		{``, "false"},
		{`,"_meta":{"io.modelcontextprotocol/protocolVersion":"2025-11-25","io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}}`, "false"},
	} {
		var result struct{ Content []mcp.TextContent }
		raw := ask(t, sessiontest.Server(), "tools/call", `{"name":"can-ask"`+c.meta+`}`)
		if err := json.Unmarshal(raw, &result); err != nil || len(result.Content) != 1 {
			t.Fatalf("%s: %v", raw, err)
		}
		if got := result.Content[0].Text; got != c.want {
			t.Errorf("%s: %s, want %s", c.meta, got, c.want)
		}
	}
}
