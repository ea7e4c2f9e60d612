package guard

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"posthog-mcp/internal/incident"
)

// shownMax is the most bytes of a request that an answer or a log line repeats.
const shownMax = 100

// refusal is the guard's own answer to a request.
type refusal struct {
	status int
	// challenge is the WWW-Authenticate header, if any.
	challenge string

	// Code is stable, for programs.
	Code string `json:"error"`
	// Message tells a person what is wrong and what to do.
	Message string `json:"message"`
	// ID finds the request in the log, if it is there.
	ID string `json:"id,omitempty"`
}

func refuse(status int, code, format string, a ...any) *refusal {
	return &refusal{status: status, Code: code, Message: fmt.Sprintf(format, a...)}
}

// write sends f. An error means that the client is gone.
func (f *refusal) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	if f.challenge != "" {
		w.Header().Set("WWW-Authenticate", f.challenge)
	}
	w.WriteHeader(f.status)
	_ = json.NewEncoder(w).Encode(f)
}

// recoverPanic is deferred around the handler. The client gets an id, under which the
// log has the stack. [http.ErrAbortHandler] passes.
func (g *gate) recoverPanic(w *response, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler { //nolint:errorlint // net/http compares the panic's value so too
		panic(p)
	}
	id := incident.Record(g.Logger, "panic in an HTTP handler", p, logged(r)...)
	if w.committed.Load() {
		panic(http.ErrAbortHandler) // half an answer must not look like a whole one
	}
	clear(w.Header())
	setStanding(w.Header())
	f := refuse(http.StatusInternalServerError, "internal_error",
		"The server failed on this request. Its log says more under this id.")
	f.ID = id
	f.write(w)
}

func logged(r *http.Request) []any {
	return []any{"method", cut(r.Method), "path", cut(r.URL.Path), "client", r.RemoteAddr}
}

// quote shows a part of a request: short, in ASCII and in quotes.
func quote(s string) string { return strconv.QuoteToASCII(cut(s)) }

// cut shortens a part of a request for the log, whose handler escapes it.
func cut(s string) string { return s[:min(len(s), shownMax)] }
