package web

import (
	"encoding/json"
	"net/http"
)

const healthPath = "/healthz"

// answer writes a small JSON object for a person who looks at the wire.
func answer(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": code, "message": message})
}

func health(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte("{\"status\":\"ok\"}\n"))
}

func notFound(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusNotFound, "not_found", "Nothing here. MCP is on /mcp (Streamable HTTP) and /sse (legacy).")
}
