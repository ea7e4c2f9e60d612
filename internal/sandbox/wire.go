package sandbox

import (
	"bytes"
	"cmp"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"syscall"
	"time"

	"posthog-mcp/internal/sandbox/drf"
	"posthog-mcp/internal/sandbox/oauth"
)

// A Hook is called with each request before it is served, in the request's own goroutine and without a lock, so that a
// test can order calls. The returned answer, if not nil, is called before the request's answer is written. Until it
// returns, the world has changed and the caller does not know. If the request's context has ended by then, nobody gets
// an answer.
type Hook func(*http.Request) (answer func())

// Intercept sets the hook; nil for none. A request that waits in the previous hook stays there.
func (s *Sandbox) Intercept(hook Hook) { s.hook.Store(&hook) }

// intercept calls the hook, which sees the body too.
func (s *Sandbox) intercept(r *http.Request, body []byte) (answer func()) {
	hook := s.hook.Load()
	if hook == nil || *hook == nil {
		return nil
	}
	return (*hook)(withBody(r, body))
}

func withBody(r *http.Request, body []byte) *http.Request {
	r = r.WithContext(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	return r
}

// fault applies the switched fault to the call. faulty is false if the call is to be served all the same.
func (s *Sandbox) fault(r *http.Request) (rep reply, faulty bool) {
	f := s.nextFault()
	if f == (Fault{}) {
		return rep, false
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
		return rep, false
	}
	if f.Status < 200 || f.Status > 599 {
		f.Status = http.StatusBadGateway
	}
	s.with(func(w *world) { w.remember(r, nil, f.Status) })
	return f.reply(isLogin(r)), true
}

func (f Fault) reply(login bool) reply {
	e := drf.New(f.Status, "error", "A server error occurred.")
	e.RetryAfter = f.RetryAfter
	switch seconds := max(f.RetryAfter, 1); {
	case f.HTML:
		return html(e)
	case f.Status == http.StatusServiceUnavailable && login:
		return recorded(oauth.Unavailable)
	case f.Status == http.StatusTooManyRequests:
		e = drf.Throttled(time.Duration(seconds) * time.Second)
	case f.Status == http.StatusServiceUnavailable:
		e = drf.New(f.Status, "database_unavailable", "We couldn't reach the database just now. Please try again in a moment.")
		e.RetryAfter = seconds
	}
	return failed(e)
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

// recorded returns what a handler writes.
func recorded(serve func(http.ResponseWriter)) reply {
	rec := httptest.NewRecorder()
	serve(rec)
	return reply{status: rec.Code, header: rec.Header(), body: rec.Body.Bytes()}
}

// RoundTripper returns the sandbox as a transport without a network, for URLs of any host.
func (s *Sandbox) RoundTripper() http.RoundTripper { return roundTripper{s} }

type roundTripper struct{ s *Sandbox }

func (t roundTripper) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	defer func() {
		p := recover()
		if p != nil && p != any(http.ErrAbortHandler) {
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
