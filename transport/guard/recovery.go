package guard

import (
	"net/http"

	"posthog-mcp/internal/incident"
)

// recoverPanic is deferred around everything. The client gets an id and the
// log the stack under the same id; [http.ErrAbortHandler] passes.
func (g *gate) recoverPanic(w *response, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler { //nolint:errorlint // net/http compares the panic's value so too
		panic(p)
	}
	id := incident.Record(g.Logger, "panic in an HTTP handler", p,
		"method", cut(r.Method), "path", cut(r.URL.Path), "client", ClientOf(r.Context()).Addr)
	if w.committed.Load() {
		// Half an answer must not look like a whole one.
		panic(http.ErrAbortHandler)
	}
	w.reset()
	(&refusal{
		status:  http.StatusInternalServerError,
		code:    "internal_error",
		message: "The server failed on this request. Its log says more under this id.",
		id:      id,
	}).write(w)
}
