package stdio

import (
	"fmt"
	"regexp"
	"testing"
)

// goWords are in texts of Go's libraries, and in no answer.
var goWords = regexp.MustCompile(`json: |unmarshal|Go (struct|value)|strconv|invalid character|map\[|%!|interface \{\}|runtime error|nil pointer|unparsable|base64|\[\]\w+\.`)

// However wrong a message is, the answer speaks of the message, not of the
// program.
func TestNoAnswerSpeaksGo(t *testing.T) {
	methods := []string{
		"initialize", "ping", "server/discover", "tools/list", "tools/call", "prompts/list", "prompts/get", "resources/list",
		"resources/templates/list", "resources/read", "resources/subscribe", "completion/complete", "logging/setLevel",
		"subscriptions/listen", "tasks/list", "none",
	}
	wrong := []string{`null`, `7`, `"x"`, `[{}]`, `{"a":1}`}
	members := []string{
		"name", "arguments", "uri", "cursor", "level", "ref", "argument", "protocolVersion", "capabilities", "clientInfo", "_meta",
		"inputResponses", "requestState", "notifications",
	}
	const meta = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":%s,"io.modelcontextprotocol/clientInfo":%s}`
	for _, method := range methods {
		var lines []string
		say := func(params string) {
			lines = append(lines, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`, len(lines), method, params))
		}
		for _, w := range wrong {
			say(w)
			say(`{` + fmt.Sprintf(meta, w, `{}`) + `}`)
			say(`{` + fmt.Sprintf(meta, `{}`, w) + `}`)
			say(`{"_meta":{"io.modelcontextprotocol/protocolVersion":` + w + `}}`)
			for _, member := range members {
				say(fmt.Sprintf(`{%q:%s}`, member, w))
				say(fmt.Sprintf(`{"name":"users-retrieve","uri":"posthog://x",%q:%s,%s}`, member, w, fmt.Sprintf(meta, `{}`, `{"name":"x","version":"1"}`)))
			}
			lines = append(lines,
				fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":%q}`, w, method),
				fmt.Sprintf(`{"jsonrpc":%s,"id":1,"method":%q}`, w, method),
				fmt.Sprintf(`{"jsonrpc":"2.0","id":1.5,"method":%s}`, w),
				fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":%s}}`, w),
			)
		}
		for _, answer := range serveText(t, lines...) {
			if word := goWords.FindString(answer); word != "" {
				t.Errorf("%s: %q in %s", method, word, answer)
			}
		}
	}
}
