package main

import (
	"fmt"

	"github.com/alecthomas/kong"

	"posthog-mcp/internal/cli"
	"posthog-mcp/tools"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"One of ${enum}."`
}

// Help says where the scripts go.
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

// Run prints the script.
func (c *completionCmd) Run(tty console) error {
	script, err := cli.Script(c.Shell)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(tty.out, script)
	return err
}

// completeCmd is what the scripts ask.
type completeCmd struct {
	Words []string `arg:"" optional:"" passthrough:"" help:"The words up to the cursor."`
}

// Run prints the candidates.
func (c *completeCmd) Run(tty console, parsed *kong.Context, catalogue *tools.Catalogue) error {
	words := c.Words
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	for _, found := range cli.Candidates(parsed.Kong, catalogue, words) {
		if _, err := fmt.Fprintln(tty.out, found); err != nil {
			return err
		}
	}
	return nil
}
