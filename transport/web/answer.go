package web

import (
	"net/http"

	"posthog-mcp/transport/guard"
)

// The refusals of more than one route, or of more than one line.
var (
	notFound = &guard.Refusal{
		Status: http.StatusNotFound, Code: "not_found",
		Message: "Nothing here. MCP is on /mcp (Streamable HTTP) and /sse (legacy).",
	}
	shuttingDown = &guard.Refusal{
		Status: http.StatusServiceUnavailable, Code: "draining", Header: map[string]string{"Retry-After": "1", "Connection": "close"},
		Message: "This server is shutting down; call again, on another connection.",
	}
	cutOff = &guard.Refusal{
		Status: http.StatusServiceUnavailable, Code: "cut_off",
		Message: "This server shut down before the call was answered. Whether it took effect is unknown: check before you repeat it.",
	}
	tooManyStreams = &guard.Refusal{
		Status: http.StatusServiceUnavailable, Code: "too_many_streams", Header: map[string]string{"Retry-After": "30"},
		Message: "Too many event streams are open. Use Streamable HTTP on /mcp, which needs none.",
	}
	tooManyCalls = &guard.Refusal{
		Status: http.StatusServiceUnavailable, Code: "too_many_calls", Header: map[string]string{"Retry-After": "10"},
		Message: "Too many calls of event streams are in flight. Nothing was sent to PostHog: call again later, or over Streamable HTTP on /mcp.",
	}
	streamClosed = &guard.Refusal{
		Status: http.StatusNotFound, Code: "session_closed",
		Message: "No event stream is open under this sessionId. Open one with GET /sse.",
	}
	foreignStream = &guard.Refusal{
		Status: http.StatusForbidden, Code: "foreign_session",
		Message: "This session belongs to another caller: its stream was opened with another token.",
	}
)

// live answers a probe: the process runs. Everyone may ask, so it says one word.
func live(w http.ResponseWriter, _ *http.Request) *guard.Refusal {
	guard.WriteJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	return nil
}

// ready answers a probe: whether the server takes calls.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) *guard.Refusal {
	if !s.draining.Load() {
		return live(w, r)
	}
	w.Header().Set("Retry-After", "5")
	guard.WriteJSON(w, http.StatusServiceUnavailable, map[string]string{"status": "draining"})
	return nil
}
