package guard

import (
	"net/http"
	"sync/atomic"
	"time"
)

// WriteTimeout is how long a client may take to read one write: an answer on /mcp, an
// event on /sse. It fits 8 MiB over 1 Mbit/s. Without it the answers to clients that
// never read would stay in memory for ever.
const WriteTimeout = 70 * time.Second

// response is the ResponseWriter of the handlers behind the guard. It sets the guard's
// headers and a deadline for each write.
type response struct {
	http.ResponseWriter
	control *http.ResponseController
	// origin is the allowed origin that called, or [anyOrigin]; empty for none.
	origin string
	// unread means that a body is still on its way on an HTTP/1 connection.
	unread bool
	// committed means that the header was sent. A handler may write from several
	// goroutines under its own lock, which recoverPanic does not hold.
	committed atomic.Bool
}

func newResponse(w http.ResponseWriter, r *http.Request) *response {
	setDefaults(w.Header())
	return &response{
		ResponseWriter: w,
		control:        http.NewResponseController(w),
		unread:         r.ContentLength != 0 && r.ProtoMajor == 1,
	}
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

// WriteHeader sends the header with the guard's part.
func (w *response) WriteHeader(status int) {
	w.settle()
	w.ResponseWriter.WriteHeader(status)
	if status >= http.StatusOK || status == http.StatusSwitchingProtocols {
		w.committed.Store(true)
	}
}

// Write sends the header if need be, and then p.
func (w *response) Write(p []byte) (int, error) {
	w.commit()
	return w.ResponseWriter.Write(p)
}

// Flush sends what is buffered.
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
