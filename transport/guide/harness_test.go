package guide_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"go.uber.org/goleak"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/tools"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/guide"
	"posthog-mcp/transport/jsonrpc"
	"posthog-mcp/transport/posthog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var compiled = sync.OnceValues(tools.NewCatalogue)

func catalogue(t testing.TB) *engine.Catalogue {
	t.Helper()
	c, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// setup is what a desk differs in; the zero value is everything, on a sandbox.
type setup struct {
	rules  engine.Rules
	base   http.RoundTripper
	called func(context.Context, *engine.Tool, engine.Result)
	log    *slog.Logger
}

// desk is an MCP server with nothing but the guide, on a sandbox whose time
// stands still.
type desk struct {
	t       testing.TB
	server  *server.MCPServer
	sandbox *sandbox.Sandbox
}

func newDesk(t testing.TB, s setup) *desk {
	t.Helper()
	d := &desk{t: t}
	clock := func() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) }
	d.sandbox = sandbox.New(sandbox.WithClock(clock))
	if s.base == nil {
		s.base = d.sandbox.RoundTripper()
	}
	if s.called == nil {
		s.called = func(context.Context, *engine.Tool, engine.Result) {}
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	g := guide.New(guide.Config{
		Catalogue: catalogue(t),
		Toolbox: &engine.Toolbox{
			API:  posthog.New(posthog.Options{Key: sandbox.KeyAll, Base: s.base}),
			Host: "https://us.posthog.com", Now: clock, Rules: s.rules,
		},
		Called: s.called, Logger: s.log, Words: strings.Clone,
	})
	d.server = server.NewMCPServer("guide", "1", append(g.Options(), server.WithHooks(&server.Hooks{}))...)
	g.Register(d.server)
	return d
}

// seen is what PostHog was asked so far, as "GET path?query" without what is
// the same in all of them.
func (d *desk) seen() []string {
	seen := []string{}
	for _, r := range d.sandbox.Requests() {
		line := r.Method + " " + strings.TrimPrefix(r.Path, "/api/projects/@current/")
		if r.Query != "" {
			line += "?" + r.Query
		}
		seen = append(seen, line)
	}
	return seen
}

// send is one message and its answer.
func (d *desk) send(ctx context.Context, message string) []byte {
	m, problem := jsonrpc.Parse([]byte(message))
	var response mcp.JSONRPCMessage = problem
	if problem == nil {
		response = d.server.HandleMessage(ctx, m.Raw)
	}
	return jsonrpc.Encode(slog.Default(), m, response, nil)
}

type response struct {
	Result json.RawMessage
	Error  *struct {
		Code    int
		Message string
	}
}

// ask makes a request of the era before 2026-07-28.
func (d *desk) ask(ctx context.Context, method string, params any) response {
	d.t.Helper()
	message, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	if err != nil {
		d.t.Fatal(err)
	}
	var r response
	if err := json.Unmarshal(d.send(ctx, string(message)), &r); err != nil {
		d.t.Fatal(err)
	}
	return r
}

// completion is what is offered, or the code of an error.
type completion struct {
	Code    int
	Values  []string
	Total   int
	HasMore bool
}

func (d *desk) complete(ctx context.Context, ref map[string]string, argument, value string) completion {
	d.t.Helper()
	r := d.ask(ctx, "completion/complete", map[string]any{"ref": ref, "argument": map[string]string{"name": argument, "value": value}})
	if r.Error != nil {
		return completion{Code: r.Error.Code}
	}
	var got struct{ Completion completion }
	if err := json.Unmarshal(r.Result, &got); err != nil {
		d.t.Fatal(err)
	}
	return got.Completion
}

// typing completes an argument of a prompt.
func (d *desk) typing(ctx context.Context, prompt, argument, value string) completion {
	d.t.Helper()
	return d.complete(ctx, map[string]string{"type": "ref/prompt", "name": prompt}, argument, value)
}

func (d *desk) prompts(ctx context.Context) []string {
	d.t.Helper()
	var got struct{ Prompts []struct{ Name string } }
	r := d.ask(ctx, "prompts/list", map[string]any{})
	if r.Error != nil {
		return []string{r.Error.Message}
	}
	if err := json.Unmarshal(r.Result, &got); err != nil {
		d.t.Fatal(err)
	}
	names := []string{}
	for _, p := range got.Prompts {
		names = append(names, p.Name)
	}
	return names
}

// carrier makes a RoundTripper of a function.
type carrier func(*http.Request) (*http.Response, error)

func (c carrier) RoundTrip(r *http.Request) (*http.Response, error) { return c(r) }

// says is an answer of PostHog's.
func says(r *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(body)),
		Body: io.NopCloser(strings.NewReader(body)), Request: r,
	}
}

func as(key posthog.Key) context.Context { return posthog.WithKey(context.Background(), key) }

func narrowed(s engine.Selection) context.Context {
	return engine.WithCaller(context.Background(), engine.Caller{Selection: s})
}
