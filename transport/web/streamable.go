package web

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/transport/jsonrpc"
	"posthog-mcp/transport/payload"
	"posthog-mcp/transport/telemetry"
)

// streamable answers Streamable HTTP without sessions: every request stands
// for itself, so that any replica can answer it. described is what OAuth clients
// are told.
func streamable(mcpServer *server.MCPServer, described resource, log *slog.Logger) http.Handler {
	inner := server.NewStreamableHTTPServer(mcpServer,
		server.WithStateLess(true),
		// A GET stream would show one caller the notifications of another.
		server.WithDisableStreaming(true),
		// The guard checks the Host, for more than loopback.
		server.WithDisableLocalhostProtection(true),
		server.WithHTTPContextFunc(func(ctx context.Context, _ *http.Request) context.Context {
			return withoutQuestions(ctx, mcpServer)
		}),
		server.WithStreamableHTTPLogger(log),
	)
	marks := payload.NewMarks()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			answerMethod(w, http.MethodPost, "Send JSON-RPC messages with POST; this server keeps no sessions and opens no streams.")
			return
		}
		m, problem := readMessage(r)
		if problem != nil {
			writeJSON(w, http.StatusBadRequest, problem)
			return
		}
		switch {
		case m.IsCancellation():
			// Without sessions mcp-go knows requests by their id alone, and one
			// caller could cancel another's. Clients cancel by closing the
			// connection, which works.
			w.WriteHeader(http.StatusAccepted)
			return
		case m.ID != nil && m.Method == string(mcp.MethodSubscriptionsListen):
			// There is nothing to listen to, and mcp-go's acknowledgement of
			// that is sometimes lost.
			writeJSON(w, http.StatusNotFound, jsonrpc.Failure(m.ID, mcp.METHOD_NOT_FOUND, "nothing here changes: there is nothing to listen to"))
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(m.Raw))
		// mcp-go would take the caller's word for a session, even that of an
		// event stream. The header is the guard's own copy.
		r.Header.Del(server.HeaderKeySessionID)
		ctx, result := marks.With(telemetry.WithRequestID(r.Context(), m.ID))
		out := &replyWriter{ResponseWriter: w, message: m, result: result}
		serveWithOutcome(inner, out, r.WithContext(ctx), described)
		out.end()
		if !out.answered.Load() {
			// mcp-go has no answer for a call whose context ended. If the client
			// is still there, it must not take that for an empty success.
			answer(w, http.StatusServiceUnavailable, "cut_off", "This server shut down before the call was answered. Whether it took effect is unknown: check before you repeat it.")
		}
	})
}

// momentary is a session that lasts for one request.
type momentary struct{ server.SessionWithClientInfo }

// withoutQuestions hides from a call that mcp-go's session could ask the client
// something. The answer, a request of its own, would find no session, and the
// call would hang. While it does, mcp-go would give its session to the requests
// of all other callers: they have the same id, an empty one.
func withoutQuestions(ctx context.Context, mcpServer *server.MCPServer) context.Context {
	if session, ok := server.ClientSessionFromContext(ctx).(server.SessionWithClientInfo); ok {
		return mcpServer.WithContext(ctx, momentary{session})
	}
	return ctx
}
