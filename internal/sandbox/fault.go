package sandbox

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"posthog-mcp/internal/sandbox/drf"
)

const longestDelay = time.Minute

// fault lets the switched trouble befall the call; it says whether the call
// was answered by it.
func (s *Sandbox) fault(w http.ResponseWriter, r *http.Request) bool {
	f := s.nextFault()
	if f == (Fault{}) {
		return false
	}
	if !wait(r, time.Duration(f.DelayMS)*time.Millisecond) || f.Reset {
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
	if f.HTML {
		if f.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
		}
		writeHTML(w, status)
		return true
	}
	err := drf.Crashed()
	switch status {
	case http.StatusTooManyRequests:
		err = drf.Throttled(time.Duration(max(f.RetryAfter, 1)) * time.Second)
	case http.StatusServiceUnavailable:
		err = drf.Failed(status, "database_unavailable", "We couldn't reach the database just now. Please try again in a moment.")
		err.RetryAfter = max(f.RetryAfter, 1)
	}
	err.Status, err.RetryAfter = status, max(err.RetryAfter, f.RetryAfter)
	failed(err).write(w, false)
	return true
}

// nextFault is the call's, counted off.
func (s *Sandbox) nextFault() (f Fault) {
	s.with(func(w *world) {
		f = w.switches.Fault
		w.switches.Fault.Times--
		switch f.Times {
		case 0:
			w.switches.Fault.Times = 0
		case 1:
			w.switches.Fault = Fault{}
		}
	})
	f.Times = 0
	return f
}

// wait says false when the client gave up first.
func wait(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(min(d, longestDelay))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// writeHTML answers as the proxy before PostHog does.
func writeHTML(w http.ResponseWriter, status int) {
	title := http.StatusText(status)
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<html>\n<head><title>%d %s</title></head>\n<body>\n<center><h1>%d %s</h1></center>\n<hr>\n</body>\n</html>\n",
		status, title, status, title)
}
