package web

import (
	"bytes"
	"net/http"
)

// eventWriter sees the answers go by on an event stream. mcp-go writes each
// event with one Write, and this server sends no messages but answers: it keeps
// no stream alive with pings and has no lists that change.
type eventWriter struct {
	http.ResponseWriter
	answered func()
}

// Write passes an event on.
func (w *eventWriter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	if bytes.HasPrefix(p, []byte("event: message\n")) {
		w.answered()
	}
	return n, err
}

// Flush sends what is buffered; mcp-go streams only to an http.Flusher.
func (w *eventWriter) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

// Unwrap serves http.ResponseController.
func (w *eventWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
