package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"posthog-mcp/internal/cli"
	"posthog-mcp/tools"
)

type callCmd struct {
	upstreamFlags
	profileFlag
	Arg       []string `short:"a" sep:"none" placeholder:"NAME=VALUE" help:"One argument; may be repeated."`
	JSON      bool     `name:"json" help:"Print JSON on a terminal too."`
	Tool      string   `arg:"" help:"The tool's name, as posthog-mcp tools lists it."`
	Arguments string   `arg:"" optional:"" help:"Its arguments as a JSON object, instead of --arg; - reads them from stdin."`
}

// Help shows what a call looks like.
func (c callCmd) Help() string {
	return `Examples:
  posthog-mcp call subscriptions-list --arg limit=5 --sandbox
  posthog-mcp call subscriptions-list '{"limit": 5}' --sandbox
  echo '{"id": 1134}' | posthog-mcp call subscriptions-retrieve - --sandbox

An argument can be given in three ways:
  --arg limit=5            a text, number, true, false or null; a list with
                           commas, or by repeating the argument
  --arg raw_password@FILE  the same, from a file; - is stdin
  --arg title:=null        JSON, as where a text is to be null

posthog-mcp tools TOOL shows what a tool takes. A result is a table on a
terminal, and one line of JSON in a pipe. The exit code is 1 when the call does
not succeed; stderr says why then.

` + c.upstreamFlags.Help()
}

// Run makes the call and prints the result to stdout, or the refusal to stderr. A
// program gets the result as JSON on one line.
func (c *callCmd) Run(ctx context.Context, tty console, catalogue *tools.Catalogue, log *slog.Logger) error {
	tool, err := toolNamed(catalogue, c.Tool)
	if err != nil {
		return err
	}
	c.login = &c.profileFlag
	box, _, err := c.toolbox(catalogue, log, true, nil)
	if err != nil {
		return err
	}
	arguments, err := c.arguments(ctx, tool, tty.in)
	if err != nil {
		return err
	}
	stop := func() {}
	if movesCursor(tty.err) {
		stop = cli.Wait(tty.err, "Waiting for PostHog")
	}
	result := box.Call(ctx, tool, arguments)
	stop()
	switch {
	case result.IsError:
		fmt.Fprintln(tty.err, result.Text+c.nextStep(result))
		return errSaid
	case !isTerminal(tty.out):
		_, err = fmt.Fprintf(tty.out, "%s\n", result.Object)
		return err
	case c.JSON:
		return writeJSON(tty.out, result.Object)
	}
	var columns []tools.Column
	if tool.Read != nil {
		columns = tool.Read.Columns
	}
	return screenOf(tty.out).PrintResult(result.Object, columns)
}

// toolNamed finds a tool. Its error names the nearest tool.
func toolNamed(catalogue *tools.Catalogue, name string) (*tools.Tool, error) {
	if tool := catalogue.Tool(name); tool != nil {
		return tool, nil
	}
	err := catalogue.CheckSelection(tools.Selection{Tools: []string{name}})
	return nil, usage("%s posthog-mcp tools lists them all", strings.TrimPrefix(err.Error(), tools.SettingTools+": "))
}

// arguments returns the arguments of the command line as JSON.
func (c *callCmd) arguments(ctx context.Context, tool *tools.Tool, in io.Reader) (json.RawMessage, error) {
	switch {
	case len(c.Arg) > 0 && c.Arguments != "":
		return nil, usage("arguments come as JSON or with --arg, not both; see posthog-mcp call --help")
	case len(c.Arg) > 0:
		return shellArguments(c.Arg, tool.Schema, func(path string) ([]byte, error) { return readArgument(ctx, path, in) })
	case c.Arguments == stdin:
		content, err := readArgument(ctx, stdin, in)
		if err != nil {
			return nil, fmt.Errorf("read stdin: %w", err)
		}
		return bytes.TrimSpace(content), nil
	}
	return bytes.TrimSpace([]byte(c.Arguments)), nil
}

// nextStep is advice for a person at a shell, besides the text for agents.
func (c *callCmd) nextStep(result tools.Result) string {
	var refusal struct{ Code string }
	_ = json.Unmarshal(result.Object, &refusal)
	switch {
	case refusal.Code == "invalid_arguments":
		return "\nposthog-mcp tools " + c.Tool + " shows what it takes."
	case !c.Sandbox && (result.Status == http.StatusUnauthorized || refusal.Code == "unreachable"):
		return "\nposthog-mcp doctor looks for the reason."
	}
	return ""
}

// screenOf returns the terminal behind w, or a page of the usual width.
func screenOf(w io.Writer) *cli.Screen {
	return &cli.Screen{Out: w, Columns: cli.Columns(w), Color: takesColor(w)}
}
