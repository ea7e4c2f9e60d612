package web

import (
	"net/http"

	"posthog-mcp/transport/guard"
)

// The refusals of the routes.
var (
	notFound      = guard.Refuse(http.StatusNotFound, "not_found", "Nothing here. MCP is on /mcp (Streamable HTTP) and /sse (legacy).")
	streamClosed  = guard.Refuse(http.StatusNotFound, "session_closed", "No event stream is open under this sessionId. Open one with GET /sse.")
	foreignStream = guard.Refuse(http.StatusForbidden, "foreign_session", "This session belongs to another caller: its stream was opened with another token.")
	noLogin       = guard.Refuse(http.StatusNotFound, "not_found", "No login is described here. "+
		"Where callers bring their own PostHog keys, a server that is started with --public-url tells OAuth clients of PostHog's.")

	shuttingDown   = unavailable("draining", "1", "This server is shutting down; call again, on another connection.")
	tooManyStreams = unavailable("too_many_streams", "30", "Too many event streams are open. Use Streamable HTTP on /mcp, which needs none.")
	tooManyCalls   = unavailable("too_many_calls", "10", "Too many calls of event streams are in flight. "+
		"Nothing was sent to PostHog: call again later, or over Streamable HTTP on /mcp.")
	cutOff = guard.Refuse(http.StatusServiceUnavailable, "cut_off", "This server shut down before the call was answered. "+
		"Whether it took effect is unknown: check before you repeat it.")
)

// unavailable refuses a request that can be sent again after some seconds.
func unavailable(code, seconds, message string) *guard.Refusal {
	f := guard.Refuse(http.StatusServiceUnavailable, code, message)
	f.Header = map[string]string{"Retry-After": seconds}
	return f
}

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
