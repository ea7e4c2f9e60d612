package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
)

type callCmd struct {
	upstreamFlags
	Tool      string `arg:"" help:"The tool's name, as posthog-mcp tools lists it."`
	Arguments string `arg:"" optional:"" default:"{}" help:"Its arguments as a JSON object; - reads them from stdin."`
}

// Help shows what a call looks like.
func (c callCmd) Help() string {
	return `Examples:
  posthog-mcp call subscriptions-list '{"limit": 5}' --sandbox
  echo '{"id": 1134}' | posthog-mcp call subscriptions-retrieve - --sandbox

The exit code is 1 when the call does not succeed; stderr says why then.

` + c.upstreamFlags.Help()
}

// Run makes the call and prints the result: on success to stdout, else to
// stderr.
func (c *callCmd) Run(ctx context.Context, tty console, compiled compiling, log *slog.Logger) error {
	catalogue, err := compiled()
	if err != nil {
		return err
	}
	tool := catalogue.Tool(c.Tool)
	if tool == nil {
		return usage("unknown tool %q; posthog-mcp tools lists them", c.Tool)
	}
	box, err := c.toolbox(log, true)
	if err != nil {
		return err
	}
	if err := catalogue.CheckSelection(box.Rules.Selection); err != nil {
		return usage("--%v", err)
	}
	arguments := []byte(c.Arguments)
	if c.Arguments == "-" {
		if arguments, err = readAll(ctx, tty.in); err != nil {
			return fmt.Errorf("read stdin: %w", err)
		}
	}
	result := box.Call(ctx, tool, bytes.TrimSpace(arguments))
	if result.IsError {
		fmt.Fprintln(tty.err, result.Text)
		return errSaid
	}
	_, err = fmt.Fprintf(tty.out, "%s\n", readable(tty.out, result.Object))
	return err
}

// readAll reads in to its end, or until ctx ends: a terminal's input has none
// of its own. The reader stays behind then, for as long as the process lasts.
func readAll(ctx context.Context, in io.Reader) ([]byte, error) {
	type outcome struct {
		content []byte
		err     error
	}
	done := make(chan outcome, 1)
	go func() {
		content, err := io.ReadAll(in)
		done <- outcome{content, err}
	}()
	select {
	case o := <-done:
		return o.content, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// readable indents an object for a person; programs get it on one line.
func readable(w io.Writer, object json.RawMessage) []byte {
	if !isTerminal(w) {
		return object
	}
	var indented bytes.Buffer
	if json.Indent(&indented, object, "", "  ") != nil {
		return object
	}
	return indented.Bytes()
}
