package sandbox

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"posthog-mcp/internal/sandbox/drf"
	"posthog-mcp/internal/sandbox/oauth"
)

// A Hook is called with each request to the API before it is served, in the
// request's own goroutine and without a lock. The request waits until the hook
// returns, while others continue: so a test can order calls. The returned answer, if
// not nil, is called after the request was served and before its answer is written.
// Until it returns, the world has changed and the caller does not know.
//
// A hook that waits should also check the request's context. If the context ends, the
// request is served all the same, as PostHog serves one whose caller gave up, but
// nobody gets an answer.
type Hook func(*http.Request) (answer func())

// Intercept sets the hook; nil for none. It may be called at any time. A request that
// waits in the previous hook stays there.
func (s *Sandbox) Intercept(hook Hook) { s.hook.Store(&hook) }

// intercept passes the hook a copy of the request with its body.
func (s *Sandbox) intercept(r *http.Request, body []byte) (answer func()) {
	hook := s.hook.Load()
	if hook == nil || *hook == nil {
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

// WriteHeader waits for the hook, and aborts if the caller has gone meanwhile.
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

const longestDelay = time.Minute

// fault applies the switched fault to the call, and reports whether it has answered
// the call.
func (s *Sandbox) fault(w http.ResponseWriter, r *http.Request) bool {
	f := s.nextFault()
	if f == (Fault{}) {
		return false
	}
	select {
	case <-time.After(min(time.Duration(f.DelayMS)*time.Millisecond, longestDelay)):
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
	err := drf.Crashed()
	switch seconds := max(f.RetryAfter, 1); status {
	case http.StatusTooManyRequests:
		err = drf.Throttled(time.Duration(seconds) * time.Second)
	case http.StatusServiceUnavailable:
		err = drf.Failed(status, "database_unavailable", "We couldn't reach the database just now. Please try again in a moment.")
		err.RetryAfter = seconds
	default:
		err.Status, err.RetryAfter = status, f.RetryAfter
	}
	if f.HTML {
		if f.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
		}
		writeHTML(w, status)
		return true
	}
	failed(err).write(w, false)
	return true
}

// nextFault returns the call's fault and counts it.
func (s *Sandbox) nextFault() (f Fault) {
	s.Switch(func(now *Switches) {
		f = now.Fault
		switch f.Times {
		case 0:
		case 1:
			now.Fault = Fault{}
		default:
			now.Fault.Times--
		}
	})
	f.Times = 0
	return f
}

// writeHTML answers like the proxy in front of PostHog.
func writeHTML(w http.ResponseWriter, status int) {
	title := fmt.Sprint(status, " ", http.StatusText(status))
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<html>\n<head><title>%s</title></head>\n<body>\n<center><h1>%s</h1></center>\n<hr>\n</body>\n</html>\n", title, title)
}

// RoundTripper returns the sandbox as a transport without a network, for URLs of any
// host. It honours the request's context and is safe for concurrent use.
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
	rec := &recorder{header: http.Header{}}
	t.s.ServeHTTP(rec, r)
	rec.WriteHeader(http.StatusOK)
	return &http.Response{
		Status: fmt.Sprint(rec.status, " ", http.StatusText(rec.status)), StatusCode: rec.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: rec.header,
		Body: io.NopCloser(bytes.NewReader(rec.body.Bytes())), ContentLength: int64(rec.body.Len()), Request: r,
	}, nil
}

// recorder keeps an answer in memory.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *recorder) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}
