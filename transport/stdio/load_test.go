package stdio

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/schema"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport"
	"posthog-mcp/transport/jsonrpc"
	"posthog-mcp/transport/posthog"
)

// Thousands of calls, mixed with pings: every one has its own answer, once.
// Nothing stays behind: see TestMain.
func TestLoad(t *testing.T) {
	const rounds = 1000
	client := connect(context.Background(), t, serverOf(t, mirror), patient)
	want := map[string]string{}
	for i := 1; i <= rounds; i++ {
		client.send(
			fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"subscriptions-retrieve","arguments":{"id":%d}}}`, 4*i, i),
			fmt.Sprintf(`{"jsonrpc":"2.0","id":"%d","method":"tools/call","params":{"name":"subscriptions-retrieve","arguments":{"id":%d}}}`, 4*i, rounds+i),
			fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"subscriptions-retrieve","arguments":{"id":"x"}}}`, 4*i+1),
			fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"subscriptions-partial-update","arguments":{"id":%d,"title":"t"}}}`, 4*i+2, i),
			fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"ping"}`, 4*i+3),
		)
		want[fmt.Sprint(4*i)] = fmt.Sprintf("GET /api/projects/@current/subscriptions/%d/", i)
		want[fmt.Sprintf("%q", fmt.Sprint(4*i))] = fmt.Sprintf("GET /api/projects/@current/subscriptions/%d/", rounds+i)
		want[fmt.Sprint(4*i+1)] = "expected an integer"
		want[fmt.Sprint(4*i+2)] = fmt.Sprintf("PATCH /api/projects/@current/subscriptions/%d/", i)
		want[fmt.Sprint(4*i+3)] = `"result":{}`
	}
	if err := client.hangUp(); err != nil {
		t.Error(err)
	}
	for line := range client.came {
		var m jsonrpc.Message
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		text, asked := want[string(m.ID)]
		if !asked || !strings.Contains(line, text) {
			t.Fatalf("the answer to %s should have %q and come once: %s", m.ID, text, line)
		}
		delete(want, string(m.ID))
	}
	if len(want) > 0 {
		t.Errorf("%d requests have no answer", len(want))
	}
}

// mirror answers with what was asked for.
var mirror = carrier(func(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	recorder.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(recorder, `{"id":7,"title":"%s %s"}`, r.Method, r.URL.Path)
	return recorder.Result(), nil
})

// A call that is taken back closes its connection to PostHog.
func TestCancelReachesPostHog(t *testing.T) {
	arrived, gone := make(chan struct{}), make(chan struct{})
	upstream := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
		close(gone)
	}))
	defer upstream.Close()
	host, err := url.Parse(upstream.URL)
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	api := posthog.New(posthog.Options{Host: host, Key: testKey})
	defer api.CloseIdle()
	s := transport.NewServer(transport.Options{
		Catalogue: catalogue, Toolbox: &engine.Toolbox{API: api}, Profile: schema.Standard, Logger: silent(),
	})
	client := connect(context.Background(), t, s, patient)
	client.send(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"users-retrieve"}}`)
	<-arrived
	client.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`)
	<-gone
	if err := client.hangUp(); err != nil {
		t.Error(err)
	}
	for line := range client.came {
		t.Errorf("a call that was taken back was answered: %s", line)
	}
}

// A panic outside of the tools costs the one request: it is answered with an
// id, under which the log has the stack. Nothing is said of what was panicked
// with, which may hold a part of the message.
func TestPanic(t *testing.T) {
	hooks := &server.Hooks{}
	hooks.AddBeforeListTools(func(context.Context, any, *mcp.ListToolsRequest) { panic("canary-words") })
	hooks.AddBeforePing(func(context.Context, any, *mcp.PingRequest) { panic(fmt.Errorf("canary-words")) })
	var unencodable any = map[string]any{"canary-words": func() {}}
	s := server.NewMCPServer("test", "1", server.WithHooks(hooks), server.WithToolCapabilities(false))
	s.AddTool(mcp.NewTool("bad"), func(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{StructuredContent: unencodable}, nil
	})
	s.AddNotificationHandler("notifications/boom", func(context.Context, mcp.JSONRPCNotification) { panic("canary-words") })
	for _, c := range []struct{ name, line, where string }{
		{"a request", `{"jsonrpc":"2.0","id":"a","method":"tools/list"}`, "load_test.go"},
		{"a ping", `{"jsonrpc":"2.0","id":"a","method":"ping"}`, "load_test.go"},
		{"an answer that is no JSON", `{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"bad"}}`, "answer.go"},
		{"a notification", `{"jsonrpc":"2.0","method":"notifications/boom"}`, "load_test.go"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			var log shared
			err := Serve(context.Background(), s, Options{
				In: strings.NewReader(c.line + "\n" + `{"jsonrpc":"2.0","id":"z","method":"none"}`), Out: &out, Timeout: patient,
				Logger: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
			})
			if err != nil {
				t.Fatal(err)
			}
			var entry struct{ ID, Stack string }
			if err := json.Unmarshal([]byte(log.String()), &entry); err != nil || !strings.Contains(entry.Stack, c.where) {
				t.Fatalf("the log should have a stack with %s: %s (%v)", c.where, log.String(), err)
			}
			want := `{"jsonrpc":"2.0","id":"a","error":{"code":-32603,"message":"Internal error in posthog-mcp; whether the call took effect is unknown. Its log has the details under the id ` + entry.ID + `."}}`
			if strings.Contains(c.line, `"id"`) != strings.Contains(out.String(), want) {
				t.Errorf("want %s, got %s", want, out.String())
			}
			if !strings.Contains(out.String(), `"id":"z"`) {
				t.Error("the conversation did not go on")
			}
			if all := out.String() + log.String(); strings.Contains(all, "canary") {
				t.Errorf("told what was panicked with: %s", all)
			}
		})
	}
}

// shared is a buffer that many may write to.
type shared struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buffer.Write(p)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buffer.String()
}
