package web

import (
	"net/http"
	"time"
)

// patience is how long a client may take to read one piece of an answer: a
// whole one on /mcp, an event on /sse. It fits 8 MiB over 1 Mbit/s. Without a
// bound, clients that never read would keep their answers in memory for ever.
const patience = 70 * time.Second

// patiently closes the connections of clients that stop reading. It stands
// around everything: a refusal, too, can go unread.
func patiently(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&patientWriter{ResponseWriter: w, control: http.NewResponseController(w)}, r)
	})
}

// patientWriter gives each write its time. The last write's deadline also
// holds for what net/http has yet to send when the handler is done.
type patientWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	last    time.Time // when it was given
}

// WriteHeader sends the header.
func (w *patientWriter) WriteHeader(status int) {
	w.extend()
	w.ResponseWriter.WriteHeader(status)
}

// Write sends p.
func (w *patientWriter) Write(p []byte) (int, error) {
	w.extend()
	return w.ResponseWriter.Write(p)
}

// FlushError sends what is buffered.
func (w *patientWriter) FlushError() error {
	w.extend()
	return w.control.Flush()
}

// Flush is FlushError for those who ask for an [http.Flusher].
func (w *patientWriter) Flush() { _ = w.FlushError() }

// Unwrap serves [http.ResponseController].
func (w *patientWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// again is how long a deadline does for the writes after it: an answer's head and
// body come together, and each new deadline costs as much as a small write.
const again = time.Second

// extend does nothing on a connection without deadlines.
func (w *patientWriter) extend() {
	if now := time.Now(); now.Sub(w.last) >= again {
		w.last = now
		_ = w.control.SetWriteDeadline(now.Add(patience))
	}
}
