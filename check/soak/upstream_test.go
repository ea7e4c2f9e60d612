package soak

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"posthog-mcp/internal/sandbox"
)

// upstream is the sandbox with a key for each caller, and a record of what was
// done in whose name.
type upstream struct {
	world  *sandbox.Sandbox
	server *httptest.Server

	mu      sync.Mutex
	starts  map[string][]time.Time // of calls for subscriptions, by caller
	created map[string]int         // subscriptions, by title
}

// keyOf is the caller's own, which only this upstream knows.
func keyOf(caller string) string { return "phx_soak_" + caller }

func newUpstream(t *testing.T) *upstream {
	u := &upstream{world: sandbox.New(), starts: map[string][]time.Time{}, created: map[string]int{}}
	u.server = httptest.NewServer(u)
	t.Cleanup(u.server.CloseClientConnections)
	return u
}

// whose is the answer that says whose key asked, and for what.
type whose struct {
	Owner string `json:"owner"`
	UUID  string `json:"uuid"`
}

func (u *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	caller := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "+keyOf(""))
	time.Sleep(time.Duration(2+rand.IntN(15)) * time.Millisecond) // the way to PostHog
	if uuid, ok := strings.CutSuffix(r.URL.Path, "/github_login/"); ok {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(whose{caller, strings.TrimPrefix(uuid, "/api/users/")}) // its reader may be dead
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	// The sandbox knows keys of its own alone. A request is carried out although
	// the replica that sent it has died, as at PostHog.
	r = r.WithContext(context.WithoutCancel(r.Context()))
	r.Header.Set("Authorization", "Bearer "+sandbox.KeyAll)
	r.Body = io.NopCloser(bytes.NewReader(body))
	u.mu.Lock()
	u.starts[caller] = append(u.starts[caller], time.Now())
	u.mu.Unlock()
	answer := httptest.NewRecorder()
	u.world.ServeHTTP(answer, r)
	if r.Method == http.MethodPost && answer.Code == http.StatusCreated {
		var made struct{ Title string }
		_ = json.Unmarshal(body, &made) // it was accepted
		u.mu.Lock()
		u.created[made.Title]++
		u.mu.Unlock()
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// busiest is how many of a caller's calls started in its busiest minute.
func (u *upstream) busiest(caller string) int {
	starts, most, first := u.starts[caller], 0, 0
	for i, at := range starts {
		for at.Sub(starts[first]) >= time.Minute {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}
