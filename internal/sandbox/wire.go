package sandbox

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"syscall"
	"time"

	"posthog-mcp/internal/sandbox/drf"
	"posthog-mcp/internal/sandbox/oauth"
)

// A Hook is called with each request to the API before it is served, in the request's own goroutine and without a
// lock. The request waits until the hook returns, while others continue: so a test can order calls. The returned
// answer, if not nil, is called after the request was served and before its answer is written. Until it returns, the
// world has changed and the caller does not know.
//
// A hook that waits should also check the request's context. If the context ends, the request is served all the same,
// as PostHog serves one whose caller gave up, but nobody gets an answer.
type Hook func(*http.Request) (answer func())

// Intercept sets the hook; nil for none. It may be called at any time. A request that waits in the previous hook
// stays there.
func (s *Sandbox) Intercept(hook Hook) { s.hook.Store(&hook) }

// held is an answer that waits for what the hook returned.
type held struct {
	http.ResponseWriter
	r    *http.Request
	open func()
}

func (s *Sandbox) hold(w http.ResponseWriter, r *http.Request, body []byte) http.ResponseWriter {
	hook := s.hook.Load()
	if hook == nil || *hook == nil {
		return w
	}
	shown := r.WithContext(r.Context())
	shown.Body = io.NopCloser(bytes.NewReader(body))
	return &held{w, r, (*hook)(shown)}
}

// WriteHeader waits, and aborts if the caller has gone meanwhile.
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

// fault applies the switched fault to the call, and reports whether it has answered the call.
func (s *Sandbox) fault(w http.ResponseWriter, r *http.Request) bool {
	f := s.nextFault()
	if f == (Fault{}) {
		return false
	}
	select {
	case <-time.After(min(time.Duration(f.DelayMS)*time.Millisecond, time.Minute)):
	case <-r.Context().Done():
		f.Reset = true
	}
	if f.Reset {
		panic(http.ErrAbortHandler)
	}
	if f.Status == 0 && !f.HTML {
		return false
	}
	status := f.Status
	if status < 200 || status > 599 {
		status = http.StatusBadGateway
	}
	s.with(func(w *world) { w.remember(r, nil, status) })
	if isLogin(r) && status == http.StatusServiceUnavailable {
		oauth.Unavailable(w)
		return true
	}
	rep := failed(&drf.Error{Status: status, Type: "server_error", Code: "error", Detail: "A server error occurred.", RetryAfter: f.RetryAfter})
	switch seconds := max(f.RetryAfter, 1); {
	case f.HTML:
		for name, value := range rep.header {
			w.Header().Set(name, value)
		}
		writeHTML(w, status)
		return true
	case status == http.StatusTooManyRequests:
		rep = failed(drf.Throttled(time.Duration(seconds) * time.Second))
	case status == http.StatusServiceUnavailable:
		down := drf.Failed(status, "database_unavailable", "We couldn't reach the database just now. Please try again in a moment.")
		down.RetryAfter = seconds
		rep = failed(down)
	}
	rep.write(w, false)
	return true
}

// nextFault returns the call's fault and counts it.
func (s *Sandbox) nextFault() (f Fault) {
	s.Switch(func(now *Switches) {
		f = now.Fault
		if now.Fault.Times--; f.Times == 1 {
			now.Fault = Fault{}
		}
		now.Fault.Times = max(now.Fault.Times, 0)
	})
	f.Times = 0
	return f
}

func writeHTML(w http.ResponseWriter, status int) {
	title := fmt.Sprint(status, " ", http.StatusText(status))
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<html>\n<head><title>%s</title></head>\n<body>\n<center><h1>%s</h1></center>\n<hr>\n</body>\n</html>\n", title, title)
}

// RoundTripper returns the sandbox as a transport without a network, for URLs of any host. It honours the request's
// context and is safe for concurrent use.
func (s *Sandbox) RoundTripper() http.RoundTripper { return roundTripper{s} }

type roundTripper struct{ s *Sandbox }

// RoundTrip serves the request in the caller's goroutine.
func (t roundTripper) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	defer func() {
		p := recover()
		if broken, _ := p.(error); p != nil && !errors.Is(broken, http.ErrAbortHandler) {
			panic(p)
		}
		if p != nil {
			resp, err = nil, cmp.Or(r.Context().Err(), error(&net.OpError{Op: "read", Net: "sandbox", Err: syscall.ECONNRESET}))
		}
	}()
	rec := httptest.NewRecorder()
	t.s.ServeHTTP(rec, r)
	resp = rec.Result()
	resp.Request, resp.ContentLength = r, int64(rec.Body.Len())
	return resp, nil
}
