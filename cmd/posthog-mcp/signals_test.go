//go:build unix

package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"posthog-mcp/internal/sandbox"
)

// slowPostHog answers a request when it is told to, and says when one arrived.
func slowPostHog(t *testing.T) (url string, arrived, release chan struct{}) {
	arrived, release = make(chan struct{}, 1), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		arrived <- struct{}{}
		<-release
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"id":1134,"title":"renamed"}`)
	}))
	t.Cleanup(server.Close)
	return server.URL, arrived, release
}

const renaming = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"subscriptions-partial-update","arguments":{"id":1134,"title":"renamed"}}}` + "\n"

// finished fails unless a call in flight was answered and is in the audit.
func finished(t *testing.T, answer, audit string) {
	t.Helper()
	if !strings.Contains(answer, `"title":"renamed"`) {
		t.Errorf("the call in flight was answered with %q", answer)
	}
	lines, err := os.ReadFile(audit)
	if err != nil || !bytes.Contains(lines, []byte(`"tool":"subscriptions-partial-update","target":"","result":"done"`)) {
		t.Errorf("the audit has %q, %v", lines, err)
	}
}

// A signal that asks a server to end loses no call in flight, and no audit line.
func TestSignalsOverHTTP(t *testing.T) {
	for _, name := range []string{"TERM", "INT", "HUP"} {
		t.Run(name, func(t *testing.T) {
			url, arrived, release := slowPostHog(t)
			audit := filepath.Join(t.TempDir(), "audit.jsonl")
			p, err := start([]string{"POSTHOG_HOST=" + url, "POSTHOG_PERSONAL_API_KEY=" + sandbox.KeyAll},
				"http", "--auth", "none", "--addr", "127.0.0.1:0", "--drain", patience.String(), "--audit", audit)
			if err != nil {
				t.Fatal(err)
			}
			defer p.kill()
			answers := make(chan string, 1)
			go func() { answers <- answerTo(t, p.url+"/mcp", renaming) }()
			<-arrived
			if err := p.signal(name); err != nil {
				t.Fatal(err)
			}
			close(release)
			answer := <-answers
			if err := p.wait(); err != nil {
				t.Errorf("%v\n%s", err, p.err)
			}
			finished(t, answer, audit)
		})
	}
}

func TestSignalsOverStdio(t *testing.T) {
	for _, s := range []os.Signal{syscall.SIGTERM, os.Interrupt, syscall.SIGHUP} {
		t.Run(s.String(), func(t *testing.T) {
			url, arrived, release := slowPostHog(t)
			audit := filepath.Join(t.TempDir(), "audit.jsonl")
			command := exec.CommandContext(t.Context(), "posthog-mcp", "stdio", "--audit", audit)
			command.Env = append(cleanEnvironment(), "POSTHOG_HOST="+url, "POSTHOG_PERSONAL_API_KEY="+sandbox.KeyAll)
			in, err := command.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			command.Stdout = &out
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(in, renaming); err != nil {
				t.Fatal(err)
			}
			<-arrived
			if err := command.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
			close(release)
			if err := command.Wait(); err != nil {
				t.Error(err)
			}
			finished(t, out.String(), audit)
		})
	}
}

// Who started the program with nohup wants it to outlive the terminal.
func TestEndings(t *testing.T) {
	if !slices.Contains(endings(), os.Signal(syscall.SIGHUP)) {
		t.Error("SIGHUP ends nothing")
	}
	signal.Ignore(syscall.SIGHUP)
	defer signal.Reset(syscall.SIGHUP)
	if slices.Contains(endings(), os.Signal(syscall.SIGHUP)) {
		t.Error("SIGHUP ends what nohup started")
	}
}
