package conversations

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/client"
	mcptransport "github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/transport"
	"posthog-mcp/transport/guard"
	"posthog-mcp/transport/posthog"
	"posthog-mcp/transport/stdio"
	"posthog-mcp/transport/web"
)

// patience is how long a conversation may take; it takes a few milliseconds.
const patience = 30 * time.Second

var silent = slog.New(slog.DiscardHandler)

// agent is an MCP client that talks to the server as it is shipped.
type agent struct {
	t      *testing.T
	ctx    context.Context
	client *client.Client
	person *person
	world  *world
	// answers are the structured contents so far, refusals included.
	answers []json.RawMessage
}

// given is what a call came to.
type given struct {
	// kind is result or refused.
	kind, text string
	questions  []question
	requests   []string
}

func newAgent(t *testing.T, w *world, s settings) *agent {
	t.Helper()
	a := &agent{t: t, world: w, person: &person{}}
	var cancel func()
	a.ctx, cancel = context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	mcpServer := transport.NewServer(s.options(t, w))
	over := overPipes
	if s.Over == "http" {
		over = func(t *testing.T, m *server.MCPServer) mcptransport.Interface { return overHTTP(t, m, s.key(t)) }
	}
	options := []client.ClientOption{client.WithProtocolVersion(s.version())}
	if s.Asks {
		options = append(options, client.WithElicitationHandler(a.person))
	}
	a.client = client.NewClient(over(t, mcpServer), options...)
	t.Cleanup(func() { _ = a.client.Close() })
	if err := a.client.Start(a.ctx); err != nil {
		t.Fatal(err)
	}
	var hello mcp.InitializeRequest
	hello.Params.ProtocolVersion = s.version()
	hello.Params.ClientInfo = mcp.Implementation{Name: "an-agent", Version: "1"}
	if _, err := a.client.Initialize(a.ctx, hello); err != nil {
		t.Fatal(err)
	}
	return a
}

// call makes a call; says are the person's answers, should they be asked.
func (a *agent) call(tool, arguments string, says []string) given {
	a.t.Helper()
	a.person.expect(says)
	a.world.wire.take()
	var request mcp.CallToolRequest
	request.Params.Name, request.Params.Arguments = tool, json.RawMessage(arguments)
	result, err := a.client.CallTool(a.ctx, request)
	if err != nil {
		a.t.Fatalf("%s %s: %v", tool, arguments, err)
	}
	structured, err := json.Marshal(result.StructuredContent)
	if err != nil || len(result.Content) != 1 {
		a.t.Fatalf("%s: %d pieces of content, %v", tool, len(result.Content), err)
	}
	a.answers = append(a.answers, structured)
	text := result.Content[0].(mcp.TextContent).Text
	g := given{kind: "refused", text: masked(text), questions: a.person.asked, requests: a.world.wire.take()}
	if !result.IsError {
		a.checkAlike(text, structured)
		g.kind, g.text = "result", masked(laidOut(text))
	}
	if len(g.requests) == 0 {
		g.requests = []string{"nothing asked"}
	}
	return g
}

// checkAlike holds that the text of a success and its structured content are
// the same: some clients show the model the one, some the other.
func (a *agent) checkAlike(text string, structured []byte) {
	a.t.Helper()
	var one, other any
	if err := errors.Join(json.Unmarshal([]byte(text), &one), json.Unmarshal(structured, &other)); err != nil {
		a.t.Fatal(err)
	}
	if diff := cmp.Diff(one, other); diff != "" {
		a.t.Errorf("text and structured content (-text +structured):\n%s", diff)
	}
}

// person answers the questions of a call. They are asked from other goroutines.
type person struct {
	mu    sync.Mutex
	says  []string
	asked []question
}

// question is what the person was asked; says is accepts, declines or cancels.
type question struct{ text, says string }

func (p *person) expect(says []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.says, p.asked = says, nil
}

// Elicit declines what the transcript does not expect.
func (p *person) Elicit(_ context.Context, request mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	says := "declines"
	if len(p.says) > 0 {
		says, p.says = p.says[0], p.says[1:]
	}
	p.asked = append(p.asked, question{request.Params.Message, says})
	action := mcp.ElicitationResponseAction(strings.TrimSuffix(says, "s"))
	return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{Action: action, Content: map[string]any{}}}, nil
}

func overPipes(t *testing.T, s *server.MCPServer) mcptransport.Interface {
	toServer, fromClient := io.Pipe()
	toClient, fromServer := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- stdio.Serve(context.Background(), s, stdio.Options{In: toServer, Out: fromServer, Timeout: patience, Logger: silent})
		_ = fromServer.Close()
	}()
	t.Cleanup(func() {
		_ = fromClient.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return mcptransport.NewIO(toClient, fromClient, io.NopCloser(strings.NewReader("")))
}

// overHTTP has every request bring the caller's key.
func overHTTP(t *testing.T, s *server.MCPServer, key posthog.Key) mcptransport.Interface {
	t.Helper()
	accept := func(ctx context.Context, token string) (context.Context, error) {
		return posthog.WithKey(ctx, posthog.Key(token)), nil
	}
	handler, err := web.New(web.Options{MCP: s, Guard: guard.Options{Auth: guard.Passthrough(accept)}, Drain: time.Second, Logger: silent})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(handler)
	t.Cleanup(h.Close)
	wire, err := mcptransport.NewStreamableHTTP(h.URL+"/mcp", mcptransport.WithHTTPBasicClient(h.Client()),
		mcptransport.WithHTTPHeaders(map[string]string{"Authorization": "Bearer " + key.Reveal()}))
	if err != nil {
		t.Fatal(err)
	}
	return wire
}
