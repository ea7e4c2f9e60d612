package web

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/transport"
	"posthog-mcp/transport/posthog"
)

// streamable answers Streamable HTTP without sessions: every request stands
// for itself, so that any replica can answer it.
func streamable(mcpServer *server.MCPServer, log *slog.Logger) http.Handler {
	inner := server.NewStreamableHTTPServer(mcpServer,
		server.WithStateLess(true),
		// A GET stream would show one caller the notifications of another.
		server.WithDisableStreaming(true),
		// The guard checks the Host, for more than loopback.
		server.WithDisableLocalhostProtection(true),
		server.WithStreamableHTTPLogger(log),
	)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			answer(w, http.StatusMethodNotAllowed, "method_not_allowed", "Send JSON-RPC messages with POST; this server keeps no sessions and opens no streams.")
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			answer(w, http.StatusBadRequest, "bad_request", "The body could not be read.")
			return
		}
		switch {
		case isBatch(body):
			refuse(w, "batches are not supported; send one message per request")
			return
		case isCancellation(body):
			// Without sessions mcp-go knows requests by their id alone, and one
			// caller could cancel another's. Clients cancel by closing the
			// connection, which works.
			w.WriteHeader(http.StatusAccepted)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		serveWithOutcome(inner, w, r)
	})
}

func isBatch(body []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) }

func isCancellation(body []byte) bool {
	if !bytes.Contains(body, []byte("cancelled")) {
		return false
	}
	var message struct{ Method string }
	return json.Unmarshal(body, &message) == nil && message.Method == string(mcp.MethodNotificationCancelled)
}

func refuse(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(mcp.NewJSONRPCError(mcp.NewRequestId(nil), mcp.INVALID_REQUEST, text, nil))
}

// serveWithOutcome makes a 401 of PostHog's to an OAuth token a 401 of ours, so
// that the client has its user log in again. For a personal key the words in
// the result are the better help.
func serveWithOutcome(next http.Handler, w http.ResponseWriter, r *http.Request) {
	if key, ok := posthog.KeyFrom(r.Context()); !ok || !key.OAuth() {
		next.ServeHTTP(w, r)
		return
	}
	outcome := &transport.Outcome{}
	next.ServeHTTP(&expiring{ResponseWriter: w, outcome: outcome}, r.WithContext(transport.WithOutcome(r.Context(), outcome)))
}

// expiring turns the status of an answer into 401 when the token is no longer
// good. mcp-go writes the status after the call.
type expiring struct {
	http.ResponseWriter
	outcome *transport.Outcome
}

// WriteHeader sends the status, or 401.
func (w *expiring) WriteHeader(status int) {
	if w.outcome.Unauthorized() && status == http.StatusOK {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token", error_description="PostHog does not accept the token; it may have expired"`)
		status = http.StatusUnauthorized
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write sends the header if need be, and then p.
func (w *expiring) Write(p []byte) (int, error) {
	return w.ResponseWriter.Write(p)
}

// Flush sends what is buffered; mcp-go streams only to an http.Flusher.
func (w *expiring) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

// Unwrap serves http.ResponseController.
func (w *expiring) Unwrap() http.ResponseWriter { return w.ResponseWriter }
