package web

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// goWords are in texts of Go's libraries, and in no answer.
var goWords = regexp.MustCompile(`json: |unmarshal|Go (struct|value)|strconv|invalid character|map\[|%!|interface \{\}|runtime error|nil pointer|unparsable|base64|\[\]\w+\.`)

// However wrong a message, its headers or its query are, the answer speaks of
// them, not of the program.
func TestNoAnswerSpeaksGo(t *testing.T) {
	h := open(t, Options{MCP: product(t, overBase(newDesk()), silent())})
	const meta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":%s,"io.modelcontextprotocol/clientInfo":%s}`
	modern := map[string]string{"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "users-retrieve"}
	for _, w := range []string{`null`, `7`, `1.5`, `"x"`, `[{}]`, `{"a":1}`, `{`, "\x00"} {
		for _, header := range []map[string]string{nil, modern, {"Mcp-Protocol-Version": w}, {"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": w, "Mcp-Name": w}, {"Last-Event-ID": w, "Mcp-Session-Id": w}} {
			if strings.Contains(fmt.Sprint(header), "\x00") {
				continue // it would not leave the client
			}
			for _, body := range []string{
				w, `{"jsonrpc":` + w + `}`, `{"jsonrpc":"2.0","id":` + w + `,"method":"ping"}`, `{"jsonrpc":"2.0","id":1,"method":` + w + `}`,
				`{"jsonrpc":"2.0","id":1,"result":` + w + `}`, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":` + w + `}`,
				`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":` + w + `}}`,
				`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":` + w + `}}`,
				`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"users-retrieve","arguments":` + w + `,` + fmt.Sprintf(meta, `{}`, `{}`) + `}}`,
				`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"users-retrieve",` + fmt.Sprintf(meta, w, w) + `}}`,
			} {
				got := h.must(request{method: "POST", path: "/mcp", token: tokenA, header: header, body: body})
				if word := goWords.FindString(got.body); word != "" {
					t.Errorf("%q %v: %q in %s", body, header, word, got.body)
				}
			}
		}
	}
}
