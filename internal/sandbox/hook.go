package sandbox

import (
	"bytes"
	"io"
	"net/http"
)

// A Hook is called with each request to the API before it is served, in the
// request's own goroutine and without a lock. The request waits until the hook
// returns, and others go on meanwhile: that is how a test puts calls in the
// order it wants. What the hook returns, nil for nothing, is called once the
// request was served and before its answer is written: as long as it does not
// return, the world has changed and the caller does not know.
//
// A hook that waits should also look at the request's context. When that is
// done by the end of the wait, the request was served all the same, as PostHog
// does with one whose caller gave up, and nobody gets an answer.
type Hook func(*http.Request) (answer func())

// Intercept sets the hook, nil for none. It may be called at any time; a
// request that waits in the hook before stays there.
func (s *Sandbox) Intercept(hook Hook) {
	if hook == nil {
		s.hook.Store(nil)
		return
	}
	s.hook.Store(&hook)
}

// intercept shows the hook a copy of the request, body included.
func (s *Sandbox) intercept(r *http.Request, body []byte) (answer func()) {
	hook := s.hook.Load()
	if hook == nil {
		return nil
	}
	shown := r.WithContext(r.Context())
	shown.Body = io.NopCloser(bytes.NewReader(body))
	return (*hook)(shown)
}

// held is an answer that waits for a hook.
type held struct {
	http.ResponseWriter
	r    *http.Request
	open func()
}

// WriteHeader waits, and breaks off when the caller has gone meanwhile.
func (w *held) WriteHeader(status int) {
	if open := w.open; open != nil {
		w.open = nil
		open()
		if w.r.Context().Err() != nil {
			panic(http.ErrAbortHandler)
		}
	}
	w.ResponseWriter.WriteHeader(status)
}
