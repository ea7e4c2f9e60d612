package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"sync/atomic"

	"github.com/mark3labs/mcp-go/mcp"
)

// faithful returns an answer of mcp-go's to m, mended in two ways. It has the
// id as the client wrote it: mcp-go reads numbers as floating-point ones, which
// change beyond 2^53, and the client would wait for its answer for ever. And
// params that mcp-go could not read are not explained with names of Go types.
func faithful(m message, encoded []byte) []byte {
	unreadable := bytes.Contains(encoded, []byte(`"message":"unparsable `))
	if m.ID == nil || !unreadable && survives(m.ID) {
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
	if unreadable && response.Error != nil {
		mended = failure(m.ID, mcp.INVALID_PARAMS, "the params of "+m.Method+" are not as MCP defines them")
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
	return len(id) == 0 || id[0] == '"' || len(id) <= exact && bytes.IndexAny(id, ".eE") < 0
}

// faithfulWriter is faithful for the answers on /mcp, each of which mcp-go
// writes with one Write.
type faithfulWriter struct {
	http.ResponseWriter
	message message
	// answered may be set by another goroutine of mcp-go's than the handler's.
	answered atomic.Bool
}

// WriteHeader sends the status.
func (w *faithfulWriter) WriteHeader(status int) {
	w.answered.Store(true)
	w.ResponseWriter.WriteHeader(status)
}

// Write sends an answer.
func (w *faithfulWriter) Write(p []byte) (int, error) {
	if _, err := w.ResponseWriter.Write(faithful(w.message, p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Flush sends what is buffered; mcp-go streams only to an [http.Flusher].
func (w *faithfulWriter) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

// Unwrap serves [http.ResponseController].
func (w *faithfulWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
