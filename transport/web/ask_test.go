package web

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	mcpclient "github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/transport/jsonrpc"
	"posthog-mcp/transport/session/sessiontest"
)

// agreeing is a person who agrees.
type agreeing struct{}

func (agreeing) Elicit(context.Context, mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{
		Action: mcp.ElicitationResponseActionAccept, Content: map[string]any{"go": true},
	}}, nil
}

// mcp-go's client understands the question on /mcp, and makes the call again
// with the answer and the state.
func TestAskOfAClient(t *testing.T) {
	h := open(t, Options{MCP: sessiontest.Server()})
	over, err := transport.NewStreamableHTTP("http://"+h.addr+"/mcp", transport.WithHTTPBasicClient(h.client),
		transport.WithHTTPHeaders(map[string]string{"Authorization": "Bearer " + tokenA}))
	if err != nil {
		t.Fatal(err)
	}
	client := mcpclient.NewClient(over, mcpclient.WithElicitationHandler(agreeing{}))
	defer func() { _ = client.Close() }()
	if err := client.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	var hello mcp.InitializeRequest
	hello.Params.ProtocolVersion = "2026-07-28"
	if _, err := client.Initialize(t.Context(), hello); err != nil {
		t.Fatal(err)
	}
	result, err := client.CallTool(t.Context(), mcp.CallToolRequest{Params: mcp.CallToolParams{Name: "ask"}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"action": "accept", "content": map[string]any{"go": true}, "state": sessiontest.State}
	if diff := cmp.Diff(want, result.StructuredContent); diff != "" {
		t.Error(diff)
	}
}

// On its way out a question on /mcp stays what it was, to the byte, also where
// the id has to be mended.
func TestQuestionKeepsItsBytes(t *testing.T) {
	h := open(t, Options{MCP: sessiontest.Server()})
	for _, id := range []string{`1`, `"a"`, `9007199254740993`} {
		r := modern(0, "")
		r.token = tokenA
		r.header["Mcp-Name"] = "ask"
		r.body = strings.Replace(r.body, `"id":0`, `"id":`+id, 1)
		r.body = strings.Replace(r.body, `"name":"users-github-login-retrieve"`, `"name":"ask"`, 1)
		m, _ := jsonrpc.Parse([]byte(r.body))
		want := jsonrpc.Encode(silent(), m, sessiontest.Server().HandleMessage(t.Context(), m.Raw), nil)
		if !strings.Contains(string(want), `"resultType":"input_required"`) {
			t.Fatalf("%s", want)
		}
		if diff := cmp.Diff(string(want), strings.TrimSuffix(h.must(r).body, "\n")); diff != "" {
			t.Errorf("(-handled +received):\n%s", diff)
		}
	}
}

// asking opens a stream on which a call waits for the person.
func asking(t *testing.T, h *house) *events {
	t.Helper()
	e := h.listen(tokenA)
	for _, body := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"elicitation":{}},"clientInfo":{"name":"a-client","version":"1"}}}`,
		`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"ask"}}`,
	} {
		if err := e.say(body); err != nil {
			t.Fatal(err)
		}
		if _, _, err := e.next(); err != nil { // the handshake's answer, and the question
			t.Fatal(err)
		}
	}
	return e
}

// A server that is to end waits for no person, and says so.
func TestDrainWhileAsking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := openPiped(t, Options{MCP: sessiontest.Server()})
		e := asking(t, h)
		begin := time.Now()
		h.end()
		const why = "the connection is ending, so nobody can answer"
		var got []string
		for range 2 {
			_, data, err := e.next()
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, data)
		}
		want := []string{
			`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"posthog-mcp-1","reason":"` + why + `"}}`,
			`{"jsonrpc":"2.0","id":2,"error":{"code":-32603,"message":"multi round-trip: fulfilling input request \"confirm\": ` + why + `"}}`,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if took := time.Since(begin); took >= time.Second {
			t.Errorf("answered after %v", took)
		}
	})
}

// A client that leaves while its person thinks takes the call with it.
func TestLeaveWhileAsking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := openPiped(t, Options{MCP: sessiontest.Server()})
		e := asking(t, h)
		begin := time.Now()
		e.leave()
		if err := h.server.streamCalls.Acquire(t.Context(), mostCalls); err != nil { // no call is in flight
			t.Error(err)
		}
		if took := time.Since(begin); took != 0 {
			t.Errorf("the call went on for %v", took)
		}
	})
}

// A person who is away holds up nobody: more calls than may be in flight are
// made on the stream beside the question.
func TestCallsWhileAsking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := openPiped(t, Options{MCP: sessiontest.Server()})
		e := asking(t, h)
		said := make(chan error, 1)
		go func() {
			var all error
			for id := range 2 * callsInFlight {
				all = errors.Join(all, e.say(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"can-ask"}}`, 100+id)))
			}
			said <- all
		}()
		for range 2 * callsInFlight {
			if a := e.hear(); len(a.Result.Content) != 1 || a.Result.Content[0].Text != "true" {
				t.Errorf("heard %+v", a)
			}
		}
		if err := <-said; err != nil {
			t.Error(err)
		}
	})
}

// Before 2026-07-28 nobody can be asked on /mcp: a tool that tries gets its
// error at once. Else the call would hang until its client gave up.
func TestNobodyToAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := openPiped(t, Options{MCP: sessiontest.Server()})
		begin := time.Now()
		got := h.must(request{method: "POST", path: "/mcp", token: tokenA, body: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ask"}}`})
		if a, err := decode(got.body); err != nil || a.Error == nil || time.Since(begin) != 0 {
			t.Errorf("after %v: %+v, %v", time.Since(begin), got, err)
		}
	})
}
