package once_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"posthog-mcp/tools"
	"posthog-mcp/transport/limit/once"
	"posthog-mcp/transport/posthog"
)

// What reaches PostHog of an agent's calls: a test delivery that is repeated does
// not, a read does, and so does what differs in its caller or its arguments.
func TestToolbox(t *testing.T) {
	var sent atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost || strings.HasSuffix(r.URL.Path, "/subscriptions/") {
			sent.Add(1)
		}
		w.WriteHeader(http.StatusAccepted)
	}))
	defer server.Close()
	host, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := tools.NewCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	client := posthog.New(posthog.Options{Host: host, Key: "phx_fake_00000000"})
	defer client.CloseIdle()
	box := &tools.Toolbox{API: client, Project: "7", Once: once.New(once.Options{Window: time.Hour})}
	const deliver = "subscriptions-test-delivery-create"
	for i, c := range []struct {
		caller, tool, arguments string
		sent                    int32
		repeated                bool
	}{
		{"a", deliver, `{"id":1}`, 1, false},
		{"a", deliver, `{"id":1}`, 1, true},
		{"a", deliver, `{ "id": "1" }`, 1, true},
		{"b", deliver, `{"id":1}`, 2, false},
		{"a", deliver, `{"id":2}`, 3, false},
		{"a", deliver, `{"id":1,"project_id":"8"}`, 4, false},
		{"a", "subscriptions-list", `{}`, 5, false},
		{"a", "subscriptions-list", `{}`, 6, false},
	} {
		ctx := tools.WithCaller(context.Background(), tools.Caller{ID: c.caller})
		result := box.Call(ctx, catalogue.Tool(c.tool), json.RawMessage(c.arguments))
		if n := sent.Load(); n != c.sent {
			t.Errorf("line %d: %d requests so far, want %d", i, n, c.sent)
		}
		if said := strings.Contains(string(result.Object), "Not made again"); said != c.repeated || !json.Valid(result.Object) {
			t.Errorf("line %d: the agent reads %s", i, result.Object)
		}
	}
}
