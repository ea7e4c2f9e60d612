package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/client"
	mcptransport "github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/tools"
	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/seal"
	"posthog-mcp/transport"
	"posthog-mcp/transport/audit"
	"posthog-mcp/transport/posthog"
)

// person answers every question in the same way, and remembers what was asked.
type person struct {
	says  mcp.ElicitationResponseAction
	asked []string
}

func (p *person) Elicit(_ context.Context, request mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	p.asked = append(p.asked, request.Params.Message)
	return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{Action: p.says, Content: map[string]any{}}}, nil
}

// Under --confirm sends, on every transport and in both eras: a person who can
// be asked decides; where nobody can be, the agent gets a preview to show. What
// became of each write is in the operator's record.
func TestConsent(t *testing.T) {
	const asked = "Send test delivery: id 1134?\nSent at once to: sales@hedgebox.example\nReports: dashboard 101 \"Growth weekly\", titled \"Growth weekly for sales\"\nSchedule: every week on Monday, 07:00 UTC\nProject: 31001"
	for _, way := range []struct {
		name, version string
		connect       func(*testing.T, *server.MCPServer) mcptransport.Interface
		// canAsk says that the client is asked; mcp-go's takes no questions on
		// an event stream.
		canAsk bool
	}{
		{"stdio", "2025-06-18", overPipes, true},
		{"stdio", mcp.ProtocolVersion20260728, overPipes, true},
		{"Streamable HTTP", "2025-11-25", overHTTP, false},
		{"Streamable HTTP", mcp.ProtocolVersion20260728, overHTTP, true},
		{"SSE", "2025-06-18", overEvents, false},
	} {
		for _, says := range []mcp.ElicitationResponseAction{"accept", "decline", "cancel"} {
			t.Run(fmt.Sprint(way.name, " ", way.version, " ", says), func(t *testing.T) {
				world, record := sandbox.New(), filepath.Join(t.TempDir(), "audit")
				asks := &person{says: says}
				options := []client.ClientOption{client.WithProtocolVersion(way.version)}
				if way.canAsk {
					options = append(options, client.WithElicitationHandler(asks))
				}
				c := client.NewClient(way.connect(t, confirmingServer(t, world, record)), options...)
				if err := c.Start(t.Context()); err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = c.Close() })
				greet(t, c, way.version)

				const arguments = `{"id":1134}`
				code, object := callTool(t, c, "subscriptions-test-delivery-create", arguments)
				outcomes := []string{map[mcp.ElicitationResponseAction]string{"accept": "done", "decline": "declined", "cancel": "unconfirmed"}[says]}
				want := map[mcp.ElicitationResponseAction]string{"accept": "", "decline": "declined", "cancel": "unanswered"}[says]
				// Since 2026-07-28 the question and its answer are calls of their own.
				if way.canAsk && way.version == mcp.ProtocolVersion20260728 {
					outcomes = append([]string{"unconfirmed"}, outcomes...)
				}
				if !way.canAsk {
					outcomes, want = []string{"unconfirmed", "done"}, ""
					if code != "confirmation_required" || len(world.Outbox()) > 0 {
						t.Fatalf("%s, %d messages", code, len(world.Outbox()))
					}
					confirmation := object["preview"].(map[string]any)["confirmation"]
					code, _ = callTool(t, c, "subscriptions-test-delivery-create", fmt.Sprintf(`{"id":1134,"confirmation":%q}`, confirmation))
				}
				if sent := len(world.Outbox()); code != want || (sent == 1) != (want == "") {
					t.Errorf("%q, %d messages", code, sent)
				}
				if way.canAsk {
					if diff := cmp.Diff([]string{asked}, asks.asked); diff != "" {
						t.Errorf("asked (-want +got):\n%s", diff)
					}
				}
				if diff := cmp.Diff(outcomes, recorded(t, record, way.version)); diff != "" {
					t.Errorf("record (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func confirmingServer(t *testing.T, world *sandbox.Sandbox, record string) *server.MCPServer {
	t.Helper()
	catalogue, err := tools.NewConfirmedCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := seal.New(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	log, err := audit.Open(record, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	box := &engine.Toolbox{
		API:     posthog.New(posthog.Options{Base: world.RoundTripper(), Key: sandbox.KeyAll}),
		Confirm: engine.ConfirmSends, Seal: sealer,
	}
	return transport.NewServer(transport.Options{Catalogue: catalogue, Toolbox: box, Audit: log, Logger: slog.New(slog.DiscardHandler)})
}

// callTool returns the code of a refusal, empty for a success, and the object.
func callTool(t *testing.T, c *client.Client, tool, arguments string) (code string, object map[string]any) {
	t.Helper()
	var request mcp.CallToolRequest
	request.Params.Name, request.Params.Arguments = tool, json.RawMessage(arguments)
	result, err := c.CallTool(t.Context(), request)
	if err != nil {
		t.Fatalf("%s %s: %v", tool, arguments, err)
	}
	object, _ = result.StructuredContent.(map[string]any)
	if result.IsError {
		code, _ = object["code"].(string)
	}
	return code, object
}

// recorded are the outcomes in the operator's record, each of a call to the
// domain of the recipients.
func recorded(t *testing.T, path, version string) (outcomes []string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(content)) {
		var entry struct{ Caller, Tool, Target, Result string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if entry.Caller != "server" || entry.Tool != "subscriptions-test-delivery-create" || entry.Target != target(len(outcomes), version, entry.Result) || strings.Contains(line, "sales") {
			t.Errorf("record: %s", line)
		}
		outcomes = append(outcomes, entry.Result)
	}
	return outcomes
}

// target is what a line of the record has of where the messages would have gone.
// Where the answer is a call of its own, and a no, nothing was looked up for it:
// the line of the question has it.
func target(line int, version, result string) string {
	if line > 0 && version == mcp.ProtocolVersion20260728 && result != "done" {
		return ""
	}
	return "hedgebox.example"
}
