package guard

import (
	"encoding/json"
	"net/http"
	"strconv"

	"posthog-mcp/internal/incident"
)

// shownMax is the most bytes of a request that an answer or a log line repeats.
const shownMax = 100

// Refusal is the answer to a request that is not handled, as a JSON object.
type Refusal struct {
	Status int `json:"-"`
	// Header has further headers; nil for none.
	Header map[string]string `json:"-"`

	// Code is stable, for programs.
	Code string `json:"error"`
	// Message tells a person what is wrong and what to do.
	Message string `json:"message"`
	// ID finds the request in the log, if it is there.
	ID string `json:"id,omitempty"`
}

// Refuse returns a refusal without further headers.
func Refuse(status int, code, message string) *Refusal {
	return &Refusal{Status: status, Code: code, Message: message}
}

// ServeHTTP answers with f.
func (f *Refusal) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	for name, value := range f.Header {
		w.Header().Set(name, value)
	}
	WriteJSON(w, f.Status, f)
}

// WriteJSON answers with v as JSON.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client may be gone
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
	setDefaults(w.Header())
	f := Refuse(http.StatusInternalServerError, "internal_error", "The server failed on this request. Its log says more under this id.")
	f.ID = id
	f.ServeHTTP(w, r)
}

func logged(r *http.Request) []any {
	return []any{"method", cut(r.Method), "path", cut(r.URL.Path), "client", r.RemoteAddr}
}

// quote shows a part of a request: short, in ASCII and in quotes.
func quote(s string) string { return strconv.QuoteToASCII(cut(s)) }

// cut shortens a part of a request for the log, whose handler escapes it.
func cut(s string) string { return s[:min(len(s), shownMax)] }
