package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
)

// owners are who stands behind the tokens.
var owners = map[string]string{tokenA: "ada", tokenB: "bob", oauthC: "cyd"}

// desk is a PostHog that says who asked for what. The uuid that it is asked
// for steers it: hold… keeps the caller waiting, big… is a large answer, panic
// is a bug of ours.
type desk struct {
	seen atomic.Int64
	// most is how many calls were held at once.
	holding, most atomic.Int64
	arrived       chan string   // a held call's uuid
	release       chan struct{} // closed, it lets all held calls go
	doors         sync.Map      // from a held call's uuid to a channel that lets one go
	gone          chan string   // the uuid of a held call whose caller left
}

func newDesk() *desk {
	return &desk{arrived: make(chan string, 1000), release: make(chan struct{}), gone: make(chan string, 1000)}
}

// canary is in a panic and must not be in an answer.
const canary = "canary-in-a-panic"

// big is the least size of a big answer.
const big = 64 << 10

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.seen.Add(1)
	uuid := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/api/users/"), "/github_login/")
	told := map[string]string{"owner": owners[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")], "uuid": uuid}
	switch {
	case uuid == "panic":
		panic(canary)
	case strings.HasPrefix(uuid, "hold"):
		if !d.hold(r, uuid) {
			return
		}
	case strings.HasPrefix(uuid, "big"):
		told["filler"] = strings.Repeat("x", big)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(told)
}

func (d *desk) hold(r *http.Request, uuid string) bool {
	now := d.holding.Add(1)
	defer d.holding.Add(-1)
	for most := d.most.Load(); now > most && !d.most.CompareAndSwap(most, now); most = d.most.Load() {
	}
	d.arrived <- uuid
	select {
	case <-d.release:
		return true
	case <-d.door(uuid):
		return true
	case <-r.Context().Done():
		d.gone <- uuid
		return false
	}
}

func (d *desk) door(uuid string) chan struct{} {
	door, _ := d.doors.LoadOrStore(uuid, make(chan struct{}))
	return door.(chan struct{})
}

// RoundTrip is the desk without a network, in the caller's goroutine.
func (d *desk) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w.Result(), nil
}
