package stdio

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/mark3labs/mcp-go/mcp"
)

// message is what this package looks at in a line; the rest is mcp-go's.
type message struct {
	JSONRPC string
	// ID is as the client wrote it; nil for a notification.
	ID     json.RawMessage
	Method string
	Result json.RawMessage
	Error  json.RawMessage
}

// quick tells whether the message is answered at once, however many calls are
// being made. The handshake is, so that what follows it finds it done.
func (m *message) quick() bool {
	return m.ID == nil || m.Method == string(mcp.MethodInitialize) || m.Method == string(mcp.MethodPing)
}

// response tells whether it answers a question; the server asks none.
func (m *message) response() bool {
	return m.Method == "" && (m.Result != nil || m.Error != nil)
}

// parse reads one line. What is no message comes back as the error to answer
// with, and the id if there is a usable one.
func parse(line []byte) (message, *mcp.JSONRPCError) {
	var m message
	err := json.Unmarshal(line, &m)
	usable := m.ID == nil || isID(m.ID)
	if !usable {
		m.ID = nil
	}
	var problem mcp.JSONRPCError
	switch {
	case !utf8.Valid(line):
		m.ID = nil // it could not be sent back
		problem = failure(mcp.PARSE_ERROR, "not valid UTF-8")
	case err != nil && !json.Valid(line):
		problem = failure(mcp.PARSE_ERROR, "not valid JSON")
	case line[0] == '[':
		problem = failure(mcp.INVALID_REQUEST, "batches are not supported; send one message per line")
	case err == nil && m.response():
		return m, nil // whatever is wrong with it: an answer is not answered
	case err != nil || m.JSONRPC != mcp.JSONRPC_VERSION:
		problem = failure(mcp.INVALID_REQUEST, "not a JSON-RPC 2.0 message")
	case !usable:
		problem = failure(mcp.INVALID_REQUEST, "an id is a string or a number")
	case m.Method == "":
		problem = failure(mcp.INVALID_REQUEST, "a message without a method")
	case m.Result != nil:
		problem = failure(mcp.INVALID_REQUEST, "a message with a method and a result")
	default:
		return m, nil
	}
	return m, &problem
}

// isID tells whether a JSON value may be an id: JSON-RPC has strings and
// numbers, and MCP forbids null.
func isID(value json.RawMessage) bool {
	return bytes.IndexByte([]byte(`"-0123456789`), value[0]) >= 0
}

func failure(code int, text string) mcp.JSONRPCError {
	return mcp.NewJSONRPCError(mcp.NewRequestId(nil), code, text, nil)
}
