package conversations

import (
	"cmp"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/internal/sandbox"
)

// world is the sandbox, seen and changed by others than the agent: through its
// own API, with the key of the company's owner.
type world struct {
	*sandbox.Sandbox
	t    *testing.T
	wire *wire
	// mu guards at, which the server reads.
	mu sync.Mutex
	at time.Time
}

func newWorld(t *testing.T, g sandbox.Generation) *world {
	w := &world{t: t, at: tuesday}
	w.Sandbox = sandbox.New(sandbox.WithClock(func() time.Time { return tuesday }), sandbox.WithGeneration(cmp.Or(g, sandbox.Page)))
	w.wire = &wire{sandbox: w.RoundTripper()}
	return w
}

// now is the clock of the sandbox, and of the server.
func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *world) advance(by time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.Advance(by)
}

// do makes a change: METHOD PATH BODY, the path below the main project.
func (w *world) do(line string) {
	w.t.Helper()
	method, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	path, body, _ := strings.Cut(rest, " ")
	if status, answer := w.ask(method, fmt.Sprintf("/api/projects/%d/%s", sandbox.ProjectMain, path), body); status >= 300 {
		w.t.Fatalf("%s: %d %s", line, status, answer)
	}
}

// visit opens a shared link as somebody without an account.
func (w *world) visit(words []string) string {
	w.t.Helper()
	path, ok := strings.CutPrefix(words[0], host)
	if !ok {
		w.t.Fatalf("%s is not a link to PostHog", words[0])
	}
	body := `{}`
	if len(words) > 1 {
		body = `{"password":"` + words[1] + `"}`
	}
	status, answer := w.ask(http.MethodPost, path, body)
	if status == http.StatusOK {
		return "The recording is shown."
	}
	return gjson.Get(answer, "error").String() + gjson.Get(answer, "detail").String()
}

// ask is one request of the API, as the owner.
func (w *world) ask(method, path, body string) (status int, answer string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, host+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+sandbox.KeyAdmin)
	r.Header.Set("Content-Type", "application/json")
	response, err := w.RoundTripper().RoundTrip(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return response.StatusCode, string(read)
}

// see is what the owner finds there.
func (w *world) see(path string) gjson.Result {
	w.t.Helper()
	status, answer := w.ask(http.MethodGet, path, "")
	if status != http.StatusOK {
		w.t.Fatalf("%s: %d %s", path, status, answer)
	}
	return gjson.Parse(answer)
}

// wire is what lies between the server and PostHog: it counts the requests, and
// can break after one.
type wire struct {
	sandbox http.RoundTripper

	mu     sync.Mutex
	asked  []string
	breaks bool
}

// RoundTrip carries a request.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := w.sandbox.RoundTrip(r)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, r.Method)
	if err != nil || !w.breaks || r.Method == http.MethodGet {
		return response, err
	}
	w.breaks = false
	_ = response.Body.Close()
	return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
}

// take are the methods of the requests since it was last asked.
func (w *wire) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	asked := w.asked
	w.asked = nil
	return asked
}

func (w *world) loseAnswer() {
	w.wire.mu.Lock()
	defer w.wire.mu.Unlock()
	w.wire.breaks = true
}
