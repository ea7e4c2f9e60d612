package web

import (
	"net/http"

	"posthog-mcp/transport"
	"posthog-mcp/transport/guard"
	"posthog-mcp/transport/posthog"
)

// serveWithOutcome tells an OAuth client by the status that PostHog did not take
// its token (401), so that it has its user log in again, or that the token lacks
// a scope (403), so that it asks the user for that besides what it has. The body stays the call's
// result. For a personal key the words in the result are the better help: no
// client can get another.
func serveWithOutcome(next http.Handler, w http.ResponseWriter, r *http.Request, described resource) {
	if key, ok := posthog.KeyFrom(r.Context()); !ok || !key.OAuth() {
		next.ServeHTTP(w, r)
		return
	}
	out := &challenging{ResponseWriter: w, outcome: &transport.Outcome{}, described: described, request: r}
	next.ServeHTTP(out, r.WithContext(transport.WithOutcome(r.Context(), out.outcome)))
}

// challenging turns the status of an answer into 401 or 403 where another token
// is needed. mcp-go writes the status after the call.
type challenging struct {
	http.ResponseWriter
	outcome   *transport.Outcome
	described resource
	request   *http.Request
}

// WriteHeader sends the status, or the one that the outcome calls for.
func (w *challenging) WriteHeader(status int) {
	if called, c := w.challenge(); called != 0 && status == http.StatusOK {
		c.Metadata = w.described.metadata(w.request)
		w.Header().Set("WWW-Authenticate", c.String())
		status = called
	}
	w.ResponseWriter.WriteHeader(status)
}

// challenge is what the outcome asks of the client; a status of 0 is nothing.
func (w *challenging) challenge() (status int, c guard.Challenge) {
	scope := w.outcome.MissingScope()
	switch {
	case w.outcome.Unauthorized():
		return http.StatusUnauthorized, guard.Challenge{Error: "invalid_token", Description: "PostHog does not accept the token; it may have expired"}
	case scope != "":
		return http.StatusForbidden, guard.Challenge{Error: "insufficient_scope", Description: "The token lacks the scope " + scope, Scope: w.described.scopes(scope)}
	}
	return 0, c
}

// Flush sends what is buffered; mcp-go streams only to an [http.Flusher].
func (w *challenging) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }

// Unwrap serves [http.ResponseController].
func (w *challenging) Unwrap() http.ResponseWriter { return w.ResponseWriter }
