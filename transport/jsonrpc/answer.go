package jsonrpc

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"
)

// Encode is mcp-go's response to m as JSON: with the id as the client wrote it, and
// an error with the code and in the words of [reworded].
func Encode(m Message, response mcp.JSONRPCMessage) ([]byte, error) {
	switch r := response.(type) {
	case mcp.JSONRPCResponse:
		r.ID = mcp.NewRequestId(m.ID)
		return json.Marshal(r)
	case *mcp.JSONRPCError:
		return Encode(m, *r)
	case mcp.JSONRPCError:
		r.Error, r.ID = reworded(m, r.Error), mcp.NewRequestId(m.ID)
		return json.Marshal(r)
	}
	return nil, fmt.Errorf("an answer of type %T", response)
}

// Mend does to an encoded response to m what [Encode] does, and nothing to a result
// whose id was not lost. It returns the code of an error too; 0 for a result.
func Mend(m Message, encoded []byte) (mended []byte, code int) {
	if !bytes.Contains(encoded, []byte(`,"error":{"code":`)) && (m.ID == nil || survives(m.ID)) {
		return encoded, 0
	}
	var response struct {
		JSONRPC string                   `json:"jsonrpc"`
		ID      json.RawMessage          `json:"id"`
		Result  json.RawMessage          `json:"result,omitempty"`
		Error   *mcp.JSONRPCErrorDetails `json:"error,omitempty"`
	}
	if json.Unmarshal(encoded, &response) != nil {
		return encoded, 0 // an event of an answer that streams
	}
	response.ID = m.ID
	if response.Error != nil {
		*response.Error = reworded(m, *response.Error)
		code = response.Error.Code
	}
	out, err := json.Marshal(response)
	if err != nil {
		return encoded, code
	}
	return out, code
}

// survives tells whether an id comes back from mcp-go as it went in.
func survives(id json.RawMessage) bool {
	const exact = 15 // decimal digits that a float64 keeps
	return id[0] == '"' || len(id) <= exact && !bytes.ContainsAny(id, ".eE")
}
