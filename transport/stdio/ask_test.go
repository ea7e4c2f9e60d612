package stdio

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	mcpclient "github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/transport/session/sessiontest"
)

// person answers with their action, and agrees if it is accept.
type person mcp.ElicitationResponseAction

func (p person) Elicit(_ context.Context, request mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	if !strings.Contains(request.Params.Message, "Send it?") {
		return nil, fmt.Errorf("asked %q", request.Params.Message)
	}
	result := &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{Action: mcp.ElicitationResponseAction(p)}}
	if result.Action == mcp.ElicitationResponseActionAccept {
		result.Content = map[string]any{"go": true}
	}
	return result, nil
}

// mcp-go's client understands the question in either era, and its answer
// arrives with the state that went with the question.
func TestAskOfAClient(t *testing.T) {
	for _, version := range []string{"2025-06-18", "2025-11-25", "2026-07-28"} {
		for action, content := range map[person]any{"accept": map[string]any{"go": true}, "decline": nil, "cancel": nil} {
			t.Run(version+" "+string(action), func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), patient)
				defer cancel()
				fromClient, in := io.Pipe()
				out, toClient := io.Pipe()
				ended := make(chan error, 1)
				go func() {
					ended <- Serve(ctx, sessiontest.Server(), Options{In: fromClient, Out: toClient, Timeout: patient, Logger: silent()})
					_ = toClient.Close()
				}()
				client := mcpclient.NewClient(transport.NewIO(out, in, io.NopCloser(strings.NewReader(""))), mcpclient.WithElicitationHandler(action))
				if err := client.Start(ctx); err != nil {
					t.Fatal(err)
				}
				var hello mcp.InitializeRequest
				hello.Params.ProtocolVersion = version
				hello.Params.ClientInfo = mcp.Implementation{Name: "a-client", Version: "1"}
				if _, err := client.Initialize(ctx, hello); err != nil || client.ProtocolVersion() != version {
					t.Fatalf("initialize: %s, %v", client.ProtocolVersion(), err)
				}
				result, err := client.CallTool(ctx, mcp.CallToolRequest{Params: mcp.CallToolParams{Name: "ask"}})
				if err != nil {
					t.Fatal(err)
				}
				want := map[string]any{"action": string(action), "content": content, "state": sessiontest.State}
				if diff := cmp.Diff(want, result.StructuredContent); diff != "" {
					t.Error(diff)
				}
				if err := client.Close(); err != nil {
					t.Error(err)
				}
				if err := <-ended; err != nil {
					t.Error(err)
				}
			})
		}
	}
}

const hello = `{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"elicitation":{}},"clientInfo":{"name":"a-client","version":"1"}}}`

// askCall is a call that asks the person.
func askCall(id int) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"ask"}}`, id)
}

// A person who is away holds up nobody: more calls than may be in flight are
// made beside the questions that wait, and ten minutes later those are over.
func TestAwayPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := connect(context.Background(), t, sessiontest.Server(), patient)
		client.send(hello)
		synctest.Wait()
		client.take()
		for id := range 2 * callsInFlight {
			client.send(askCall(id))
		}
		synctest.Wait()
		asked := 0
		for _, line := range client.take() {
			switch {
			case strings.Contains(line, "elicitation/create"):
				asked++
			case !strings.Contains(line, "questions wait for the person already"):
				t.Errorf("%s", line)
			}
		}
		if asked == 0 || asked > callsInFlight/2 {
			t.Errorf("%d questions are open", asked)
		}
		for id := range 2 * callsInFlight {
			client.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"can-ask"}}`, 1000+id))
		}
		client.send(`{"jsonrpc":"2.0","id":"p","method":"ping"}`)
		synctest.Wait()
		if n := len(client.take()); n != 2*callsInFlight+1 {
			t.Errorf("%d answers beside the questions, want %d", n, 2*callsInFlight+1)
		}
		time.Sleep(10*time.Minute - time.Second)
		synctest.Wait()
		if lines := client.take(); len(lines) > 0 {
			t.Errorf("early: %q", lines)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if n := len(client.take()); n != 2*asked { // a question taken back, and a call answered
			t.Errorf("%d lines at the end of %d questions", n, asked)
		}
		if err := client.hangUp(); err != nil {
			t.Error(err)
		}
	})
}

// A process that is told to end waits for no person, and says so.
func TestEndsWhileAsking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(context.Background())
		client := connect(ctx, t, sessiontest.Server(), patient)
		client.send(hello, askCall(7))
		synctest.Wait()
		client.take()
		begin := time.Now()
		stop()
		if err := <-client.ended; err != nil || time.Since(begin) != 0 {
			t.Errorf("ended after %v: %v", time.Since(begin), err)
		}
		synctest.Wait()
		want := []string{
			`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"posthog-mcp-1","reason":"the connection is ending, so nobody can answer"}}`,
			`{"jsonrpc":"2.0","id":7,"error":{"code":-32603,"message":"multi round-trip: fulfilling input request \"confirm\": the connection is ending, so nobody can answer"}}`,
		}
		if diff := cmp.Diff(want, client.take()); diff != "" {
			t.Error(diff)
		}
	})
}
