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
		return answer{r.JSONRPC, m.ID, r.Result, nil}.encode()
	case *mcp.JSONRPCError:
		return Encode(m, *r)
	case mcp.JSONRPCError:
		details := reworded(m, r.Error)
		return answer{r.JSONRPC, m.ID, nil, &details}.encode()
	}
	return nil, fmt.Errorf("an answer of type %T", response)
}

// Mend does to an encoded response to m what [Encode] does, and nothing to a result
// whose id was not lost. It returns the code of an error too; 0 for a result.
func Mend(m Message, encoded []byte) (mended []byte, code int) {
	if !bytes.Contains(encoded, []byte(`,"error":{"code":`)) && (m.ID == nil || survives(m.ID)) {
		return encoded, 0
	}
	var result json.RawMessage
	response := answer{Result: &result}
	if json.Unmarshal(encoded, &response) != nil {
		return encoded, 0 // an event of an answer that streams
	}
	response.ID = m.ID
	if response.Error != nil {
		*response.Error = reworded(m, *response.Error)
		response.Result, code = nil, response.Error.Code
	}
	out, err := response.encode()
	if err != nil {
		return encoded, code
	}
	return out, code
}

// answer is a response with its id as it was written.
type answer struct {
	JSONRPC string                   `json:"jsonrpc"`
	ID      json.RawMessage          `json:"id"`
	Result  any                      `json:"result,omitempty"`
	Error   *mcp.JSONRPCErrorDetails `json:"error,omitempty"`
}

func (a answer) encode() ([]byte, error) {
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
