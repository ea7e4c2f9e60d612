package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// The ways to answer that are no status.
const (
	never  = 998 // until the client gives up
	breaks = 999 // the connection ends
)

// waysToAnswer are what an [upstream] can be asked for.
var waysToAnswer = []int{200, 400, 401, 403, 404, 429, 500, 502, never, breaks}

// upstream answers as the path asks for. It repeats the key, as a server or a
// proxy that shows the request in its errors does, and nothing else.
type upstream struct {
	*httptest.Server

	mu   sync.Mutex
	told map[int]bool // by way to answer: a key and a secret in a body came
}

func newUpstream(t *testing.T) *upstream {
	u := &upstream{told: map[int]bool{}}
	u.Server = httptest.NewServer(u)
	t.Cleanup(u.Close)
	return u
}

var asksFor = regexp.MustCompile(`^/api/(?:projects|users)/(\d{3})/`)

// ServeHTTP answers one call.
func (u *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	way := 404
	if m := asksFor.FindStringSubmatch(r.URL.Path); m != nil {
		way, _ = strconv.Atoi(m[1])
	}
	if r.Header.Get("Authorization") == "Bearer "+canaryKey && strings.Contains(string(body), canary) {
		u.mu.Lock()
		u.told[way] = true
		u.mu.Unlock()
	}
	switch way {
	case never:
		<-r.Context().Done()
	case breaks:
		panic(http.ErrAbortHandler)
	case 502:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(way)
		_, _ = io.WriteString(w, "<html><h1>502 Bad Gateway</h1>"+r.Header.Get("Authorization")+"</html>")
	default:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(way)
		_, _ = io.WriteString(w, `{"type":"a","code":"b","detail":"Authorization: `+r.Header.Get("Authorization")+`","attr":null}`)
	}
}

// checkTold holds that the secrets were there to be leaked.
func (u *upstream) checkTold(t *testing.T) {
	t.Helper()
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, way := range waysToAnswer {
		if !u.told[way] {
			t.Errorf("no call with secrets came to be answered with %d", way)
		}
	}
}
