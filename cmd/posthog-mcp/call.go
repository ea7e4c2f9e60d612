package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"posthog-mcp/tools"
)

type callCmd struct {
	upstreamFlags
	Tool      string `arg:"" help:"The tool's name, as posthog-mcp tools lists it."`
	Arguments string `arg:"" optional:"" default:"{}" help:"Its arguments as a JSON object; - reads them from stdin."`
}

// Run makes the call and prints the result: on success to stdout, else to
// stderr.
func (c *callCmd) Run(ctx context.Context, tty console, log *slog.Logger) error {
	catalogue, err := tools.NewCatalogue()
	if err != nil {
		return err
	}
	tool := catalogue.Tool(c.Tool)
	if tool == nil {
		return usage("unknown tool %q; posthog-mcp tools lists them", c.Tool)
	}
	arguments := []byte(c.Arguments)
	if c.Arguments == "-" {
		if arguments, err = io.ReadAll(tty.in); err != nil {
			return fmt.Errorf("read stdin: %w", err)
		}
	}
	box, err := c.toolbox(log, true)
	if err != nil {
		return err
	}
	result := box.Call(ctx, tool, json.RawMessage(strings.TrimSpace(string(arguments))))
	if result.IsError {
		fmt.Fprintln(tty.err, result.Text)
		return errors.New("")
	}
	fmt.Fprintln(tty.out, result.Text)
	return nil
}
