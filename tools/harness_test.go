package tools_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"

	"posthog-mcp/tools"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/posthog"
)

// wire is a PostHog on loopback that answers every request alike and
// remembers what it was sent, byte for byte.
type wire struct {
	t      *testing.T
	server *httptest.Server
	box    *engine.Toolbox

	mu     sync.Mutex
	seen   []sent
	status int
	header http.Header
	body   string
}

// everything is an answer that each operation takes for a success.
const everything = `{"id":1,"enabled":true,"access_token":"t","active_count":0,"results":[],"channels":[]}`

// sent is a request as it stood on the wire.
type sent struct{ Method, URI, Body string }

func newWire(t *testing.T) *wire {
	w := &wire{t: t, status: http.StatusOK, body: everything}
	w.server = httptest.NewServer(w)
	t.Cleanup(w.server.Close)
	host, err := url.Parse(w.server.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := posthog.New(posthog.Options{Host: host, Key: "phx_test_0000000000"})
	t.Cleanup(client.CloseIdle)
	w.box = &engine.Toolbox{API: client}
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

func (w *wire) call(tool, arguments string) engine.Result {
	w.t.Helper()
	t := catalogue(w.t).Tool(tool)
	if t == nil {
		w.t.Fatalf("no tool %q", tool)
	}
	result := w.box.Call(context.Background(), t, json.RawMessage(arguments))
	if fault := malformed(result); fault != "" {
		w.t.Fatalf("%s %s: %s", tool, arguments, fault)
	}
	return result
}

// malformed says what is wrong with the form of a result, whatever it is about:
// it is one line of JSON, an object, and no name stands in it twice.
func malformed(r engine.Result) string {
	if r.Question != nil {
		return ""
	}
	// Of names that stand in an object twice this reader takes none.
	var object map[string]any
	if err := jsonv2.Unmarshal(r.Object, &object); err != nil {
		return fmt.Sprintf("%v: %s", err, r.Object)
	}
	if bytes.ContainsAny(r.Object, "\r\n") || r.IsError == (r.Text == "") {
		return fmt.Sprintf("IsError %v, text %q: %s", r.IsError, r.Text, r.Object)
	}
	return ""
}

var compiled = sync.OnceValues(tools.NewCatalogue)

func catalogue(t testing.TB) *engine.Catalogue {
	t.Helper()
	c, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	return c
}
