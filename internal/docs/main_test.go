// Package docs holds what the documentation says to what the program does: every
// command in README.md and docs/ is run, every name in them is looked up.
//
// A page's fenced blocks mean, in their order and in one folder of the page's
// own:
//
//	console  Lines that begin with "$ " are commands; what follows is what they
//	         print, to stdout and stderr. "…" stands for any text, and any date
//	         for any other. A command that ends in " &" is a server, which the
//	         later ones of the block reach at the address they name.
//	json     JSON. Right below a console block it is what the last command
//	         prints, with the same signs.
//	go       Go, as gofmt writes it.
//
// A comment right above a block says what is particular about it:
//
//	<!-- file: NAME -->    it is that file, for the commands that follow
//	<!-- exit: 1 -->       its last command exits with that code
//	<!-- not run: WHY -->  it cannot be run here
//	<!-- example: NAME --> it is a part of the worked example
//	<!-- config:… -->      package main's test holds it
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
// without the settings of whoever runs them.
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

// built is the program that PRODUCT names, or one that is built into folder.
func built(folder string) (program string, err error) {
	if program = os.Getenv("PRODUCT"); program != "" {
		_, err = os.Stat(program)
		return program, err
	}
	program = filepath.Join(folder, "posthog-mcp")
	build := exec.CommandContext(context.Background(), "go", "build", "-o", program, "./cmd/posthog-mcp")
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as the tests are built: it is compiled already
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, said)
	}
	return program, nil
}

// output is what a command line of the program prints.
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
