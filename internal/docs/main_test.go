// Package docs tests the documentation against the program: it runs every command in
// README.md and docs/, and looks up every name in them.
//
// The fenced blocks of a page are run in order, in a folder for that page:
//
//	console  Lines that begin with "$ " are commands. The lines after them are
//	         the output, of stdout and stderr. "…" stands for any text, and any
//	         date for any other. A command that ends in " &" is a server, which
//	         later commands of the block reach at the address they name.
//	json     JSON. Right below a console block it is the output of the last
//	         command, with the same placeholders.
//	go       Go, as gofmt writes it.
//
// A comment right above a block says what is special about it:
//
//	<!-- file: NAME -->    the block is that file, for the commands that follow
//	<!-- exit: 1 -->       the last command exits with that code
//	<!-- not run: WHY -->  the block cannot be run here
//	<!-- example: NAME --> the block is a part of the worked example
//	<!-- config:… -->      a test of package main compares the block
package docs

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

// root is the project's folder.
const root = "../.."

func TestMain(m *testing.M) { os.Exit(withProgram(m.Run)) }

// withProgram runs the tests with a posthog-mcp of these sources on the PATH, and
// without the developer's own settings.
func withProgram(run func() int) int {
	folder, err := os.MkdirTemp("", "posthog-mcp-docs")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	program, err := built(folder)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "POSTHOG_") {
			_ = os.Unsetenv(name)
		}
	}
	_ = os.Setenv("PATH", filepath.Dir(program)+string(filepath.ListSeparator)+os.Getenv("PATH"))
	code := run()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// built returns the program that PRODUCT names, or builds one in folder.
func built(folder string) (program string, err error) {
	if program = os.Getenv("PRODUCT"); program != "" {
		_, err = os.Stat(program)
		return program, err
	}
	program = filepath.Join(folder, "posthog-mcp")
	build := exec.CommandContext(context.Background(), "go", "build", "-o", program, "./cmd/posthog-mcp")
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // like the tests, so that the build cache has it
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, said)
	}
	return program, nil
}

// output returns the output of a command line of the program.
func output(t *testing.T, in string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "posthog-mcp", args...)
	command.Stdin = strings.NewReader(in)
	said, err := command.Output()
	if err != nil {
		t.Fatalf("%v: %v", command, err)
	}
	return string(said)
}
