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
			// This hides that mcp-go's session can ask the client questions. The answer
			// would be a request without a session, so the call would hang. Meanwhile
			// mcp-go would give its session to the requests of all other callers, which
			// have the same empty id.
			session, ok := server.ClientSessionFromContext(ctx).(server.SessionWithClientInfo)
			if !ok {
				return ctx
			}
			return mcpServer.WithContext(ctx, momentary{session})
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
	out := &replyWriter{ResponseWriter: w, server: s, request: r, message: m, result: result}
	s.streamable.Handle(out, &server.HTTPRequest{Method: r.Method, URL: r.URL, Header: r.Header, Body: m.Raw, Context: ctx})
	if out.status.Load() == 0 {
		// mcp-go has no answer for a call whose context ended: a client that is still
		// there must not take that for an empty success.
		return cutOff
	}
	return nil
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

// replyWriter sends mcp-go's answer to one message on /mcp to the client. It repairs
// the answer's id, and changes the status to 401 or 403 if an OAuth client needs
// another token.
type replyWriter struct {
	http.ResponseWriter
	server  *Server
	request *http.Request
	message jsonrpc.Message
	result  *payload.Slot
	// status is what mcp-go answers with; 0 before it answers. A goroutine of mcp-go's can
	// set it.
	status atomic.Int32
}

var _ server.HTTPResponseWriter = (*replyWriter)(nil)

// WriteHeader sends the status. That of a JSON answer waits until the answer's length
// is known, so that the client need not read it in chunks.
func (w *replyWriter) WriteHeader(status int) {
	w.status.Store(int32(status)) //nolint:gosec // three digits
	if !w.isJSON() {
		w.ResponseWriter.WriteHeader(status)
	}
}

func (w *replyWriter) isJSON() bool { return w.Header().Get("Content-Type") == "application/json" }

// Write sends a whole answer: mcp-go writes each with one Write.
func (w *replyWriter) Write(p []byte) (int, error) {
	mended, code := jsonrpc.Mend(w.message, p)
	mended = w.result.Fill(mended)
	if w.isJSON() {
		status := int(w.status.Load())
		if status == http.StatusOK { // mcp-go knows it for the errors that are its own
			status = statusOf(w.request, w.message, code)
		}
		key := tools.CallerOf(w.request.Context()).Key
		if scope, refused := w.result.Refused(); refused && key != nil && key.OAuth() && status == http.StatusOK {
			status = w.server.challenge(w.Header(), w.request, scope)
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(mended)))
		w.ResponseWriter.WriteHeader(status)
	}
	if _, err := w.ResponseWriter.Write(mended); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Flush sends what is buffered.
func (w *replyWriter) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

// CanStream reports that events can be sent before the answer.
func (w *replyWriter) CanStream() bool { return true }
