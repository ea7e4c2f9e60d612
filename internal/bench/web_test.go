package main

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// dial is a client of a server with that handler.
func dial(t *testing.T, speak dialect, handler http.HandlerFunc) *web {
	t.Helper()
	server := httptest.NewServer(handler)
	w := newWeb(server.URL, speak)
	t.Cleanup(func() { w.close(); server.Close() })
	return w
}

func TestEachCallInFlightIsAnotherCallers(t *testing.T) {
	const callers = 8
	var mu sync.Mutex
	seen := map[string]map[string]bool{} // addresses by key
	var together sync.WaitGroup
	w := dial(t, raw{}, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		key := r.Header.Get("Authorization")
		if seen[key] == nil {
			seen[key] = map[string]bool{}
		}
		seen[key][r.RemoteAddr] = true
		mu.Unlock()
		if r.URL.Path == "/together" {
			together.Done()
			together.Wait() // all of them are in flight
		}
		io.WriteString(w, r.URL.Path)
	})
	k := &class{name: "k", path: "/together"}
	together.Add(1)
	if _, err := w.call(k); err != nil {
		t.Fatal(err)
	}
	together.Add(callers)
	s, err := w.run(k, callers, load{callers, time.Minute})
	if err != nil || len(s.took) != callers {
		t.Fatalf("%d calls, %v", len(s.took), err)
	}
	k.path = "/together/not"
	w.lengths[k.name] = len(k.path)
	if _, err := w.run(k, callers, load{50 * callers, time.Minute}); err != nil {
		t.Fatal(err)
	}
	if len(seen) != callers {
		t.Errorf("%d keys for %d callers", len(seen), callers)
	}
	for key, addresses := range seen {
		if len(addresses) != 1 {
			t.Errorf("%s has %d connections", key, len(addresses))
		}
	}
}

func TestRunTakesOnlyAnswersLikeTheFirst(t *testing.T) {
	k := &class{name: "k", path: "/"}
	for _, c := range []struct {
		name   string
		status int
		length int // of the second answer; the first has 500
		want   string
	}{
		{"the same", 200, 500, ""},
		{"a longer id", 200, 500 + digits, ""},
		{"cut off", 200, 490, "an answer of 490 bytes, after a right one of 500"},
		{"empty", 200, 0, "an answer of 0 bytes"},
		{"a refusal in more words", 200, 700, "an answer of 700 bytes"},
		{"a status", 503, 500, "status 503"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, length := 200, 500
			w := dial(t, raw{}, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
				io.WriteString(w, strings.Repeat("x", length))
			})
			if _, err := w.call(k); err != nil {
				t.Fatal(err)
			}
			status, length = c.status, c.length
			_, err := w.run(k, 1, load{1, time.Minute})
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestRunNeedsACallBefore(t *testing.T) {
	w := dial(t, raw{}, func(w http.ResponseWriter, _ *http.Request) {})
	if _, err := w.run(&class{name: "k", path: "/"}, 1, load{1, time.Minute}); err == nil {
		t.Error("no error, though no answer was checked")
	}
}

func TestStatusIsTold(t *testing.T) {
	w := dial(t, mcp{}, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	if _, err := w.call(classes()[0]); !errors.Is(err, status(401)) {
		t.Errorf("%v, want status 401", err)
	}
}
