package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/alecthomas/kong"
	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/internal/build"
	"posthog-mcp/internal/cli"
	"posthog-mcp/internal/demo"
	"posthog-mcp/internal/sandbox"
	"posthog-mcp/schema"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport"
)

type toolsCmd struct {
	JSON     bool   `name:"json" xor:"form" help:"Print what tools/list answers."`
	Markdown bool   `xor:"form" help:"Print the table for the README."`
	Schema   string `enum:"standard,portable" default:"portable" help:"Dialect of the schemas in --json: portable, which most clients get, or standard."`
	Tool     string `arg:"" optional:"" help:"A tool to show: what it does, needs and takes. Default: list all of them."`
}

func (c *toolsCmd) Run(tty console, catalogue *engine.Catalogue) error {
	shown := catalogue.Tools()
	if c.Tool != "" {
		tool, err := toolNamed(catalogue, c.Tool)
		if err != nil {
			return err
		}
		shown = []*engine.Tool{tool}
	}
	screen := screenOf(tty.out)
	screen.Columns = min(screen.Columns, cli.Usual) // wider lines are hard to read
	switch {
	case c.JSON:
		list := []mcp.Tool{}
		for _, t := range shown {
			list = append(list, transport.Describe(t, schema.Profile(c.Schema)))
		}
		return writeJSON(tty.out, map[string]any{"tools": list})
	case c.Markdown:
		return printMarkdown(tty.out, shown)
	case c.Tool != "":
		return screen.PrintTool(shown[0])
	}
	return screen.PrintTools(shown)
}

func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

func printMarkdown(w io.Writer, shown []*engine.Tool) error {
	table := "| tool | what it does | scope of the key |\n|---|---|---|\n"
	for _, t := range shown {
		scope := "a browser session; no key will do"
		if t.Scope != "" {
			scope = "`" + t.Scope + "`"
		}
		table += fmt.Sprintf("| `%s` | %s | %s |\n", t.Name, t.Description, scope)
	}
	_, err := io.WriteString(w, table)
	return err
}

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"One of ${enum}."`
}

func (completionCmd) Help() string {
	return `It completes commands, flags, tools, and the arguments of tools with their
values. posthog-mcp has to be on the PATH.

Bash, in ~/.bashrc:
  eval "$(posthog-mcp completion bash)"

Zsh, in ~/.zshrc, below compinit:
  eval "$(posthog-mcp completion zsh)"

Fish, once:
  posthog-mcp completion fish > ~/.config/fish/completions/posthog-mcp.fish
`
}

func (c *completionCmd) Run(tty console) error {
	script, err := cli.Script(c.Shell)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(tty.out, script)
	return err
}

// completeCmd prints the candidates, one per line. The scripts call it with -- and the
// words between posthog-mcp and the cursor.
type completeCmd struct {
	Words []string `arg:"" optional:"" passthrough:"" help:"The words up to the cursor."`
}

func (c *completeCmd) Run(tty console, parsed *kong.Context, catalogue *engine.Catalogue) error {
	if len(c.Words) > 0 && c.Words[0] == "--" {
		c.Words = c.Words[1:]
	}
	for _, found := range cli.Candidates(parsed.Kong, catalogue, c.Words) {
		if _, err := fmt.Fprintln(tty.out, found); err != nil {
			return err
		}
	}
	return nil
}

type versionCmd struct{}

func (versionCmd) Run(tty console) error {
	_, err := fmt.Fprintln(tty.out, versionLine())
	return err
}

func versionLine() string {
	return fmt.Sprintf("posthog-mcp %s (%s %s/%s)", build.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

type demoCmd struct {
	Generation sandbox.Generation `enum:"page,today" default:"today" help:"Show it on PostHog as of its documentation page (page), or of today."`
}

// Run holds the conversation with this very binary.
func (c demoCmd) Run(ctx context.Context, tty console) error {
	binary, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	screen := &cli.Screen{Out: tty.out, Columns: cli.Usual, Color: takesColor(tty.out)}
	return demo.Run(ctx, binary, c.Generation, screen)
}
