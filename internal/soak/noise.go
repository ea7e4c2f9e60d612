package main

import (
	"bytes"
	crand "crypto/rand"
	"encoding/json"
	"math/rand/v2"
	"strings"
)

// messages are real ones, to be cut and changed. Their ids are nobody's. What
// they ask of the sandbox is not counted there, else retries would take up time.
var messages = []string{
	`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"elicitation":{}},"clientInfo":{"name":"soak","version":"1"}}}`,
	`{"jsonrpc":"2.0","method":"notifications/initialized"}`,
	`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"users-hedgehog-config-retrieve","arguments":{"uuid":"@me"}}}`,
	`{"jsonrpc":"2.0","id":"3","method":"tools/call","params":{"name":"subscriptions-create","arguments":{"title":7,"target_type":"pigeon","start_date":"soon"}}}`,
	`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2,"reason":"soak"}}`,
	`{"jsonrpc":"2.0","id":4,"method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`,
	`{"jsonrpc":"2.0","id":5,"method":"prompts/get","params":{"name":"create-subscription","arguments":{}}}`,
	`{"jsonrpc":"2.0","id":6,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"none"},"argument":{"name":"x","value":"y"}}}`,
	`{"jsonrpc":"2.0","id":"none","result":{"action":"accept","content":{}}}`,
	`{"jsonrpc":"2.0","id":7,"method":"tools/list"}`,
}

// noises are what no client should write.
var noises = [...]func() []byte{randomBytes, randomJSON, cutMessage, changedMessage}

// rarely is one in how many pieces of noise is a huge one, of megabytes.
const rarely = 300

// makeNoise returns some noise and how many lines it is.
func makeNoise() (text []byte, lines int) {
	kind := noises[rand.IntN(len(noises))]
	if rand.IntN(rarely) == 0 {
		kind = huge
	}
	text = append(kind(), '\n')
	return text, bytes.Count(text, []byte("\n"))
}

func randomBytes() []byte {
	text := make([]byte, rand.IntN(4<<10))
	_, _ = crand.Read(text) // it never fails
	return text
}

func randomJSON() []byte {
	text, _ := json.Marshal(randomValue(6)) // of values that JSON has
	return text
}

// randomValue is at most so deep. Members often have names of JSON-RPC's.
func randomValue(deep int) any {
	names := []string{"jsonrpc", "id", "method", "params", "result", "error", "name", "arguments", "_meta", "\x00", ""}
	switch kind := rand.IntN(8); {
	case kind < 3 && deep > 0:
		object := map[string]any{}
		for range rand.IntN(6) {
			object[names[rand.IntN(len(names))]] = randomValue(deep - 1)
		}
		return object
	case kind == 3 && deep > 0:
		list := make([]any, rand.IntN(6))
		for i := range list {
			list[i] = randomValue(deep - 1)
		}
		return list
	case kind == 4:
		return []any{"2.0", "ping", "tools/call", "tools/list", "\u2028", strings.Repeat("ä", 100)}[rand.IntN(6)]
	case kind == 5:
		return rand.NormFloat64() * 1e300
	case kind == 6:
		return rand.Int64()
	}
	return nil
}

func message() []byte { return []byte(messages[rand.IntN(len(messages))]) }

// cutMessage lacks its beginning or its end.
func cutMessage() []byte {
	text := message()
	at := rand.IntN(len(text))
	if rand.IntN(2) == 0 {
		return text[at:]
	}
	return text[:at]
}

// changedMessage has some bytes replaced, left out or put in.
func changedMessage() []byte {
	text := message()
	for range 1 + rand.IntN(5) {
		at := rand.IntN(len(text))
		switch rand.IntN(4) {
		case 0:
			text[at] = byte(rand.IntN(256))
		case 1:
			text = append(text[:at], text[min(at+rand.IntN(8), len(text)-1):]...)
		case 2:
			text = append(text[:at:at], append([]byte(`"[{0}]"`), text[at:]...)...)
		case 3:
			text[at] = `"{}[],:\0`[rand.IntN(9)]
		}
	}
	return text
}

// huge is larger or deeper than any message should be.
func huge() []byte {
	const large = 3 << 20
	switch rand.IntN(4) {
	case 0: // longer than a line may be
		return bytes.Repeat([]byte("x"), 2*large)
	case 1:
		return bytes.Repeat([]byte("["), large)
	case 2:
		return []byte(`{"jsonrpc":"2.0","id":8,"method":"tools/call","params":` + strings.Repeat(`{"a":`, large/8) + "1" + strings.Repeat("}", large/8) + "}")
	}
	return []byte(`{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"subscriptions-retrieve","arguments":{"x":"` + strings.Repeat("x", large) + `"}}}`)
}
