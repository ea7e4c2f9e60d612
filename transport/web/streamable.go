package web

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/tools"
	"posthog-mcp/transport/guard"
	"posthog-mcp/transport/jsonrpc"
	"posthog-mcp/transport/payload"
	"posthog-mcp/transport/telemetry"
)

// newStreamable is mcp-go's Streamable HTTP without sessions, so that any replica can
// answer any request.
func newStreamable(mcpServer *server.MCPServer, log *slog.Logger) *server.StreamableHTTPServer {
	return server.NewStreamableHTTPServer(mcpServer,
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
		// Without sessions mcp-go knows requests by their id alone, and one
		// caller could cancel another's. Clients cancel by closing the
		// connection, which works.
		w.WriteHeader(http.StatusAccepted)
		return nil
	}
	// mcp-go would accept any session's id, even that of an event stream. The header is
	// the guard's copy.
	r.Header.Del(server.HeaderKeySessionID)
	ctx, result := payload.With(telemetry.WithRequestID(ctx, m.ID))
	key := tools.CallerOf(ctx).Key
	out := &replyWriter{ResponseWriter: w, request: r, message: m, described: s.described, result: result, oauth: key != nil && key.OAuth()}
	s.streamable.Handle(out, &server.HTTPRequest{Method: r.Method, URL: r.URL, Header: r.Header, Body: m.Raw, Context: ctx})
	return out.end()
}

// versionProblem is what is wrong with a message, once its header is known too. mcp-go
// answers an unknown version there in plain text. That header and message differ comes
// first, and mcp-go says it.
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

// momentary is a session that lasts for one request.
type momentary struct{ server.SessionWithClientInfo }

// withoutQuestions hides from a call that mcp-go's session can ask the client questions.
// The answer would be a request without a session, so the call would hang. Meanwhile
// mcp-go would give its session to the requests of all other callers, which have the
// same empty id.
func withoutQuestions(ctx context.Context, mcpServer *server.MCPServer) context.Context {
	if session, ok := server.ClientSessionFromContext(ctx).(server.SessionWithClientInfo); ok {
		return mcpServer.WithContext(ctx, momentary{session})
	}
	return ctx
}
