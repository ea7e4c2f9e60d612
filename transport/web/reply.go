package web

import (
	"net/http"
	"strconv"
	"sync/atomic"

	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/transport/guard"
	"posthog-mcp/transport/jsonrpc"
	"posthog-mcp/transport/payload"
)

// replyWriter sends mcp-go's answer to one message on /mcp to the client. It repairs
// the answer's id, and changes the status to 401 or 403 if an OAuth client needs
// another token.
type replyWriter struct {
	http.ResponseWriter
	request   *http.Request
	message   jsonrpc.Message
	described resource
	result    *payload.Slot
	// oauth means that the client can get another token.
	oauth bool
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
		if scope, refused := w.result.Refused(); refused && w.oauth && status == http.StatusOK {
			status = w.challenge(scope)
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

// end is the refusal of a call without an answer; nil for none. mcp-go has no answer for a
// call whose context ended: a client that is still there must not take that for an empty
// success.
func (w *replyWriter) end() *guard.Refusal {
	if w.status.Load() == 0 {
		return cutOff
	}
	return nil
}

// challenge returns the status for an OAuth client's call that PostHog refused. 401 means
// that the token is not accepted, and the client asks its user to log in again; 403 that
// the token lacks the scope, and the client asks its user for it. The body is the call's
// result. A personal key gets no challenge, since no client can get another key.
func (w *replyWriter) challenge(scope string) (status int) {
	status = http.StatusUnauthorized
	c := guard.Challenge{
		Metadata: w.described.metadata(w.request), Error: "invalid_token",
		Description: "PostHog does not accept the token; it may have expired",
	}
	if scope != "" {
		status, c.Error, c.Description = http.StatusForbidden, "insufficient_scope", "The token lacks the scope "+scope
		c.Scope = w.described.scopes(scope)
	}
	w.Header().Set("WWW-Authenticate", c.String())
	return status
}
