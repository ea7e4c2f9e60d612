package limit_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"posthog-mcp/tools"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/limit"
	"posthog-mcp/transport/posthog"
)

// recorder is a PostHog that counts what it is asked to do, and answers so that
// each answer can be told from all others.
type recorder struct {
	project atomic.Value // the one that the key's owner has open
	did     atomic.Int32
}

func (p *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.URL.Path == "/api/projects/@current/":
		fmt.Fprintf(w, `{"id":%s}`, p.project.Load())
	case r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/subscriptions/"):
		p.did.Add(1)
		fmt.Fprint(w, `{"results":[]}`)
	case r.Method == http.MethodGet: // a look at one, before or after a write
		fmt.Fprint(w, `{"id":1}`)
	default:
		n := p.did.Add(1)
		w.WriteHeader(map[bool]int{true: http.StatusAccepted, false: http.StatusCreated}[strings.HasSuffix(r.URL.Path, "/test-delivery/")])
		fmt.Fprintf(w, `{"id":%d,"title":"answer %[1]d to %s"}`, n, r.URL.Path)
	}
}

// What reaches PostHog of agents' calls. Whoever makes the same call again gets
// what came of it; another caller, project, tool or argument makes another call.
func TestOnceToolbox(t *testing.T) {
	upstream := &recorder{}
	server := httptest.NewServer(upstream)
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
	box := &engine.Toolbox{API: client, Once: limit.NewOnce(time.Hour, time.Minute, nil)}
	const (
		deliver = "subscriptions-test-delivery-create"
		create  = "subscriptions-create"
		weekly  = `"insight":1,"target_type":"email","target_value":"a@x.example","frequency":"weekly","start_date":"2030-01-07T09:00:00Z"`
	)
	for i, c := range []struct {
		caller, open, tool, arguments string
		did                           int32 // so far; a creation looks for its double
		repeated                      bool
	}{
		{"a", "7", deliver, `{"id":1}`, 1, false},
		{"a", "7", deliver, `{"id":1}`, 1, true},
		{"a", "7", deliver, `{ "id": "1" }`, 1, true},
		{"a", "7", deliver, `{"id":1,"project_id":"7"}`, 1, true},
		{"b", "7", deliver, `{"id":1}`, 2, false},
		{"", "7", deliver, `{"id":1}`, 3, false},
		{"a", "7", deliver, `{"id":2}`, 4, false},
		{"a", "7", deliver, `{"id":1,"project_id":"8"}`, 5, false},
		{"a", "9", deliver, `{"id":1}`, 6, false}, // the owner has opened another
		{"a", "8", deliver, `{"id":1}`, 6, true},
		{"a", "7", create, `{` + weekly + `}`, 8, false},
		{"a", "7", create, `{` + weekly + `}`, 8, true},
		{"b", "7", create, `{` + weekly + `}`, 10, false},
		{"a", "9", create, `{` + weekly + `}`, 12, false},
		{"a", "7", create, `{` + weekly + `,"title":"x"}`, 14, false},
		{"a", "7", "subscriptions-list", `{}`, 15, false},
		{"a", "7", "subscriptions-list", `{}`, 16, false},
	} {
		upstream.project.Store(c.open)
		ctx := engine.WithCaller(context.Background(), engine.Caller{ID: c.caller})
		result := box.Call(ctx, catalogue.Tool(c.tool), json.RawMessage(c.arguments))
		if n := upstream.did.Load(); n != c.did {
			t.Errorf("row %d: %d calls so far, want %d", i, n, c.did)
		}
		if said := strings.Contains(string(result.Object), "Not made again"); said != c.repeated || !json.Valid(result.Object) || result.IsError {
			t.Errorf("row %d: the agent reads %s", i, result.Object)
		}
	}
}
