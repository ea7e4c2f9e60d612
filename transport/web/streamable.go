package web

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"sync/atomic"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/guard"
	"posthog-mcp/transport/jsonrpc"
	"posthog-mcp/transport/telemetry"
)

// newStreamable is mcp-go's Streamable HTTP without sessions, so that any replica can
// answer any request.
func newStreamable(mcpServer *server.MCPServer, log *slog.Logger) *server.StreamableHTTPServer {
	return server.NewStreamableHTTPServer(mcpServer,
		server.WithStateLess(true),
		server.WithHTTPContextFunc(func(ctx context.Context, _ *http.Request) context.Context {
			// mcp-go's session must not ask the client questions: the answer would be a
			// request without a session, so the call would hang, and mcp-go would give
			// its session to all other callers, who have the same empty id.
			session, ok := server.ClientSessionFromContext(ctx).(server.SessionWithClientInfo)
			if !ok {
				return ctx
			}
			return mcpServer.WithContext(ctx, struct{ server.SessionWithClientInfo }{session})
		}),
		server.WithStreamableHTTPLogger(log),
	)
}

// call serves /mcp: one JSON-RPC message a request.
func (s *Server) call(w http.ResponseWriter, r *http.Request) *guard.Refusal {
	if s.draining.Load() {
		return shuttingDown
	}
	ctx, refused := withSettings(r, s.CheckSelection)
	if refused != nil {
		return refused
	}
	m, problem := jsonrpc.Parse(guard.Body(r))
	switch problem = versionProblem(r, m, problem); {
	case problem != nil:
		guard.WriteJSON(w, statusOf(r, m, problem.Error.Code), problem)
		return nil
	case m.IsResponse():
		guard.WriteJSON(w, http.StatusBadRequest, jsonrpc.Failure(nil, mcp.INVALID_REQUEST, "this server asks nothing over /mcp: there is nothing to answer"))
		return nil
	case m.IsCancellation():
		// Without sessions mcp-go knows requests by their id alone, and one caller could
		// cancel another's. Clients cancel by closing the connection.
		w.WriteHeader(http.StatusAccepted)
		return nil
	}
	// mcp-go would accept any session's id, even that of an event stream. The header is
	// the guard's copy.
	r.Header.Del(server.HeaderKeySessionID)
	ctx, slot := jsonrpc.With(telemetry.WithRequestID(ctx, m.ID))
	out := &replyWriter{ResponseWriter: w}
	s.streamable.Handle(out, &server.HTTPRequest{Method: r.Method, URL: r.URL, Header: r.Header, Body: m.Raw, Context: ctx})
	switch status := int(out.status.Load()); {
	case status == 0:
		// mcp-go has no answer for a call whose context ended. That is no empty success.
		return cutOff
	case out.json != nil:
		s.reply(w, r, m, status, out.json, slot)
	}
	return nil
}

// reply sends mcp-go's answer to m, with its id as it was written, and with 401 or 403 if
// an OAuth client needs another token.
func (s *Server) reply(w http.ResponseWriter, r *http.Request, m jsonrpc.Message, status int, answer []byte, slot *jsonrpc.Slot) {
	mended, code := jsonrpc.Mend(m, answer, slot)
	if status == http.StatusOK { // mcp-go knows it for the errors that are its own
		status = statusOf(r, m, code)
	}
	key := engine.CallerOf(r.Context()).Key
	if scope := slot.Refused.Load(); scope != nil && key != nil && key.OAuth() && status == http.StatusOK {
		status = s.challenge(w.Header(), r, *scope)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(mended))) // so that the client need not read chunks
	w.WriteHeader(status)
	_, _ = w.Write(mended) // the client may be gone
}

// versionProblem is what is wrong with a message, once its header is known too. mcp-go
// answers an unknown version there in plain text. It says itself that header and message
// differ, which comes first.
// Source: the MCP specification of 2026-07-28, Transports.
func versionProblem(r *http.Request, m jsonrpc.Message, found *mcp.JSONRPCError) *mcp.JSONRPCError {
	switch header, own := r.Header.Get(mcp.HeaderProtocolVersion), m.Version(); {
	case found != nil && found.Error.Code == mcp.UNSUPPORTED_PROTOCOL_VERSION && header != own && mcp.IsModernProtocol(header):
		return nil
	case found != nil, header == "", own != "", mcp.IsValidProtocolVersion(header):
		return found
	case m.Method == string(mcp.MethodInitialize):
		r.Header.Del(mcp.HeaderProtocolVersion) // a handshake names its version itself
		return nil
	default:
		return jsonrpc.Unsupported(m, header)
	}
}

// statusOf is the status of an answer to m with an error's code; 0 is none.
// Source: the MCP specification, Transports; of 2026-07-28 where it differs.
func statusOf(r *http.Request, m jsonrpc.Message, code int) int {
	modern := mcp.IsModernProtocol(cmp.Or(r.Header.Get(mcp.HeaderProtocolVersion), m.Version()))
	switch {
	case code == mcp.PARSE_ERROR, code == mcp.INVALID_REQUEST, code == mcp.UNSUPPORTED_PROTOCOL_VERSION,
		code != 0 && m.ID == nil,
		modern && code == mcp.INVALID_PARAMS, modern && code == mcp.MISSING_REQUIRED_CLIENT_CAPABILITY:
		return http.StatusBadRequest
	case modern && code == mcp.METHOD_NOT_FOUND:
		return http.StatusNotFound
	}
	return http.StatusOK
}

// replyWriter keeps a JSON answer of mcp-go's, and passes events on.
type replyWriter struct {
	http.ResponseWriter
	status atomic.Int32 // 0 before mcp-go answers; a goroutine of mcp-go's can set it
	json   []byte
}

func (w *replyWriter) isJSON() bool { return w.Header().Get("Content-Type") == "application/json" }

// WriteHeader implements [server.HTTPResponseWriter].
func (w *replyWriter) WriteHeader(status int) {
	w.status.Store(int32(status))
	if !w.isJSON() {
		w.ResponseWriter.WriteHeader(status)
	}
}

// Write implements [server.HTTPResponseWriter].
func (w *replyWriter) Write(p []byte) (int, error) {
	if w.isJSON() {
		w.json = append(w.json, p...)
		return len(p), nil
	}
	return w.ResponseWriter.Write(p)
}

// Flush implements [server.HTTPResponseWriter].
func (w *replyWriter) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

// CanStream implements [server.HTTPResponseWriter].
func (w *replyWriter) CanStream() bool { return true }
