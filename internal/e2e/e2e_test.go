// Package e2e holds the tests in which real MCP clients use the whole server,
// over every transport, against the sandbox.
package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/client"
	mcptransport "github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"go.uber.org/goleak"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/schema"
	"posthog-mcp/tools"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport"
	"posthog-mcp/transport/guard"
	"posthog-mcp/transport/posthog"
	"posthog-mcp/transport/stdio"
	"posthog-mcp/transport/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// operation is a call of one of the tools, and what comes of it on the sandbox.
type operation struct {
	tool, arguments string
	// refused is the code of the error; empty for a success.
	refused string
	// member is one member of the answer that shows what happened.
	member, value string
}

// job is a day's work, in an order that matters.
var job = []operation{
	{"users-retrieve", `{}`, "", "email", `"maya.lindqvist@hedgebox.example"`},
	{"users-list", `{"limit":5}`, "", "count", `1`},
	{"users-partial-update", `{"theme_mode":"dark","toolbar_mode":null}`, "", "theme_mode", `"dark"`},
	{"users-github-login-retrieve", `{}`, "", "github_login", `"mayalq"`},
	{"users-hedgehog-config-partial-update", `{"hedgehog_config":{"color":"red"}}`, "", "color", `"red"`},
	{"users-hedgehog-config-retrieve", `{}`, "", "color", `"red"`},
	{"users-credentials-review-complete-create", `{}`, "not_authenticated", "status", `401`},
	{"users-destroy", `{"uuid":"@me"}`, "not_authenticated", "status", `401`},
	{"subscriptions-list", `{"limit":2,"offset":1}`, "", "count", `30`},
	{"subscriptions-create", `{"target_type":"email","target_value":"a@team.example,b@team.example","frequency":"weekly","interval":2,"byweekday":["monday"],"start_date":"2027-01-04T09:00:00Z","dashboard":101,"dashboard_export_insights":[2001],"title":"Every second Monday"}`, "", "id", `90001`},
	{"subscriptions-create", `{"target_type":"email","target_value":"a@team.example","frequency":"weekly","start_date":"2027-01-04T09:00:00Z","dashboard":1,"dashboard_export_insights":[2001]}`, "does_not_exist", "attr", `"dashboard"`},
	{"subscriptions-create", `{"target_type":"sms"}`, "invalid_arguments", "code", `"invalid_arguments"`},
	{"subscriptions-retrieve", `{"id":90001}`, "", "schedule", `"every 2 weeks on Monday, 09:00 UTC, from 2027-01-04"`},
	{"subscriptions-partial-update", `{"id":90001,"target_value":"a@team.example,b@team.example,c@team.example"}`, "", "at_once", `["c@team.example"]`},
	{"subscriptions-test-delivery-create", `{"id":90001}`, "", "status", `202`},
	{"subscriptions-partial-update", `{"id":90001,"enabled":false}`, "", "state", `"paused"`},
	{"subscriptions-test-delivery-create", `{"id":90001}`, "conflict", "status", `409`},
	{"subscriptions-destroy", `{"id":90001}`, "method_not_allowed", "status", `405`},
	{"subscriptions-partial-update", `{"id":90001,"deleted":true}`, "", "state", `"deleted"`},
	{"subscriptions-summary-quota-retrieve", `{}`, "", "at_limit", `false`},
	{"session-recordings-sharing-passwords-create", `{"recording_id":"no-password-here"}`, "invalid_input", "status", `400`},
	{"session-recordings-sharing-refresh-create", `{"recording_id":"` + sandbox.RecordingCheckout + `"}`, "", "enabled", `false`},
	{"session-recordings-sharing-passwords-destroy", `{"recording_id":"` + sandbox.RecordingCheckout + `","password_id":12}`, "not_found", "detail", `"Password not found"`},
	{"session-recordings-sharing-partial-update", `{"recording_id":"` + sandbox.RecordingCheckout + `","enabled":true,"password_required":true}`, "", "password_required", `true`},
	{"session-recordings-sharing-retrieve", `{"recording_id":"` + sandbox.RecordingCheckout + `"}`, "", "enabled", `true`},
	{"dashboards-list", `{"search":"growth","limit":1}`, "", "link", `"/dashboard/{id}"`},
	{"dashboards-retrieve", `{"id":101}`, "", "name", `"Growth weekly"`},
	{"insights-list", `{"short_id":"Zsz5YDxi"}`, "", "count", `1`},
	{"integrations-list", `{"kind":"github"}`, "", "results", `[{"connected_by":"tomasz.nowak@hedgebox.example","display_name":"hedgebox","id":703,"kind":"github"}]`},
	{"slack-channels-list", `{"integration_id":701,"search":"#board"}`, "", "results", `[{"name":"board-metrics","target_value":"C0BOARD0002|#board-metrics"}]`},
	{"subscriptions-deliveries-list", `{"id":1101,"limit":1,"status":"failed"}`, "", "results", `[{"created_at":"2025-04-14T07:00:00Z","error":"Failed to generate exports","status":"failed","trigger":"scheduled"}]`},
	{"projects-list", `{"limit":1}`, "", "count", `2`},
	{"subscriptions-deliveries-retrieve", `{"id":1101,"delivery":"0190de00-0000-7000-8000-000000000001"}`, "", "status", `"completed"`},
	{"organization-members-list", `{"search":"maya"}`, "", "count", `1`},
}

// ofToday has the members that differ on a PostHog of today, by tool: it has two more
// subscriptions.
var ofToday = map[string]string{"subscriptions-list": `32`}

// mails are what people would have got of that day's work.
var mails = []string{
	"target_change a@team.example", "target_change b@team.example", "target_change c@team.example",
	"manual a@team.example", "manual b@team.example", "manual c@team.example",
}

func TestEveryOperationOnEveryTransport(t *testing.T) {
	for _, way := range []struct {
		name    string
		version string
		connect func(*testing.T, *server.MCPServer) mcptransport.Interface
	}{
		{"stdio", mcp.LATEST_LEGACY_PROTOCOL_VERSION, overPipes},
		{"stdio", mcp.ProtocolVersion20260728, overPipes},
		{"Streamable HTTP", "2025-03-26", overHTTP},
		{"Streamable HTTP", mcp.LATEST_LEGACY_PROTOCOL_VERSION, overHTTP},
		{"Streamable HTTP", mcp.ProtocolVersion20260728, overHTTP},
		{"SSE", "2024-11-05", overEvents},
		{"SSE", mcp.LATEST_LEGACY_PROTOCOL_VERSION, overEvents},
	} {
		for _, generation := range []sandbox.Generation{sandbox.Page, sandbox.Today} {
			t.Run(way.name+" "+way.version+" "+string(generation), func(t *testing.T) {
				world := sandbox.New(sandbox.WithGeneration(generation), sandbox.WithClock(func() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }))
				c := client.NewClient(way.connect(t, newServer(t, world)), client.WithProtocolVersion(way.version))
				if err := c.Start(t.Context()); err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = c.Close() })
				greet(t, c, way.version)
				for _, o := range slices.Concat(job, examples(t)) {
					if value, differs := ofToday[o.tool]; differs && generation == sandbox.Today {
						o.value = value
					}
					check(t, c, o)
				}
				var sent []string
				for _, m := range world.Outbox() {
					sent = append(sent, m.Trigger+" "+m.To)
				}
				if diff := cmp.Diff(mails, sent); diff != "" {
					t.Errorf("outbox (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func check(t *testing.T, c *client.Client, o operation) {
	t.Helper()
	var request mcp.CallToolRequest
	request.Params.Name, request.Params.Arguments = o.tool, json.RawMessage(o.arguments)
	result, err := c.CallTool(t.Context(), request)
	if err != nil {
		t.Fatalf("%s %s: %v", o.tool, o.arguments, err)
	}
	data, err := json.Marshal(result.StructuredContent)
	if err != nil {
		t.Fatal(err)
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(data, &object); err != nil {
		t.Fatal(err)
	}
	var code string
	if result.IsError {
		code = string(object["code"])
		code = code[1 : len(code)-1]
	}
	got := fmt.Sprintf("%s %s=%s", code, o.member, object[o.member])
	if want := fmt.Sprintf("%s %s=%s", o.refused, o.member, o.value); want != got {
		t.Errorf("%s %s: want %s, got %s", o.tool, o.arguments, want, got)
	}
}

func greet(t *testing.T, c *client.Client, version string) {
	t.Helper()
	var hello mcp.InitializeRequest
	hello.Params.ProtocolVersion = version
	hello.Params.ClientInfo = mcp.Implementation{Name: "e2e", Version: "1"}
	if _, err := c.Initialize(t.Context(), hello); err != nil {
		t.Fatal(err)
	}
	list, err := c.ListTools(t.Context(), mcp.ListToolsRequest{})
	if err != nil || len(list.Tools) != len(all(t)) {
		t.Fatalf("tools/list: %d tools, %v", len(list.Tools), err)
	}
}

// examples are the declared ones of the operations that the job has not: they
// work.
func examples(t *testing.T) (further []operation) {
	for _, tool := range all(t) {
		if slices.ContainsFunc(job, func(o operation) bool { return o.tool == tool.Name }) {
			continue
		}
		if tool.Effect != engine.Read {
			t.Errorf("%s writes, and is not in the job", tool.Name)
		}
		if tool.Example == "" {
			tool.Example = "{}"
		}
		further = append(further, operation{tool: tool.Name, arguments: tool.Example})
	}
	return further
}

func all(t *testing.T) []*engine.Tool {
	t.Helper()
	catalogue, err := tools.NewCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	return catalogue.Tools()
}

func newServer(t *testing.T, world *sandbox.Sandbox) *server.MCPServer {
	t.Helper()
	catalogue, err := tools.NewCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	api := posthog.New(posthog.Options{Base: world.RoundTripper(), Key: sandbox.KeyAll})
	return transport.NewServer(transport.Options{
		Catalogue: catalogue, Toolbox: &engine.Toolbox{API: api}, Profile: schema.Standard, Logger: slog.New(slog.DiscardHandler),
	})
}

func overPipes(t *testing.T, s *server.MCPServer) mcptransport.Interface {
	t.Helper()
	toServer, fromClient := io.Pipe()
	toClient, fromServer := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- stdio.Serve(context.Background(), s, stdio.Options{In: toServer, Out: fromServer, Timeout: time.Minute, Logger: slog.New(slog.DiscardHandler)})
		_ = fromServer.Close()
	}()
	t.Cleanup(func() {
		_ = fromClient.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return mcptransport.NewIO(toClient, fromClient, io.NopCloser(nil))
}

func overHTTP(t *testing.T, s *server.MCPServer) mcptransport.Interface {
	t.Helper()
	wire, err := mcptransport.NewStreamableHTTP(listen(t, s) + "/mcp")
	if err != nil {
		t.Fatal(err)
	}
	return wire
}

func overEvents(t *testing.T, s *server.MCPServer) mcptransport.Interface {
	t.Helper()
	wire, err := mcptransport.NewSSE(listen(t, s) + "/sse")
	if err != nil {
		t.Fatal(err)
	}
	return wire
}

func listen(t *testing.T, s *server.MCPServer) string {
	t.Helper()
	handler, err := web.New(web.Options{MCP: s, Guard: guard.Options{Auth: guard.NoAuth}, Drain: time.Second, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(handler)
	t.Cleanup(h.Close)
	return h.URL
}
