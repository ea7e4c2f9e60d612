package jsonrpc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
)

// unreadable is how mcp-go begins its account of params that it could not read,
// and of a cursor that it did not give out.
var unreadable = []string{"unparsable ", "illegal base64 "}

// Encode is mcp-go's response to m as JSON: with the id as the client wrote it,
// and with params that could not be read explained without Go types.
func Encode(m Message, response mcp.JSONRPCMessage) ([]byte, error) {
	switch r := response.(type) {
	case mcp.JSONRPCResponse:
		r.ID = mcp.NewRequestId(m.ID)
		return json.Marshal(r)
	case *mcp.JSONRPCError:
		return Encode(m, *r)
	case mcp.JSONRPCError:
		if slices.ContainsFunc(unreadable, func(begin string) bool { return strings.HasPrefix(r.Error.Message, begin) }) {
			r = *badParams(m)
		}
		r.ID = mcp.NewRequestId(m.ID)
		return json.Marshal(r)
	}
	return nil, fmt.Errorf("an answer of type %T", response)
}

// badParams has the code for them: mcp-go's is that of a broken message.
func badParams(m Message) *mcp.JSONRPCError {
	return Failure(m.ID, mcp.INVALID_PARAMS, "the params of "+m.Method+" are not as MCP defines them")
}

// Mend does to an encoded response to m what [Encode] does, and nothing where
// nothing was lost, which is nearly always.
func Mend(m Message, encoded []byte) []byte {
	bad := slices.ContainsFunc(unreadable, func(begin string) bool { return bytes.Contains(encoded, []byte(`"message":"`+begin)) })
	if m.ID == nil || !bad && survives(m.ID) {
		return encoded
	}
	var response struct {
		JSONRPC string           `json:"jsonrpc"`
		ID      json.RawMessage  `json:"id"`
		Result  json.RawMessage  `json:"result,omitempty"`
		Error   *json.RawMessage `json:"error,omitempty"`
	}
	if json.Unmarshal(encoded, &response) != nil {
		return encoded // an event of an answer that streams
	}
	response.ID = m.ID
	var mended any = response
	if bad && response.Error != nil {
		mended = badParams(m)
	}
	out, err := json.Marshal(mended)
	if err != nil {
		return encoded
	}
	return out
}

// survives tells whether an id comes back from mcp-go as it went in.
func survives(id json.RawMessage) bool {
	const exact = 15 // decimal digits that a float64 keeps
	return id[0] == '"' || len(id) <= exact && !bytes.ContainsAny(id, ".eE")
}
