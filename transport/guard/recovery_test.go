package guard_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// panicker panics as its path says.
func panicker(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Encoding", "gzip")
	w.Header().Set("Content-Length", "3")
	w.Header().Set("Set-Cookie", "secret=1")
	switch r.URL.Path {
	case "/after-header":
		w.WriteHeader(http.StatusOK)
	case "/after-write":
		_, _ = io.WriteString(w, "ab")
	case "/after-flush":
		w.(http.Flusher).Flush()
	case "/after-hints":
		w.WriteHeader(http.StatusEarlyHints)
	case "/bad-status":
		w.WriteHeader(7)
	case "/runtime":
		var m map[string]int
		m["x"]++ //nolint:govet,staticcheck // the panic is the point
	case "/abort":
		panic(http.ErrAbortHandler)
	case "/nil":
		panic(nil) //nolint:govet // a handler may
	}
	panic("secret words")
}

func TestPanics(t *testing.T) {
	for _, c := range []struct {
		path    string
		aborted bool
		logged  string // the panic as the log has it; empty: not logged
	}{
		{"/before", false, "string"},
		{"/after-hints", false, "string"},
		{"/bad-status", false, "string"},
		{"/runtime", false, "assignment to entry in nil map"},
		{"/nil", false, new(runtime.PanicNilError).Error()},
		{"/healthz", false, "string"},
		{"/after-header", true, "string"},
		{"/after-write", true, "string"},
		{"/after-flush", true, "string"},
		{"/abort", true, ""},
	} {
		for _, version := range []int{1, 2} {
			t.Run(fmt.Sprintf("HTTP/%d %s", version, c.path), func(t *testing.T) {
				var log logBuffer
				o := options()
				o.Logger = log.logger()
				s := httptest.NewUnstartedServer(wrap(t, o, http.HandlerFunc(panicker)))
				s.EnableHTTP2 = version == 2
				s.StartTLS()
				defer s.Close()

				status, body, err := attempt(s.Client(), request(t, http.MethodPost, s.URL+c.path, "{}"))
				if (err != nil) != c.aborted {
					t.Fatalf("status %d, body %q, error %v; want aborted %v", status, body, err, c.aborted)
				}
				var line struct{ Panic, ID, Stack string }
				_ = json.Unmarshal([]byte(log.String()), &line)
				if line.Panic != c.logged || (c.logged != "") != strings.Contains(line.Stack, "panicker") {
					t.Errorf("log: %s", log.String())
				}
				if strings.Contains(log.String(), "secret") {
					t.Error("the log has the panic's text")
				}
				if c.aborted {
					return
				}
				if !regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(line.ID) {
					t.Errorf("id %q", line.ID)
				}
				want := refusal{"internal_error", "The server failed on this request. Its log says more under this id.", line.ID}
				if d := cmp.Diff(want, decode(t, body)); d != "" || status != http.StatusInternalServerError {
					t.Errorf("status %d, answer (-want +got):\n%s", status, d)
				}
			})
		}
	}
}

// attempt sends r and tells whether a whole answer came back.
func attempt(c *http.Client, r *http.Request) (int, []byte, error) {
	answer, err := c.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	if answer.Header.Get("Set-Cookie") != "" && answer.StatusCode == http.StatusInternalServerError {
		return answer.StatusCode, nil, errors.New("headers of the failed handler are left")
	}
	body, err := io.ReadAll(answer.Body)
	return answer.StatusCode, body, err
}

func TestPanicInAuthenticator(t *testing.T) {
	o := options()
	o.Auth = func(*http.Request) (context.Context, error) { panic("secret words") }
	s := serve(t, wrap(t, o, http.HandlerFunc(reach)))
	answer := raw(t, s, "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n")
	if answer.StatusCode != http.StatusInternalServerError || !answer.Close {
		t.Errorf("got %d, closing %v", answer.StatusCode, answer.Close)
	}
	s.CloseClientConnections()
}

// An event that was flushed is with the client while the handler still runs.
func TestStreamsAreNotHeldBack(t *testing.T) {
	for name, flush := range map[string]func(http.ResponseWriter) error{
		"Flusher":            func(w http.ResponseWriter) error { w.(http.Flusher).Flush(); return nil },
		"ResponseController": func(w http.ResponseWriter) error { return http.NewResponseController(w).Flush() },
	} {
		t.Run(name, func(t *testing.T) {
			seen := make(chan struct{})
			s := serve(t, wrap(t, options(), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.WriteString(w, "data: 1\n\n")
				if err := flush(w); err != nil {
					t.Error(err)
				}
				select {
				case <-seen:
				case <-r.Context().Done():
				}
			})))
			answer, err := s.Client().Do(request(t, http.MethodGet, s.URL+"/sse", ""))
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			if _, err := io.ReadFull(answer.Body, make([]byte, len("data: 1\n\n"))); err != nil {
				t.Error(err)
			}
			close(seen)
		})
	}
}
