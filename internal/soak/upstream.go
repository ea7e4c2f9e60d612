package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"posthog-mcp/internal/sandbox"
)

// upstream is the sandbox with a key for each caller and a full record of what
// was done in whose name.
type upstream struct {
	world *sandbox.Sandbox
	url   string
	http  *http.Server

	mu      sync.Mutex
	starts  map[string][]time.Time // of calls for subscriptions, by caller
	mails   map[string]int         // by address
	created map[string]int         // subscriptions, by title
}

// keyOf is the caller's own, which only this upstream knows.
func keyOf(caller string) string { return "phx_soak_" + strings.ReplaceAll(caller, "-", "_") }

func callerOf(r *http.Request) string {
	name, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer phx_soak_")
	return strings.ReplaceAll(name, "_", "-")
}

func newUpstream(ctx context.Context) (*upstream, error) {
	u := &upstream{starts: map[string][]time.Time{}, mails: map[string]int{}, created: map[string]int{}}
	u.world = sandbox.New(sandbox.WithOutbox(func(m sandbox.Message) {
		u.mu.Lock()
		defer u.mu.Unlock()
		u.mails[m.To]++
	}))
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	u.url = "http://" + l.Addr().String()
	u.http = &http.Server{Handler: u, ReadHeaderTimeout: patience}
	go func() { _ = u.http.Serve(l) }() // it ends with close
	return u, nil
}

// close waits for the calls in flight: killed replicas left some behind.
func (u *upstream) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return u.http.Shutdown(ctx)
}

func (u *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	caller := callerOf(r)
	// So long takes an answer from elsewhere.
	time.Sleep(time.Duration(2+rand.IntN(15)) * time.Millisecond)
	if uuid, ok := strings.CutSuffix(r.URL.Path, "/github_login/"); ok {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(whose{caller, strings.TrimPrefix(uuid, "/api/users/")})
		return
	}
	u.mu.Lock()
	u.starts[caller] = append(u.starts[caller], time.Now())
	u.mu.Unlock()
	// The sandbox knows keys of its own alone. One a replica has given up on is
	// carried out all the same, as at PostHog.
	r = r.WithContext(context.WithoutCancel(r.Context()))
	r.Header.Set("Authorization", "Bearer "+sandbox.KeyAll)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	told := &statusWriter{ResponseWriter: w}
	u.world.ServeHTTP(told, r)
	if r.Method == http.MethodPost && told.status == http.StatusCreated {
		var made struct{ Title string }
		_ = json.Unmarshal(body, &made) // it was accepted
		u.mu.Lock()
		u.created[made.Title]++
		u.mu.Unlock()
	}
}

// whose is the answer that says who asked, and for what.
type whose struct {
	Owner string `json:"owner"`
	UUID  string `json:"uuid"`
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// busiest is how many of a caller's calls started in its busiest minute.
func (u *upstream) busiest(caller string) int {
	u.mu.Lock()
	defer u.mu.Unlock()
	starts, most, first := u.starts[caller], 0, 0
	for i, at := range starts {
		for at.Sub(starts[first]) >= time.Minute {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}
