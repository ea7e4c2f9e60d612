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
	s.mu.Lock()
	s.world.remember(r, nil, f.status())
	s.mu.Unlock()
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.RetryAfter))
	}
	if f.HTML {
		writeHTML(w, f.status(), http.StatusText(f.status()))
		return true
	}
	f.write(w)
	return true
}

func (s *Sandbox) nextFault() Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.world.switches.Fault
	if f.Times > 1 {
		s.world.switches.Fault.Times--
	} else if f.Times == 1 {
		s.world.switches.Fault = Fault{}
	}
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

func (f Fault) status() int {
	if f.Status < 200 || f.Status > 599 {
		return http.StatusBadGateway
	}
	return f.Status
}

func (f Fault) write(w http.ResponseWriter) {
	err := drf.Crashed()
	err.Status = f.status()
	switch f.Status {
	case http.StatusTooManyRequests:
		err = drf.Throttled(time.Duration(max(f.RetryAfter, 1)) * time.Second)
		w.Header().Set("Retry-After", strconv.Itoa(err.RetryAfter))
	case http.StatusServiceUnavailable:
		err = drf.Failed(f.Status, "database_unavailable", "We couldn't reach the database just now. Please try again in a moment.")
		w.Header().Set("Retry-After", strconv.Itoa(max(f.RetryAfter, 1)))
	}
	payload, _ := drf.Encode(err)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(err.Status)
	_, _ = w.Write(payload)
}

// writeHTML answers as the proxy before PostHog does.
func writeHTML(w http.ResponseWriter, status int, title string) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<html>\n<head><title>%d %s</title></head>\n<body>\n<center><h1>%d %s</h1></center>\n<hr>\n</body>\n</html>\n",
		status, title, status, title)
}
