package web

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

var incidentID = regexp.MustCompile(`\b[0-9a-f]{16}\b`)

// checkIncident reads what a client got of a panic.
func checkIncident(t *testing.T, where, text string, logged func() string) {
	t.Helper()
	id := incidentID.FindString(text)
	if id == "" || !strings.Contains(logged(), id) {
		t.Errorf("%s: no id that the log has too: %s", where, text)
	}
	for _, leak := range []string{canary, "goroutine", ".go:", "runtime"} {
		if strings.Contains(text, leak) {
			t.Errorf("%s: %q is in the answer: %s", where, leak, text)
		}
	}
}

// A tool that panics answers with a sentence and an id, and the server goes on.
// The log has the id too, and no secret.
func TestPanicInTool(t *testing.T) {
	var buffer syncBuffer
	log := slog.New(slog.NewTextHandler(&buffer, &slog.HandlerOptions{Level: slog.LevelDebug}))
	h := open(t, Options{MCP: product(t, overBase(newDesk()), log), Logger: log})
	e := h.listen(tokenA)
	for range 3 {
		got := h.must(request{method: "POST", path: "/mcp", token: tokenA, body: call(1, "panic")})
		a, err := decode(got.body)
		if err != nil || got.status != http.StatusOK || a.ID != 1.0 || !a.Result.IsError {
			t.Fatalf("got %+v, %v", got, err)
		}
		checkIncident(t, "/mcp", a.Result.Content[0].Text, buffer.String)

		if err := e.say(call(2, "panic")); err != nil {
			t.Fatal(err)
		}
		a = e.hear()
		if a.ID != 2.0 || !a.Result.IsError {
			t.Fatalf("heard %+v", a)
		}
		checkIncident(t, "/sse", a.Result.Content[0].Text, buffer.String)
	}
	goesOn(t, h, e)
	h.must(request{method: "POST", path: e.post, token: tokenB, body: call(5, "x")})
	h.must(request{method: "POST", path: "/mcp", header: map[string]string{"Authorization": "Basic " + tokenB}, body: call(6, "x")})
	_, session, _ := strings.Cut(e.post, "=")
	for _, secret := range []string{tokenA, tokenB, canary, session} {
		if strings.Contains(buffer.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

// So does a bug outside of the tools.
func TestPanicInProtocol(t *testing.T) {
	hooks := &server.Hooks{}
	hooks.AddBeforePing(func(context.Context, any, *mcp.PingRequest) { panic(canary) })
	broken := server.NewMCPServer("broken", "1", server.WithHooks(hooks))
	echo := mcp.NewTool("users-github-login-retrieve")
	broken.AddTool(echo, func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return mcp.NewToolResultStructuredOnly(map[string]any{"owner": "ada", "uuid": r.GetString("uuid", "")}), nil
	})
	var buffer syncBuffer
	log := slog.New(slog.NewTextHandler(&buffer, &slog.HandlerOptions{Level: slog.LevelDebug}))
	h := open(t, Options{MCP: broken, Logger: log})
	e := h.listen(tokenA)

	const ping = `{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}`
	got := h.must(request{method: "POST", path: "/mcp", token: tokenA, body: ping})
	if got.status != http.StatusInternalServerError {
		t.Errorf("got %d, want 500", got.status)
	}
	checkIncident(t, "/mcp", got.body, buffer.String)

	if err := e.say(ping); err != nil {
		t.Fatal(err)
	}
	_, data, err := e.next()
	if err != nil || !strings.Contains(data, `"id":9007199254740993`) || !strings.Contains(data, `"code":-32603`) {
		t.Errorf("heard %s, %v", data, err)
	}
	a, err := decode(data)
	if err != nil || a.Error == nil {
		t.Fatalf("heard %s, %v", data, err)
	}
	checkIncident(t, "/sse", a.Error.Message, buffer.String)
	goesOn(t, h, e)
}

func goesOn(t *testing.T, h *house, e *events) {
	t.Helper()
	got := h.must(request{method: "POST", path: "/mcp", token: tokenA, body: call(3, "x")})
	a, err := decode(got.body)
	belongs(t, a, err, 3, "ada", "x")
	if err := e.say(call(4, "y")); err != nil {
		t.Fatal(err)
	}
	belongs(t, e.hear(), nil, 4, "ada", "y")
}

// syncBuffer may be read while a log writes to it.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
