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
	to        http.ResponseWriter
	request   *http.Request
	message   jsonrpc.Message
	described resource
	result    *payload.Slot
	// oauth means that the client can get another token.
	oauth bool
	// answered can be set by a goroutine of mcp-go.
	answered atomic.Bool
	// status of a JSON answer waits until the answer's length is known; 0 for none.
	// Then the client need not read the answer in chunks.
	status int
}

var _ server.HTTPResponseWriter = (*replyWriter)(nil)

func (w *replyWriter) Header() http.Header { return w.to.Header() }

// WriteHeader sends the status, or keeps it until the answer is written.
func (w *replyWriter) WriteHeader(status int) {
	w.answered.Store(true)
	if status == http.StatusOK && w.oauth {
		status = w.challenge()
	}
	if w.Header().Get("Content-Type") == "application/json" {
		w.status = status
		return
	}
	w.to.WriteHeader(status)
}

// Write sends a whole answer: mcp-go writes each with one Write.
func (w *replyWriter) Write(p []byte) (int, error) {
	mended, code := jsonrpc.Mend(w.message, p)
	mended = w.result.Fill(mended)
	if w.status != 0 {
		if w.status == http.StatusOK { // mcp-go knows it for the errors that are its own
			w.status = statusOf(w.request, w.message, code)
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(mended)))
		w.to.WriteHeader(w.status)
		w.status = 0
	}
	if _, err := w.to.Write(mended); err != nil {
		return 0, err
	}
	return len(p), nil
}

func (w *replyWriter) Flush() { _ = http.NewResponseController(w.to).Flush() }

// CanStream reports that events can be sent before the answer.
func (w *replyWriter) CanStream() bool { return true }

// end sends a status without an answer. mcp-go has no answer for a call whose context
// ended: a client that is still there must not take that for an empty success.
func (w *replyWriter) end() {
	switch {
	case !w.answered.Load():
		answer(w.to, http.StatusServiceUnavailable, "cut_off", "This server shut down before the call was answered. Whether it took effect is unknown: check before you repeat it.")
	case w.status != 0:
		w.to.WriteHeader(w.status)
	}
}

// challenge returns the status for an OAuth client's call. 401 means that PostHog
// refused the token, and the client asks its user to log in again; 403 that the token
// lacks a scope, and the client asks its user for it. The body is the call's result. A
// personal key gets no challenge, since no client can get another key.
func (w *replyWriter) challenge() (status int) {
	scope, refused := w.result.Refused()
	if !refused {
		return http.StatusOK
	}
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
