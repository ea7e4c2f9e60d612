package web

import (
	"encoding/json"
	"net/http"
)

// answer writes a small JSON object for a person who looks at the wire.
func answer(w http.ResponseWriter, status int, code, message string) {
	writeJSON(w, status, map[string]string{"error": code, "message": message})
}

// answerDraining refuses a call that came too late.
func answerDraining(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "1")
	w.Header().Set("Connection", "close")
	answer(w, http.StatusServiceUnavailable, "draining", "This server is shutting down; call again, on another connection.")
}

// answerMethod refuses every method but one.
func answerMethod(w http.ResponseWriter, allowed, message string) {
	w.Header().Set("Allow", allowed)
	answer(w, http.StatusMethodNotAllowed, "method_not_allowed", message)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may be gone
}

func notFound(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusNotFound, "not_found", "Nothing here. MCP is on /mcp (Streamable HTTP) and /sse (legacy).")
}
