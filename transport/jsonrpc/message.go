// Package jsonrpc reads the envelope of a message and writes that of an answer,
// where mcp-go's own way loses something: an id beyond 2^53, which it reads as
// a floating-point number; the difference between a broken message and broken
// params; names of Go types in an error.
//
// Source: JSON-RPC 2.0, and the MCP specification, Base Protocol.
package jsonrpc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/tidwall/gjson"
)

// Message is the envelope of one message; the rest is mcp-go's. Its members
// are found as mcp-go finds them, so that both take a message for the same.
type Message struct {
	// Raw is the whole message, without a byte order mark.
	Raw     []byte `json:"-"`
	JSONRPC string
	// ID is as the client wrote it; nil for a notification.
	ID     json.RawMessage
	Method string
	Result json.RawMessage
	Error  json.RawMessage
}

// Parse reads one message. What is no message comes back as the error to answer
// with, and with the id if there is a usable one. An answer of the client's is
// never refused: an answer is not answered. A byte order mark in front is no
// part of the message.
func Parse(raw []byte) (Message, *mcp.JSONRPCError) {
	raw = WithoutMark(raw)
	m := Message{Raw: raw}
	// It is refused unread: to read 1 MiB of it takes 20 milliseconds.
	if bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n"), []byte("[")) {
		return m, Failure(nil, mcp.INVALID_REQUEST, "batches are not supported; send one message at a time")
	}
	err := json.Unmarshal(raw, &m)
	usable := m.ID == nil || isID(m.ID)
	if !usable {
		m.ID = nil
	}
	switch {
	case !utf8.Valid(raw):
		m.ID = nil // it could not be sent back
		return m, Failure(nil, mcp.PARSE_ERROR, "not valid UTF-8")
	case err != nil && strings.Contains(err.Error(), "exceeded max depth"):
		return m, Failure(nil, mcp.PARSE_ERROR, "nested more than 10,000 levels deep") // as deep as encoding/json reads
	case err != nil && !json.Valid(raw):
		return m, Failure(nil, mcp.PARSE_ERROR, "not valid JSON")
	case err == nil && m.IsResponse():
		return m, nil
	case err != nil || m.JSONRPC != mcp.JSONRPC_VERSION:
		return m, Failure(m.ID, mcp.INVALID_REQUEST, "not a JSON-RPC 2.0 message")
	case !usable:
		return m, Failure(nil, mcp.INVALID_REQUEST, "an id is a string or a whole number")
	case m.Method == "":
		return m, Failure(m.ID, mcp.INVALID_REQUEST, "a message without a method")
	case given(m.Result), given(m.Error):
		return m, Failure(m.ID, mcp.INVALID_REQUEST, "a message with a method and a result or an error")
	case m.ID == nil:
		return m, nil
	}
	message := gjson.ParseBytes(raw)
	if name := twice(message, fold); name != "" {
		m.ID = nil // it may be the one; and whoever checked the message on its way may have read the other
		return m, Failure(nil, mcp.INVALID_REQUEST, fmt.Sprintf("a message with the member %q twice", cut(name)))
	}
	return m, refuse(m, message)
}

// given tells whether a member says anything: some serializers write null for none.
func given(value json.RawMessage) bool { return value != nil && string(value) != "null" }

// WithoutMark is text without the byte order mark that some programs put before
// UTF-8 (RFC 8259, section 8.1 lets a parser ignore it).
func WithoutMark(text []byte) []byte {
	return bytes.TrimPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("\ufeff"))
}

// isID tells whether a JSON value may be an id: MCP has strings and whole numbers.
// Source: RequestId in MCP's schema.
func isID(value json.RawMessage) bool {
	if value[0] == '"' {
		return true
	}
	number, err := strconv.ParseFloat(string(value), 64)
	whole := !bytes.ContainsAny(value, ".eE") || number == math.Trunc(number) && math.Abs(number) < 1<<53
	return err == nil && whole
}

// IsResponse tells whether it answers a question of the server's.
func (m *Message) IsResponse() bool {
	return m.Method == "" && (m.Result != nil || m.Error != nil)
}

// IsCancellation tells whether the sender takes a request back.
func (m *Message) IsCancellation() bool {
	return m.ID == nil && m.Method == string(mcp.MethodNotificationCancelled)
}
