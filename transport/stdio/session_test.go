package stdio

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// A tool knows who calls.
func TestSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := server.NewMCPServer("test", "1", server.WithToolCapabilities(false))
		s.AddTool(mcp.NewTool("tell"), func(ctx context.Context, _ mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			session := server.ClientSessionFromContext(ctx).(server.SessionWithClientInfo) //nolint:forcetypeassert // it is ours
			sampling := session.GetClientCapabilities().Sampling != nil
			return mcp.NewToolResultText(fmt.Sprintf("%s, sampling: %v, %v", session.GetClientInfo().Name, sampling, session.Initialized())), nil
		})
		client := connect(context.Background(), t, s, patient)
		client.send(
			`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"sampling":{}},"clientInfo":{"name":"a-client","version":"1"}}}`,
			`{"jsonrpc":"2.0","method":"notifications/initialized"}`,
		)
		synctest.Wait()
		client.take()
		client.send(`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"tell"}}`)
		synctest.Wait()
		want := []string{`{"jsonrpc":"2.0","id":2,"result":{"content":[{"type":"text","text":"a-client, sampling: true, true"}]}}`}
		if diff := cmp.Diff(want, client.take()); diff != "" {
			t.Error(diff)
		}
		if err := client.hangUp(); err != nil {
			t.Error(err)
		}
	})
}

// A server serves one client on a pair of pipes at a time.
func TestOneClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := serverOf(t, empty(0))
		client := connect(context.Background(), t, s, patient)
		synctest.Wait()
		err := Serve(context.Background(), s, Options{In: strings.NewReader(""), Out: nil, Timeout: patient, Logger: silent()})
		if err == nil || !strings.Contains(err.Error(), "register session") {
			t.Errorf("served a second client: %v", err)
		}
		if err := client.hangUp(); err != nil {
			t.Error(err)
		}
	})
}
