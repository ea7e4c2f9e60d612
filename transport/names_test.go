package transport_test

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport"
	"posthog-mcp/transport/posthog"
)

// longestPrefix is the longest that a known client puts before a tool's name.
const longestPrefix = "mcp__claude_ai_PostHog__"

// named makes a server on the sandbox, with short names or without.
func named(t *testing.T, short bool) *server.MCPServer {
	t.Helper()
	catalogue, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	api := posthog.New(posthog.Options{Base: sandbox.New().RoundTripper(), Key: sandbox.KeyAll})
	return transport.NewServer(transport.Options{
		Catalogue: catalogue, Toolbox: &engine.Toolbox{API: api}, ShortNames: short, Logger: slog.New(slog.DiscardHandler),
	})
}

// With short names everything that an agent reads fits behind a client's prefix,
// and names no tool otherwise than the list does.
func TestShortNames(t *testing.T) {
	for _, short := range []bool{false, true} {
		s := named(t, short)
		list := ask(t, s, "tools/list", "{}")
		var listed struct{ Tools []struct{ Name string } }
		if err := json.Unmarshal(list, &listed); err != nil {
			t.Fatal(err)
		}
		long := 0
		for _, tool := range listed.Tools {
			if len(longestPrefix+tool.Name) > 64 {
				long++
			}
		}
		want := map[bool]int{false: 4, true: 0}[short]
		if catalogue, _ := compiled(); long != want || len(listed.Tools) != len(catalogue.Tools()) {
			t.Errorf("short %v: %d tools, %d with a long name", short, len(listed.Tools), long)
		}
		texts := string(list) +
			string(ask(t, s, "initialize", `{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"a","version":"1"}}`)) +
			string(ask(t, s, "prompts/get", `{"name":"share-recording-safely","arguments":{"recording":"0190"}}`)) +
			string(ask(t, s, "tools/call", `{"name":"session-recordings-sharing-passwords-create","arguments":{"recording_id":"0190","dry_run":true}}`))
		if strings.Contains(texts, "session-recordings-sharing-pa") == short {
			t.Errorf("short %v: %s", short, texts)
		}
	}
}

// Both names of a tool are called, whichever is listed.
func TestCallByEitherName(t *testing.T) {
	for _, short := range []bool{false, true} {
		s := named(t, short)
		var answers []string
		for _, name := range []string{"session-recordings-sharing-refresh-create", "recordings-sharing-refresh-create"} {
			answers = append(answers, string(ask(t, s, "tools/call", `{"name":"`+name+`","arguments":{"recording_id":"0190","dry_run":true}}`)))
		}
		if diff := cmp.Diff(answers[0], answers[1]); diff != "" || strings.Contains(answers[0], `"isError":true`) {
			t.Errorf("short %v: %s\n%s", short, answers[0], diff)
		}
	}
}
