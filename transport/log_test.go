package transport_test

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"posthog-mcp/schema"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport"
	"posthog-mcp/transport/posthog"
)

// The debug log says which route was called, and has nothing of the call's
// arguments: not of those in the path either, nor of what is looked up first.
func TestDebugLogHasNoArguments(t *testing.T) {
	catalogue, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	for _, answer := range []struct {
		status int
		body   string
	}{{200, `{"id":7,"enabled":true,"results":[]}`}, {404, `{"detail":"Not found."}`}} {
		for _, tool := range catalogue.Tools() {
			if !strings.Contains(tool.Route, ":") {
				continue
			}
			var log diary
			api := posthog.New(posthog.Options{Base: says(answer.status, answer.body), Key: "phx_fake0000canary", Logger: log.logger()})
			s := transport.NewServer(transport.Options{
				Catalogue: catalogue, Profile: schema.Standard, Logger: slog.New(slog.DiscardHandler),
				Toolbox: &engine.Toolbox{API: api},
			})
			for _, further := range []string{"", `,"dry_run":true`} { // a preview looks at what is saved
				ask(t, s, "tools/call", `{"name":"`+tool.Name+`","arguments":`+canaries(tool, further)+`}`)
			}
			for _, line := range log.entries(t, "PostHog call") {
				if route, _ := line["route"].(string); !strings.HasPrefix(route, "/api/") {
					t.Errorf("%s: no route in %v", tool.Name, line)
				}
			}
			if found := log.String(); strings.Contains(found, "94711947119471") || strings.Contains(found, "canary") {
				t.Errorf("%s: an argument is in the log: %s", tool.Name, found)
			}
		}
	}
}

// canaries are arguments for a tool: what stands in its path has a number that is
// longer than any in a time of the log.
func canaries(tool *engine.Tool, further string) string {
	arguments := map[string]any{}
	for _, f := range tool.Schema.Fields() {
		if strings.Contains(tool.Route, ":"+f.Name) {
			arguments[f.Name] = json.Number("94711947119471")
		}
		switch f.Name {
		case "recording_id", "uuid":
			arguments[f.Name] = "canary-94711947119471"
		case "enabled":
			arguments[f.Name] = true
		case "first_name":
			arguments[f.Name] = "canary"
		}
	}
	data, _ := json.Marshal(arguments)
	return strings.TrimSuffix(string(data), "}") + further + "}"
}
