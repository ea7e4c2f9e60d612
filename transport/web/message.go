package web

import (
	"io"
	"net/http"
	"strconv"
	"sync/atomic"

	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/transport/jsonrpc"
	"posthog-mcp/transport/payload"
)

// readMessage takes one message from a POST. What is no message comes back as
// the error to answer with.
func readMessage(r *http.Request) (jsonrpc.Message, *mcp.JSONRPCError) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return jsonrpc.Message{}, jsonrpc.Failure(nil, mcp.PARSE_ERROR, "the body could not be read")
	}
	return jsonrpc.Parse(raw)
}

// replyWriter completes the answers on /mcp, each of which mcp-go writes with
// one Write: it puts the tool's result in, and mends what mcp-go lost.
type replyWriter struct {
	http.ResponseWriter
	message jsonrpc.Message
	result  *payload.Slot
	// answered may be set by another goroutine of mcp-go's than the handler's.
	answered atomic.Bool
	// status is that of a JSON answer, which is held back until its length is
	// known; 0 for none. A client then reads the answer at once, and not chunk
	// after chunk.
	status int
}

// WriteHeader sends the status, or has it wait for the answer.
func (w *replyWriter) WriteHeader(status int) {
	w.answered.Store(true)
	if w.Header().Get("Content-Type") == "application/json" {
		w.status = status
		return
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write sends an answer.
func (w *replyWriter) Write(p []byte) (int, error) {
	if err := w.result.WriteTo((*completed)(w), jsonrpc.Mend(w.message, p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// completed sends what a replyWriter has completed.
type completed replyWriter

// Write sends an answer whole.
func (w *completed) Write(p []byte) (int, error) {
	if w.status != 0 {
		w.Header().Set("Content-Length", strconv.Itoa(len(p)))
		w.WriteHeader(w.status) // the embedded one's, not replyWriter's
		w.status = 0
	}
	return w.ResponseWriter.Write(p)
}

// end sends a status that no answer came for.
func (w *replyWriter) end() {
	if w.status != 0 {
		w.ResponseWriter.WriteHeader(w.status)
	}
}

// Flush sends what is buffered; mcp-go streams only to an [http.Flusher].
func (w *replyWriter) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

// Unwrap serves [http.ResponseController].
func (w *replyWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
