package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Each secret of these conversations has the canary in it, and nothing else
// does: wherever it is found, a secret has leaked.
const (
	canary    = "CANARY"
	canaryKey = "phx_CANARY_key_0123456789"
)

// secretCalls bring every kind of secret; %d is the project or the user, and
// says how the upstream answers.
var secretCalls = []string{
	`{"name":"session-recordings-sharing-passwords-create","arguments":{"project_id":"%d","recording_id":"r","raw_password":"CANARY-sharing-password"}}`,
	`{"name":"subscriptions-create","arguments":{"project_id":"%d","insight":1,"target_type":"webhook","target_value":"https://hooks.example.com/CANARY","frequency":"weekly","start_date":"2027-01-04T09:00:00Z"}}`,
	`{"name":"subscriptions-create","arguments":{"project_id":"%d","insight":1,"target_type":"teams","target_value":"https://x.logic.azure.com/workflows/CANARY/triggers/manual/paths/invoke","frequency":"weekly","start_date":"2027-01-04T09:00:00Z"}}`,
	`{"name":"subscriptions-partial-update","arguments":{"project_id":"%d","id":1,"target_value":"https://hooks.example.com/CANARY"}}`,
	`{"name":"users-partial-update","arguments":{"uuid":"%d","password":"CANARY-new","current_password":"CANARY-current"}}`,
	`{"name":"subscriptions-retrieve","arguments":{"project_id":"%d","id":1}}`,
}

// wrongCalls are refused before anything is sent.
var wrongCalls = []string{
	`{"name":"session-recordings-sharing-passwords-create","arguments":{"recording_id":"r","raw_password":["CANARY"],"note":7}}`,
	`{"name":"session-recordings-sharing-passwords-create","arguments":{"recording_id":"../r","raw_password":"CANARY-password"}}`,
	`{"name":"subscriptions-create","arguments":{"target_type":"webhook","target_value":{"url":"https://hooks.example.com/CANARY"},"frequency":"fortnightly"}}`,
	`{"name":"subscriptions-create","arguments":{"target_type":"https://x.logic.azure.com/workflows/CANARY","frequency":"https:\/\/hooks.example.com/CANARY","https://hooks.example.com/CANARY":1}}`,
	`{"name":"subscriptions-create","arguments":{"target_type":"slack","integration_id":1,"target_value":"https://hooks.example.com/CANARY","insight":1,"frequency":"daily","start_date":"2027-01-04T09:00:00Z","dry_run":true}}`,
	`{"name":"users-partial-update","arguments":{"password":{"is":"CANARY"},"current_password":["CANARY"]}}`,
	`{"name":"users-partial-update","arguments":["CANARY"]}`,
}

// noMessages are no JSON-RPC.
var noMessages = []string{
	`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"users-partial-update","arguments":{"password":"CANARY`,
	`["CANARY"]`,
	`"CANARY"`,
	`CANARY`,
}

// secretMessages are the calls as JSON-RPC messages, numbered from 1.
func secretMessages() []string {
	calls := append([]string{}, wrongCalls...)
	for _, way := range waysToAnswer {
		for _, call := range secretCalls {
			calls = append(calls, fmt.Sprintf(call, way))
		}
	}
	messages := make([]string, len(calls))
	for i, call := range calls {
		messages[i] = fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":%s}`, i+1, call)
	}
	return messages
}

// checkSecrets searches all of what was printed.
func checkSecrets(t *testing.T, where, printed string) {
	t.Helper()
	upper := strings.ToUpper(printed)
	if at := strings.Index(upper, canary); at >= 0 {
		t.Errorf("a secret is in %s: …%s…", where, printed[max(0, at-200):min(len(printed), at+100)])
	}
}

// debugging are settings under which each call gives up within a second and
// everything is logged.
func debugging(host, format string) []string {
	return []string{"POSTHOG_HOST=" + host, "POSTHOG_MCP_TIMEOUT=1s", "POSTHOG_MCP_LOG_LEVEL=debug", "POSTHOG_MCP_LOG_FORMAT=" + format}
}

func TestSecretsOverStdio(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(canaryKey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ key, format string }{
		"variable": {envKey + "=" + canaryKey, "text"},
		"file":     {envKeyFile + "=" + file, "json"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newUpstream(t)
			talkStdio(t, append(debugging(u.URL, c.format), c.key))
			u.checkTold(t)
		})
	}
	t.Run("unreachable", func(t *testing.T) {
		t.Parallel()
		u := newUpstream(t)
		u.Close() // nothing listens there any more
		talkStdio(t, append(debugging(u.URL, "text"), envKey+"="+canaryKey, "POSTHOG_MCP_TIMEOUT=20s"))
	})
}

// talkStdio sends everything at once, and expects an answer to each message.
func talkStdio(t *testing.T, settings []string) {
	t.Helper()
	messages := secretMessages()
	var out, errs bytes.Buffer
	command := exec.CommandContext(t.Context(), "posthog-mcp", "stdio")
	command.Env = append(cleanEnvironment(), settings...)
	command.Stdin = strings.NewReader(strings.Join(append(messages, noMessages...), "\n"))
	command.Stdout, command.Stderr = &out, &errs
	if err := command.Run(); err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	answered := map[int]bool{}
	for line := range strings.Lines(out.String()) {
		var message struct {
			JSONRPC string
			ID      int
		}
		if err := json.Unmarshal([]byte(line), &message); err != nil || message.JSONRPC != "2.0" {
			t.Errorf("stdout has a line that is no JSON-RPC message: %q", line)
		}
		answered[message.ID] = true
	}
	for i := range messages {
		if !answered[i+1] {
			t.Errorf("no answer to %s", messages[i])
		}
	}
	if !strings.Contains(errs.String(), "PostHog call") {
		t.Errorf("the log has no debug lines: %s", errs.String())
	}
	checkSecrets(t, "stdout", out.String())
	checkSecrets(t, "stderr", errs.String())
}
