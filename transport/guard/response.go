package guard

import (
	"net/http"
	"sync/atomic"
	"time"
)

// WriteTimeout is how long a client may take to read one piece of an answer: a
// whole one on /mcp, an event on /sse. It fits 8 MiB over 1 Mbit/s. Without a
// bound, clients that never read would keep their answers in memory for ever.
const WriteTimeout = 70 * time.Second

// response is the ResponseWriter that handlers behind the guard see. It sets the
// headers that are the guard's to decide, and gives each write its time.
type response struct {
	http.ResponseWriter
	control *http.ResponseController
	// origin is the allowed origin that called, or [anyOrigin]; empty for none.
	origin string
	// unread means that a body is still on its way on an HTTP/1 connection.
	unread bool
	// committed means that the header is out. A handler may write from several
	// goroutines under its own lock, which a panic's recovery does not hold.
	committed atomic.Bool
}

func newResponse(w http.ResponseWriter, r *http.Request) *response {
	setStanding(w.Header())
	return &response{
		ResponseWriter: w,
		control:        http.NewResponseController(w),
		unread:         r.ContentLength != 0 && r.ProtoMajor == 1,
	}
}

// setStanding sets what every answer carries unless its handler knows better.
func setStanding(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Origin")
}

// settle gives the next write its time, which also holds for what net/http sends
// after the handler. Unless the header is out, it sets the guard's own headers.
func (w *response) settle() {
	_ = w.control.SetWriteDeadline(time.Now().Add(WriteTimeout)) // does nothing on a connection without deadlines
	if w.committed.Load() {
		return
	}
	h := w.Header()
	if w.origin == "" {
		h.Del("Access-Control-Allow-Origin")
	} else {
		h.Set("Access-Control-Allow-Origin", w.origin)
		h.Set("Access-Control-Expose-Headers", "WWW-Authenticate")
	}
	if w.unread {
		// Else net/http waits for the rest of the body before it answers.
		h.Set("Connection", "close")
	}
}

// WriteHeader sends the header; the guard's own part of it wins.
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

// FlushError sends what is buffered.
func (w *response) FlushError() error {
	w.commit()
	return w.control.Flush()
}

// Flush is FlushError for callers that want an [http.Flusher].
func (w *response) Flush() { _ = w.FlushError() }

// Unwrap serves [http.ResponseController].
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *response) commit() {
	if w.committed.Load() {
		w.settle()
		return
	}
	w.WriteHeader(http.StatusOK)
}
