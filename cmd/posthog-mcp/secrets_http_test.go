package main

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// strangers are requests that the server refuses, each with a secret where a
// client could have put one.
var strangers = []struct {
	path, auth, contentType, body string
}{
	{"/mcp", "", "application/json", `{"secret":"CANARY"}`},
	{"/mcp", "Basic CANARY", "application/json", `{}`},
	{"/mcp", "CANARY", "application/json", `{}`},
	{"/mcp", "Bearer CANARY with blanks", "application/json", `{}`},
	{"/mcp", "Bearer CANARY\"'<script>", "application/json", `{}`},
	{"/mcp", "Bearer phc_CANARY0123456789", "application/json", `{}`},
	{"/mcp?token=CANARY&personal_api_key=CANARY", "", "application/json", `{}`},
	{"/mcp?token=CANARY", "Bearer " + canaryKey, "text/plain", `CANARY`},
	{"/mcp", "Bearer " + canaryKey, "application/json", strings.Repeat("CANARY", 200_000)},
	{"/message?sessionId=CANARY", "Bearer " + canaryKey, "application/json", `{"jsonrpc":"2.0","id":1,"method":"ping"}`},
	{"/nowhere?token=CANARY", "Bearer " + canaryKey, "application/json", `{}`},
}

func TestSecretsOverHTTP(t *testing.T) {
	t.Parallel()
	u := newUpstream(t)
	server, err := start(debugging(u.URL, "text"), "http", "--addr", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.kill()

	var all sync.WaitGroup
	for _, message := range secretMessages() {
		all.Go(func() {
			if status := post(t, server.url+"/mcp", "Bearer "+canaryKey, "application/json", message); status != http.StatusOK {
				t.Errorf("status %d for %s", status, message)
			}
		})
	}
	for _, body := range noMessages {
		all.Go(func() { post(t, server.url+"/mcp", "Bearer "+canaryKey, "application/json", body) })
	}
	for _, s := range strangers {
		all.Go(func() {
			if status := post(t, server.url+s.path, s.auth, s.contentType, s.body); status < 400 || status > 499 {
				t.Errorf("status %d for %s with %q", status, s.path, s.auth)
			}
		})
	}
	all.Wait()
	if err := server.stop("TERM"); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
	u.checkTold(t)
	for _, expected := range []string{"PostHog call", "request refused"} {
		if !strings.Contains(server.err.String(), expected) {
			t.Errorf("the log has no debug line %q", expected)
		}
	}
	checkSecrets(t, "stdout", server.out.String())
	checkSecrets(t, "stderr", server.err.String())
}

// post returns the status; nothing of the answer may be a secret.
func post(t *testing.T, url, auth, contentType, body string) int {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("Accept", "application/json, text/event-stream")
	if auth != "" {
		request.Header.Set("Authorization", auth)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	checkSecrets(t, "the answer to "+url, string(content))
	for name, values := range response.Header {
		checkSecrets(t, "the header "+name, strings.Join(values, " "))
	}
	return response.StatusCode
}
