package tools_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"

	"posthog-mcp/tools"
	"posthog-mcp/transport/posthog"
)

// wire is a PostHog on loopback that answers every request alike and
// remembers what it was sent, byte for byte.
type wire struct {
	t      *testing.T
	server *httptest.Server
	box    *tools.Toolbox

	mu     sync.Mutex
	seen   []sent
	status int
	header http.Header
	body   string
}

// sent is a request as it stood on the wire.
type sent struct{ Method, URI, Body string }

func newWire(t *testing.T) *wire {
	w := &wire{t: t, status: http.StatusOK, body: `{"id":1}`}
	w.server = httptest.NewServer(w)
	t.Cleanup(w.server.Close)
	host, err := url.Parse(w.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := posthog.New(posthog.Options{Host: host, Key: "phx_test_0000000000"})
	t.Cleanup(client.CloseIdle)
	w.box = &tools.Toolbox{API: client}
	return w
}

func (w *wire) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, sent{r.Method, r.RequestURI, string(body)})
	for name, values := range w.header {
		rw.Header()[name] = values
	}
	rw.WriteHeader(w.status)
	_, _ = io.WriteString(rw, w.body)
}

// answers sets what every request gets from now on.
func (w *wire) answers(status int, header http.Header, body string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.status, w.header, w.body = status, header, body
}

// takeSent returns what was sent since the last time.
func (w *wire) takeSent() []sent {
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := w.seen
	w.seen = nil
	return seen
}

func (w *wire) call(tool, arguments string) tools.Result {
	w.t.Helper()
	t := catalogue(w.t).Tool(tool)
	if t == nil {
		w.t.Fatalf("no tool %q", tool)
	}
	return w.box.Call(context.Background(), t, json.RawMessage(arguments))
}

var compiled = sync.OnceValues(tools.NewCatalogue)

func catalogue(t testing.TB) *tools.Catalogue {
	t.Helper()
	c, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	return c
}
