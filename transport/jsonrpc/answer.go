package jsonrpc

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"

	"github.com/mark3labs/mcp-go/mcp"
)

// Encode is mcp-go's response to m as JSON: with the id as the client wrote it, an
// error with the code and in the words of [reworded], and the result of slot, which
// may be nil. What cannot be encoded becomes an incident: without any answer the
// client would wait for ever.
func Encode(log *slog.Logger, m Message, response mcp.JSONRPCMessage, slot *Slot) []byte {
	var a answer
	switch r := response.(type) {
	case mcp.JSONRPCResponse:
		a.Result = r.Result
	case *mcp.JSONRPCError:
		return Encode(log, m, *r, slot)
	case mcp.JSONRPCError:
		r.Error = reworded(m, r.Error)
		a.Error = &r.Error
	default:
		return Broken(log, m, "encode an answer", fmt.Errorf("an answer of type %T", response))
	}
	data, err := a.encode(m)
	if err != nil {
		return Broken(log, m, "encode an answer", err)
	}
	return slot.fill(data)
}

// Mend does to an encoded response to m what [Encode] does. It returns the code of an
// error too; 0 for a result.
func Mend(m Message, encoded []byte, slot *Slot) (mended []byte, code int) {
	if !bytes.Contains(encoded, []byte(`,"error":{"code":`)) && (m.ID == nil || survives(m.ID)) {
		return slot.fill(encoded), 0
	}
	var result json.RawMessage
	a := answer{Result: &result}
	if json.Unmarshal(encoded, &a) != nil {
		return encoded, 0 // an event of an answer that streams
	}
	if a.Error != nil {
		*a.Error = reworded(m, *a.Error)
		a.Result, code = nil, a.Error.Code
	}
	if out, err := a.encode(m); err == nil {
		encoded = out
	}
	return slot.fill(encoded), code
}

// Broken logs a recovered panic, and returns the response to m as JSON; nil for a
// notification.
func Broken(log *slog.Logger, m Message, where string, panicked any) []byte {
	text := Incident(log, where, panicked)
	if m.ID == nil {
		return nil
	}
	data, _ := answer{Error: &mcp.JSONRPCErrorDetails{Code: mcp.INTERNAL_ERROR, Message: text}}.encode(m)
	return data
}

// Incident logs a recovered panic, and returns what the client reads of it.
func Incident(log *slog.Logger, where string, panicked any) string {
	id := Record(log, "panic", panicked, "where", where)
	return "Internal error in posthog-mcp; whether the call took effect is unknown. Its log has the details under the id " + id + "."
}

// Record logs a recovered panic with its stack and attrs, and returns the id that the
// log has, 16 hexadecimal digits. Words other than the runtime's may hold a part of the
// call, so only their type is told; the stack says where.
func Record(log *slog.Logger, message string, panicked any, attrs ...any) (id string) {
	var random [8]byte
	_, _ = rand.Read(random[:]) // crypto/rand never fails
	id = fmt.Sprintf("%x", random)
	what := fmt.Sprintf("%T", panicked)
	if err, ok := panicked.(runtime.Error); ok {
		what = err.Error()
	}
	log.Error(message, append(attrs, "id", id, "panic", what, "stack", string(debug.Stack()))...)
	return id
}

// answer is a response with its id as it was written.
type answer struct {
	JSONRPC string                   `json:"jsonrpc"`
	ID      json.RawMessage          `json:"id"`
	Result  any                      `json:"result,omitempty"`
	Error   *mcp.JSONRPCErrorDetails `json:"error,omitempty"`
}

func (a answer) encode(m Message) ([]byte, error) {
	a.JSONRPC, a.ID = mcp.JSONRPC_VERSION, m.ID
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // it would rewrite the id, too
	err := encoder.Encode(a)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}

// survives tells whether an id comes back from mcp-go as it went in.
func survives(id json.RawMessage) bool {
	const exact = 15 // decimal digits that a float64 keeps
	if id[0] == '"' {
		return !bytes.ContainsAny(id, "\\<>&\u2028\u2029") // encoding/json escapes them in its own way
	}
	return len(id) <= exact && !bytes.ContainsAny(id, ".eE") && string(id) != "-0"
}
