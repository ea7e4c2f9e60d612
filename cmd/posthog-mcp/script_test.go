package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/zalando/go-keyring"

	"posthog-mcp/tools"
)

// TestMain makes the test binary a posthog-mcp of its own: started under that
// name, which is on the PATH of every test here, it is the command. As xdg-open it is
// a browser with a person. Neither sees the keyring of whoever runs the tests.
func TestMain(m *testing.M) {
	keyring.MockInitWithError(keyring.ErrUnsupportedPlatform)
	testscript.Main(unset{m}, map[string]func(){"posthog-mcp": func() {
		keyring.MockInitWithError(keyring.ErrUnsupportedPlatform)
		main()
	}, "xdg-open": browser, "open": browser})
}

// unset runs the tests without the settings of whoever runs them.
type unset struct{ *testing.M }

// Run runs the tests.
func (u unset) Run() int {
	for _, name := range settings() {
		_ = os.Unsetenv(name)
	}
	return u.M.Run()
}

func TestScripts(t *testing.T) {
	catalogue, err := tools.NewCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	turn := &sync.Mutex{}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Values["servers"] = map[string]*process{}
			env.Values["turn"] = turn
			env.Vars = append(env.Vars, promptExit, fmt.Sprintf("TOOLS=%d", len(catalogue.Tools())))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"runs":     scriptExits(0),
			"fails":    scriptExits(exitFailed),
			"refused":  scriptExits(exitUsage),
			"serve":    scriptServe,
			"shutdown": scriptShutdown,
			"http":     scriptHTTP,
			"json":     scriptJSON,
		},
	})
}

// scriptExits runs posthog-mcp in this process, which starts no other: most
// scripts are about the words of an error, and a process costs a thousand times
// more. It expects the exit code, one line on stderr and nothing on stdout from
// what is refused, nothing on stdout from what fails, and nothing on stderr
// from what runs.
func scriptExits(want int) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, _ bool, args []string) {
		var out, errs bytes.Buffer
		code := runWith(ts, args, console{strings.NewReader(""), &out, &errs})
		fmt.Fprint(ts.Stdout(), out.String())
		fmt.Fprint(ts.Stderr(), errs.String())
		oneLine := strings.Count(errs.String(), "\n") == 1 && strings.HasPrefix(errs.String(), "posthog-mcp: ")
		switch {
		case code != want:
			ts.Fatalf("exit status %d, want %d\n%s", code, want, errs.String())
		case want != 0 && out.Len() > 0:
			ts.Fatalf("stdout is not empty: %q", out.String())
		case want == exitUsage && !oneLine:
			ts.Fatalf("stderr is not one line of posthog-mcp's: %q", errs.String())
		case want == 0 && errs.Len() > 0:
			ts.Fatalf("stderr is not empty: %q", errs.String())
		}
	}
}

// runWith runs a command line with the settings of a script. Scripts run side
// by side, and the environment is the process's: one at a time.
func runWith(ts *testscript.TestScript, args []string, tty console) int {
	turn := ts.Value("turn").(*sync.Mutex)
	turn.Lock()
	defer turn.Unlock()
	for _, name := range settings() {
		if value := ts.Getenv(name); value != "" {
			_ = os.Setenv(name, value)
			defer func() { _ = os.Unsetenv(name) }()
		}
	}
	return run(context.Background(), args, tty)
}

// settings are the variables that posthog-mcp reads.
func settings() []string {
	names := []string{envKey, envKeyFile, envHost, envProject}
	parser, err := newParser(&commands{}, console{})
	if err != nil {
		panic(err)
	}
	for _, node := range append(parser.Model.Children, parser.Model.Node) {
		for _, flag := range node.Flags {
			names = append(names, flag.Envs...)
		}
	}
	return names
}

// scriptServe NAME [VARIABLE=VALUE...] ARGUMENTS... starts posthog-mcp and waits
// until it says where it listens: $URL and $ADDR.
func scriptServe(ts *testscript.TestScript, _ bool, args []string) {
	name, rest := args[0], args[1:]
	var variables []string
	for strings.Contains(rest[0], "=") {
		variables, rest = append(variables, rest[0]), rest[1:]
	}
	p, err := start(variables, rest...)
	ts.Check(err)
	ts.Defer(p.kill)
	ts.Value("servers").(map[string]*process)[name] = p
	ts.Setenv("URL", p.url)
	ts.Setenv("ADDR", strings.TrimPrefix(p.url, "http://"))
}

// scriptShutdown NAME SIGNAL ends a server, and expects it to exit with 0.
func scriptShutdown(ts *testscript.TestScript, _ bool, args []string) {
	p := ts.Value("servers").(map[string]*process)[args[0]]
	ts.Check(p.stop(args[1]))
	fmt.Fprint(ts.Stdout(), p.out.String())
	fmt.Fprint(ts.Stderr(), p.err.String())
}

// scriptHTTP [HEADER:VALUE...] METHOD PATH [BODY FILE] makes a request of the
// last server, and prints the status and the body.
func scriptHTTP(ts *testscript.TestScript, _ bool, args []string) {
	header := http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}}
	for strings.Contains(args[0], ":") {
		name, value, _ := strings.Cut(args[0], ":")
		header.Set(name, strings.TrimSpace(value))
		args = args[1:]
	}
	var body string
	if len(args) > 2 {
		body = ts.ReadFile(args[2])
	}
	request, err := http.NewRequestWithContext(context.Background(), args[0], ts.Getenv("URL")+args[1], strings.NewReader(body))
	ts.Check(err)
	request.Header = header
	response, err := http.DefaultClient.Do(request)
	ts.Check(err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	ts.Check(err)
	fmt.Fprintf(ts.Stdout(), "%d\n%s\n", response.StatusCode, content)
}

// scriptJSON FILE [rpc] expects JSON values and nothing else in the file; with
// rpc, one JSON-RPC message on each line.
func scriptJSON(ts *testscript.TestScript, _ bool, args []string) {
	content := []byte(ts.ReadFile(args[0]))
	if len(args) > 1 {
		for line := range bytes.Lines(content) {
			var message struct{ JSONRPC string }
			if err := json.Unmarshal(line, &message); err != nil || message.JSONRPC != "2.0" {
				ts.Fatalf("not a JSON-RPC message: %q", line)
			}
		}
		return
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	n := 0
	for ; ; n++ {
		var value any
		if err := decoder.Decode(&value); errors.Is(err, io.EOF) && n > 0 {
			return
		} else if err != nil {
			ts.Fatalf("value %d of %s: %v", n, args[0], err)
		}
	}
}

// promptExit keeps the race detector from sleeping for a second at the end of
// each process.
const promptExit = "GORACE=atexit_sleep_ms=0"

// cleanEnvironment is that of the tests, without what a script sets meanwhile.
func cleanEnvironment() []string {
	clean := []string{promptExit}
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "POSTHOG_") {
			clean = append(clean, variable)
		}
	}
	return clean
}
