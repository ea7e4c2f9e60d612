package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// unreadCalls log more than a pipe holds.
const unreadCalls = 1000

// unread starts a server whose stderr is a pipe, and reads it only until ready
// has been said there.
func unread(t *testing.T, ready string, args ...string) (in io.WriteCloser, out io.Reader, first string, ended chan error) {
	t.Helper()
	stderr, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stderr.Close() })
	command := exec.CommandContext(t.Context(), "posthog-mcp", args...)
	command.Env, command.Stderr = cleanEnvironment(), write
	in, errIn := command.StdinPipe()
	out, errOut := command.StdoutPipe()
	if errIn != nil || errOut != nil {
		t.Fatal(errIn, errOut)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	_ = write.Close()
	timer := time.AfterFunc(patience, func() { _ = command.Process.Kill() })
	t.Cleanup(func() { timer.Stop(); _ = command.Process.Kill() })
	for lines := bufio.NewReader(stderr); !strings.Contains(first, ready); {
		if first, err = lines.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	ended = make(chan error, 1)
	go func() { state, err := command.Process.Wait(); ended <- fmt.Errorf("%v, %v", state, err) }()
	return in, out, first, ended
}

const idle = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"users-github-login-retrieve","arguments":{}}}` + "\n"

// Nobody reads stderr: every call is answered all the same, and the end comes.
func TestUnreadLogOfStdio(t *testing.T) {
	in, out, _, ended := unread(t, "", "stdio", "--sandbox", "--log-level", "debug")
	go func() {
		for range unreadCalls {
			_, _ = io.WriteString(in, idle)
		}
		_ = in.Close()
	}()
	answers := 0
	for lines := bufio.NewScanner(out); lines.Scan(); answers++ {
	}
	if answers != unreadCalls {
		t.Errorf("%d of %d calls were answered", answers, unreadCalls)
	}
	if state := <-ended; !strings.HasPrefix(state.Error(), "exit status 0") {
		t.Error(state)
	}
}

func TestUnreadLogOfHTTP(t *testing.T) {
	_, _, first, _ := unread(t, "listening", "http", "--sandbox", "--addr", "127.0.0.1:0", "--log-level", "debug")
	url := listening.FindString(first)
	for range unreadCalls {
		if answer := answerTo(t, url+"/mcp", idle); !strings.Contains(answer, "github_login") {
			t.Fatalf("answered with %q", answer)
		}
	}
}

func answerTo(t *testing.T, url, body string) string {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return ""
	}
	request.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return string(content)
}
