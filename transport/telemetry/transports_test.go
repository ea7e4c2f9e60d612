package telemetry_test

import (
	"bufio"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/transport/guard"
	"posthog-mcp/transport/stdio"
	"posthog-mcp/transport/web"
)

// However a request comes in, its span has the id that the client gave it.
func TestEveryTransportTellsTheRequestsID(t *testing.T) {
	for name, call := range map[string]func(*testing.T, *server.MCPServer){
		"stdio": overPipes, "/mcp": overStreamable, "/sse": overStream,
	} {
		t.Run(name, func(t *testing.T) {
			to := newCollector(t)
			exporting(t, to)
			watch := newTelemetry(t, "users-list")
			call(t, newServer(watch, map[string]server.ToolHandlerFunc{"users-list": succeeds}))
			flush(t, watch)
			if id := to.named(t, "tools/call users-list").Attributes["jsonrpc.request.id"]; id != "7" {
				t.Errorf("the span has the id %v", id)
			}
		})
	}
}

func overPipes(t *testing.T, s *server.MCPServer) {
	var out strings.Builder
	err := stdio.Serve(t.Context(), s, stdio.Options{
		In: strings.NewReader(message("users-list", "") + "\n"), Out: &out, Timeout: time.Minute, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil || !strings.Contains(out.String(), canary) {
		t.Fatalf("%v: %s", err, out.String())
	}
}

func overStreamable(t *testing.T, s *server.MCPServer) {
	answer := post(t, serving(t, s)+"/mcp", http.StatusOK)
	if !strings.Contains(answer, canary) {
		t.Fatal(answer)
	}
}

func overStream(t *testing.T, s *server.MCPServer) {
	url := serving(t, s)
	stream, err := http.Get(url + "/sse")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stream.Body.Close() }()
	for lines := bufio.NewScanner(stream.Body); lines.Scan(); {
		if endpoint, ok := strings.CutPrefix(lines.Text(), "data: /"); ok {
			post(t, url+"/"+endpoint, http.StatusAccepted)
		}
		if strings.Contains(lines.Text(), canary) {
			return
		}
	}
	t.Fatal("the stream ended without an answer")
}

// serving has everybody call s.
func serving(t *testing.T, s *server.MCPServer) (url string) {
	handler, err := web.New(web.Options{MCP: s, Guard: guard.Options{Auth: guard.NoAuth}, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewServer(handler)
	t.Cleanup(listening.Close)
	return listening.URL
}

func post(t *testing.T, url string, want int) (answer string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(message("users-list", "")))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != want {
		t.Fatalf("status %d (%v): %s", response.StatusCode, err, body)
	}
	return string(body)
}
