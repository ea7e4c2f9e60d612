package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
)

// A confirmation makes a call once, whether the server starts again in between or
// another replica gets it. Where nothing remembers that, the log says so at the
// start.
func TestConfirmationsAreGoodOnce(t *testing.T) {
	t.Parallel()
	redis := miniredis.RunT(t)
	const warning = "can be used once more after a restart"
	for _, c := range []struct {
		name    string
		nowhere bool // nothing can be kept beside the key
		args    []string
		settles bool // nobody gets it a second time
	}{
		{"a directory", false, nil, true},
		{"Redis", true, []string{"--redis", "redis://" + redis.Addr()}, true},
		{"neither", true, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			key := filepath.Join(t.TempDir(), "state.key")
			if err := os.WriteFile(key, []byte("a fake secret, of 32 bytes or so"), 0o600); err != nil {
				t.Fatal(err)
			}
			if c.nowhere {
				if err := os.WriteFile(key+".used.d", nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			replica := func() *process {
				server, err := start(nil, append([]string{"http", "--addr", "127.0.0.1:0", "--sandbox", "--confirm", "sends", "--state-key", key}, c.args...)...)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(server.kill)
				if warned := strings.Contains(server.err.String(), warning); warned == c.settles {
					t.Errorf("the log has %s", server.err)
				}
				return server
			}
			one, other := replica(), replica()
			confirmation := deliver(t, one, "")["preview"].(map[string]any)["confirmation"].(string)
			if got := deliver(t, other, confirmation); got["code"] != nil {
				t.Fatalf("the call of a confirmation got %v", got)
			}
			if err := other.stop("TERM"); err != nil {
				t.Fatal(err)
			}
			for name, server := range map[string]*process{"the replica that gave it out": one, "one that started since": replica()} {
				got := deliver(t, server, confirmation)
				if used := strings.Contains(fmt.Sprint(got["detail"]), "this confirmation was used already"); used != c.settles {
					t.Errorf("%s made of it %v", name, got)
				}
			}
		})
	}
}

// deliver has the server send a test delivery, and returns what the agent reads.
func deliver(t *testing.T, server *process, confirmation string) (object map[string]any) {
	t.Helper()
	arguments := map[string]any{"id": 1134}
	if confirmation != "" {
		arguments["confirmation"] = confirmation
	}
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": map[string]any{
		"name": "subscriptions-test-delivery-create", "arguments": arguments,
	}})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.url+"/mcp", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json, text/event-stream")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Result struct {
			StructuredContent map[string]any `json:"structuredContent"`
		} `json:"result"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return answer.Result.StructuredContent
}
