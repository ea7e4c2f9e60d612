package web

import (
	"encoding/json"
	"net/http"
)

// answer writes a small JSON object for a person who reads the traffic.
func answer(w http.ResponseWriter, status int, code, message string) {
	writeJSON(w, status, map[string]string{"error": code, "message": message})
}

// answerDraining refuses a call during the shutdown.
func answerDraining(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "1")
	w.Header().Set("Connection", "close")
	answer(w, http.StatusServiceUnavailable, "draining", "This server is shutting down; call again, on another connection.")
}

// answerMethod refuses a method other than the allowed one.
func answerMethod(w http.ResponseWriter, allowed, message string) {
	w.Header().Set("Allow", allowed)
	answer(w, http.StatusMethodNotAllowed, "method_not_allowed", message)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may be gone
}

// live answers a probe: the process runs. Everyone may ask, so it says one word.
func live(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// ready answers a probe: whether the server takes calls.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	if !s.draining.Load() {
		live(w, r)
		return
	}
	w.Header().Set("Retry-After", "5")
	writeJSON(w, http.StatusServiceUnavailable, map[string]string{"status": "draining"})
}

func notFound(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusNotFound, "not_found", "Nothing here. MCP is on /mcp (Streamable HTTP) and /sse (legacy).")
}
