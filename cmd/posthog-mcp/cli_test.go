package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/transcript"
)

// TestFlags holds the rule that each flag has its variable and a sentence.
func TestFlags(t *testing.T) {
	parser, err := newParser(&commands{}, console{})
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, node := range append(parser.Model.Children, parser.Model.Node) {
		if !strings.HasSuffix(node.Help, ".") && node.Type == kong.CommandNode {
			t.Errorf("the help of %s is no sentence: %q", node.Name, node.Help)
		}
		for _, flag := range node.Flags {
			seen++
			want := []string{"POSTHOG_MCP_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))}
			if flag.Name == "help" || flag.Name == "version" {
				want = nil
			}
			if diff := cmp.Diff(want, flag.Envs); diff != "" {
				t.Errorf("variables of --%s:\n%s", flag.Name, diff)
			}
			if !strings.HasSuffix(flag.Help, ".") {
				t.Errorf("the help of --%s is no sentence: %q", flag.Name, flag.Help)
			}
		}
	}
	if seen < 15 {
		t.Errorf("saw %d flags only", seen)
	}
}

func TestHelpFitsATerminal(t *testing.T) {
	for _, command := range []string{"", "stdio", "http", "sandbox", "demo", "call", "tools", "config", "completion", "version"} {
		var out, errs bytes.Buffer
		args := append(strings.Fields(command), "--help")
		if code := run(t.Context(), args, console{nil, &out, &errs}); code != 0 || errs.Len() > 0 {
			t.Errorf("%v: exit %d, stderr %q", args, code, errs.String())
		}
		for line := range strings.Lines(out.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
				t.Errorf("%v: a line of %d columns: %q", args, n, line)
			}
		}
	}
}

// TestGoldenReadme holds the README's table to the catalogue.
func TestGoldenReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, opened := strings.Cut(string(readme), "<!-- tools -->\n")
	table, after, closed := strings.Cut(rest, "<!-- /tools -->")
	if !opened || !closed {
		t.Fatal("README.md has no <!-- tools --> … <!-- /tools -->")
	}
	var want bytes.Buffer
	if code := run(t.Context(), []string{"tools", "--markdown"}, console{nil, &want, &want}); code != 0 {
		t.Fatalf("exit %d: %s", code, want.String())
	}
	if transcript.Updating(t) {
		text := before + "<!-- tools -->\n" + want.String() + "<!-- /tools -->" + after
		if err := os.WriteFile("../../README.md", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.TrimSpace(want.String()), strings.TrimSpace(table)); diff != "" {
		t.Errorf("the table in README.md is not what posthog-mcp tools --markdown prints:\n%s", diff)
	}
}

func TestOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"plain":                            "plain",
		"two\nlines":                       "two lines",
		"\x1b[31mred\x07":                  "?[31mred?",
		"--key=phx_abcdefgh":               "--key=phx_[redacted]",
		"phc_CANARY, pha_CANARY-and_more!": "phc_[redacted], pha_[redacted]!",
		"use a personal API key (phx_)":    "use a personal API key (phx_)",
	} {
		if got := oneLine(text); got != want {
			t.Errorf("oneLine(%q) = %q, want %q", text, got, want)
		}
	}
}

// broken fails to write as a pipe without a reader does, or otherwise.
type broken struct{ err error }

func (b broken) Write([]byte) (int, error) { return 0, b.err }

func TestOutputFails(t *testing.T) {
	for _, c := range []struct {
		err  error
		said string
	}{
		{&os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}, ""},
		{errors.New("disk full"), "disk full"},
	} {
		for _, command := range []string{"version", "tools", "tools --json", "tools --markdown", "call users-github-login-retrieve --sandbox"} {
			var errs bytes.Buffer
			code := run(t.Context(), strings.Fields(command), console{nil, broken{c.err}, &errs})
			if code != exitFailed || !strings.Contains(errs.String(), c.said) || c.said == "" && errs.Len() > 0 {
				t.Errorf("%s, %v: exit %d, stderr %q", command, c.err, code, errs.String())
			}
		}
	}
}

func TestDemoFails(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	if code := run(ended, []string{"demo"}, console{nil, &out, &errs}); code != exitFailed {
		t.Errorf("exit %d, want %d", code, exitFailed)
	}
	if said := errs.String(); strings.Count(said, "\n") != 1 || !strings.HasPrefix(said, "posthog-mcp: ") {
		t.Errorf("stderr is not one line: %q", said)
	}
}

// TestCallStopsReading ends a call that waits for its arguments.
func TestCallStopsReading(t *testing.T) {
	in, unwritten, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer unwritten.Close()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	code := run(ended, []string{"call", "--sandbox", "users-list", "-"}, console{in, &out, &errs})
	if code != exitFailed || errs.String() != "posthog-mcp: read stdin: context canceled\n" || out.Len() > 0 {
		t.Errorf("exit %d, stderr %q, stdout %q", code, errs.String(), out.String())
	}
}

func TestUnsetEmpty(t *testing.T) {
	t.Setenv("POSTHOG_MCP_ADDR", "")
	t.Setenv("POSTHOG_MCP_DRAIN", "=")
	t.Setenv("OTHER_EMPTY", "")
	unsetEmpty(os.Environ())
	want := map[string]bool{"POSTHOG_MCP_ADDR": false, "POSTHOG_MCP_DRAIN": true, "OTHER_EMPTY": true}
	for name, kept := range want {
		if _, set := os.LookupEnv(name); set != kept {
			t.Errorf("%s is set: %v, want %v", name, set, kept)
		}
	}
}
