package guard

import (
	"encoding/json"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"posthog-mcp/transport/jsonrpc"
)

// WriteTimeout is how long a client may take to read one write, such as 8 MiB over
// 1 Mbit/s. The answers to clients that never read must not stay in memory for ever.
const WriteTimeout = 70 * time.Second

// response is the ResponseWriter of the handlers behind the guard. It sets the guard's
// headers and a deadline for each write.
type response struct {
	http.ResponseWriter
	control *http.ResponseController
	origin  string // that called and is allowed, or *; empty for none
	unread  bool   // a body is still on its way on an HTTP/1 connection
	// committed means that the header was sent. Several goroutines of a handler may write,
	// under a lock that recoverPanic does not hold.
	committed atomic.Bool
}

func newResponse(w http.ResponseWriter, r *http.Request) *response {
	setDefaults(w.Header())
	return &response{ResponseWriter: w, control: http.NewResponseController(w), unread: r.ContentLength != 0 && r.ProtoMajor == 1}
}

// setDefaults sets the headers of every answer.
func setDefaults(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Origin")
}

// settle sets the deadline for the next write, also for one by net/http after the
// handler, and the guard's headers if they were not sent.
func (w *response) settle() {
	_ = w.control.SetWriteDeadline(time.Now().Add(WriteTimeout)) // does nothing on a connection without deadlines
	if w.committed.Load() {
		return
	}
	h := w.Header()
	h.Del("Access-Control-Allow-Origin")
	if w.origin != "" {
		h.Set("Access-Control-Allow-Origin", w.origin)
		h.Set("Access-Control-Expose-Headers", "WWW-Authenticate")
	}
	if w.unread {
		// Otherwise net/http waits for the rest of the body before it answers.
		h.Set("Connection", "close")
	}
}

// WriteHeader implements [http.ResponseWriter].
func (w *response) WriteHeader(status int) {
	w.settle()
	w.ResponseWriter.WriteHeader(status)
	if status >= http.StatusOK || status == http.StatusSwitchingProtocols {
		w.committed.Store(true)
	}
}

// Write implements [http.ResponseWriter].
func (w *response) Write(p []byte) (int, error) {
	w.commit()
	return w.ResponseWriter.Write(p)
}

// Flush implements [http.Flusher].
func (w *response) Flush() {
	w.commit()
	_ = w.control.Flush() // the client may be gone
}

// Unwrap serves [http.ResponseController].
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *response) commit() {
	if w.committed.Load() {
		w.settle()
		return
	}
	w.WriteHeader(http.StatusOK)
}

// Refusal is the answer to a request that is not handled, as a JSON object.
type Refusal struct {
	Status  int               `json:"-"`
	Header  map[string]string `json:"-"`            // further headers; nil for none
	Code    string            `json:"error"`        // stable, for programs
	Message string            `json:"message"`      // what is wrong and what to do, for a person
	ID      string            `json:"id,omitempty"` // finds the request in the log, if it is there
}

// Refuse returns a refusal without further headers.
func Refuse(status int, code, message string) *Refusal {
	return &Refusal{Status: status, Code: code, Message: message}
}

// ServeHTTP implements [http.Handler].
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
	id := jsonrpc.Record(g.Logger, "panic in an HTTP handler", p, logged(r)...)
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
func cut(s string) string { return s[:min(len(s), 100)] }
