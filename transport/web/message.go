package web

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"unicode/utf8"

	"github.com/mark3labs/mcp-go/mcp"
)

// message is what this package looks at in a JSON-RPC message; the rest is
// mcp-go's. Members are found as mcp-go finds them, so that both take a message
// for the same.
type message struct {
	raw     []byte
	JSONRPC string
	// ID is as the client wrote it; nil when it waits for no answer.
	ID     json.RawMessage
	Method string
	Result json.RawMessage
	Error  json.RawMessage
}

// readMessage takes one message from a POST. What is no message comes back as
// the error to answer with, and the id if there is a usable one.
func readMessage(r *http.Request) (message, *mcp.JSONRPCError) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return message{}, failure(nil, mcp.PARSE_ERROR, "the body could not be read")
	}
	m := message{raw: raw}
	err = json.Unmarshal(raw, &m)
	usable := m.ID == nil || isID(m.ID)
	if !usable {
		m.ID = nil
	}
	switch {
	case !utf8.Valid(raw):
		m.ID = nil // it could not be sent back
		return m, failure(nil, mcp.PARSE_ERROR, "not valid UTF-8")
	case err != nil && !json.Valid(raw):
		return m, failure(nil, mcp.PARSE_ERROR, "not valid JSON")
	case bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")):
		return m, failure(nil, mcp.INVALID_REQUEST, "batches are not supported; send one message per request")
	case err != nil || m.JSONRPC != mcp.JSONRPC_VERSION:
		return m, failure(m.ID, mcp.INVALID_REQUEST, "not a JSON-RPC 2.0 message")
	case !usable:
		return m, failure(nil, mcp.INVALID_REQUEST, "an id is a string or a number")
	case m.Method == "" && !m.isResponse():
		return m, failure(m.ID, mcp.INVALID_REQUEST, "a message without a method")
	case m.Method != "" && m.Result != nil:
		return m, failure(m.ID, mcp.INVALID_REQUEST, "a message with a method and a result")
	}
	return m, nil
}

// isID tells whether a JSON value may be an id: JSON-RPC has strings and
// numbers, and MCP forbids null.
func isID(value json.RawMessage) bool {
	return bytes.IndexByte([]byte(`"-0123456789`), value[0]) >= 0
}

// isResponse tells whether it answers a question; the server asks none.
func (m message) isResponse() bool {
	return m.Method == "" && (m.Result != nil || m.Error != nil)
}

// isCancellation tells whether the sender takes a request back.
func (m message) isCancellation() bool {
	return m.ID == nil && m.Method == string(mcp.MethodNotificationCancelled)
}

// failure is an error response; without an id, JSON-RPC wants null.
func failure(id json.RawMessage, code int, text string) *mcp.JSONRPCError {
	known := mcp.NewRequestId(nil)
	if id != nil {
		known = mcp.NewRequestId(id)
	}
	response := mcp.NewJSONRPCError(known, code, text, nil)
	return &response
}
