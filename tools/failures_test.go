package tools_test

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/posthog"
)

// A call without an answer: what the agent reads of a read, and of a write that
// PostHog may have acted on.
func TestFailures(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // else net/http does not notice that the client left
		<-r.Context().Done()
	}
	reset := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	large := func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"a":"` + strings.Repeat("x", 5<<20) + `"}`))
	}
	for _, c := range []struct {
		name        string
		handler     http.HandlerFunc // nil: nothing listens
		key         posthog.Key
		code        string
		read, write string
	}{
		{"nothing listens", nil, "phx_test_0000000000", "unreachable", "Check the network, a proxy and POSTHOG_HOST.", "Nothing was sent to PostHog. Check the network, a proxy and POSTHOG_HOST."},
		{"a certificate of nobody's", reset, "phx_test_0000000000", "untrusted", "Where a proxy inspects the traffic, name its CA in SSL_CERT_FILE; else check POSTHOG_HOST.", "Nothing was sent to PostHog. Where a proxy inspects the traffic, name its CA in SSL_CERT_FILE; else check POSTHOG_HOST."},
		{"no answer", hang, "phx_test_0000000000", "timeout", "Try again; ask for less with limit where there is one.", "Outcome unknown, PostHog may have acted on it: check with subscriptions-list before repeating."},
		{"the connection breaks", reset, "phx_test_0000000000", "connection_lost", "Try again.", "Outcome unknown, PostHog may have acted on it: check with subscriptions-list before repeating."},
		{"too large", large, "phx_test_0000000000", "answer_too_large", "Ask for less with limit or a filter.", "PostHog accepted the request, only its answer is lost: check with subscriptions-list before repeating."},
		{"no key", hang, "", "no_key", "Set POSTHOG_PERSONAL_API_KEY for the server.", "Nothing was sent to PostHog. Set POSTHOG_PERSONAL_API_KEY for the server."},
		{"a login that is over", hang, "", "logged_out", "A person has to run posthog-mcp login where this server runs; then call again.", "Nothing was sent to PostHog. A person has to run posthog-mcp login where this server runs; then call again."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel() // retries wait for real
			server := httptest.NewUnstartedServer(c.handler)
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
			if c.code == "untrusted" {
				server.StartTLS()
			} else {
				server.Start()
			}
			defer server.Close()
			host, _ := url.Parse(server.URL)
			if c.handler == nil {
				server.Close()
			}
			timeout := time.Minute
			if c.code == "timeout" {
				timeout = 100 * time.Millisecond
			}
			options := posthog.Options{Host: host, Key: c.key, Timeout: timeout}
			if c.code == "logged_out" {
				options.Source = func(context.Context, posthog.Key) (posthog.Key, error) {
					return "", &engine.Failure{Kind: engine.LoggedOut}
				}
			}
			client := posthog.New(options)
			defer client.CloseIdle()
			box := &engine.Toolbox{API: client}
			for tool, want := range map[string]string{"subscriptions-list": c.read, "subscriptions-create": c.write} {
				arguments := `{}`
				if tool == "subscriptions-create" {
					arguments = `{"target_type":"email","target_value":"a@x.example","frequency":"weekly","start_date":"2027-01-04T09:00:00Z","insight":1}`
				}
				result := box.Call(context.Background(), catalogue(t).Tool(tool), json.RawMessage(arguments))
				var got engine.Refusal
				if err := json.Unmarshal(result.Object, &got); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff([]string{c.code, want}, []string{got.Code, got.Hint}); diff != "" || !result.IsError {
					t.Errorf("%s: IsError %v, %s (-want +got):\n%s", tool, result.IsError, result.Text, diff)
				}
			}
		})
	}
}

// A call that its caller takes back says so, and ends at once.
func TestCancelled(t *testing.T) {
	arrived := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	}))
	defer server.Close()
	host, _ := url.Parse(server.URL)
	client := posthog.New(posthog.Options{Host: host, Key: "phx_test_0000000000"})
	defer client.CloseIdle()
	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-arrived; cancel() }()
	result := (&engine.Toolbox{API: client}).Call(ctx, catalogue(t).Tool("subscriptions-test-delivery-create"), json.RawMessage(`{"id":1}`))
	if !result.IsError || !strings.HasPrefix(result.Text, "The call was cancelled.\nOutcome unknown") {
		t.Errorf("%+v", result)
	}
}

// A redirect of a write tells nothing of what was done before it: a 303 says
// that something was. So no agent makes it again before it has looked.
func TestRedirectedWrite(t *testing.T) {
	writes := map[string]string{
		"subscriptions-test-delivery-create":          `{"id":7}`,
		"subscriptions-partial-update":                `{"id":7,"enabled":true}`,
		"users-partial-update":                        `{"uuid":"@me","first_name":"x"}`,
		"session-recordings-sharing-passwords-create": `{"recording_id":"r"}`,
		"session-recordings-sharing-refresh-create":   `{"recording_id":"r"}`,
	}
	for status := 300; status <= 308; status++ {
		for tool, arguments := range writes {
			w := newWire(t)
			w.answers(status, http.Header{"Location": {"/elsewhere/"}}, "")
			result := w.call(tool, arguments)
			if result.Write == nil || result.Write.Outcome != "unknown" || !result.Acted() || !strings.Contains(result.Text, "Outcome unknown") {
				t.Errorf("%d to %s: %+v, %s", status, tool, result.Write, result.Text)
			}
			if sent := butReads(http.MethodPost, w.takeSent()); len(sent) != 1 {
				t.Errorf("%d to %s: sent %v", status, tool, sent)
			}
		}
	}
}
