package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/internal/cli"
	"posthog-mcp/schema"
	"posthog-mcp/tools"
	"posthog-mcp/transport"
)

type toolsCmd struct {
	JSON     bool   `name:"json" xor:"form" help:"Print what tools/list answers."`
	Markdown bool   `xor:"form" help:"Print the table for the README."`
	Schema   string `enum:"standard,portable" default:"portable" help:"Dialect of the schemas in --json: portable, which most clients get, or standard."`
	Tool     string `arg:"" optional:"" help:"A tool to show: what it does, needs and takes. Default: list all of them."`
}

// Run prints the catalogue, or the page of one tool.
func (c *toolsCmd) Run(tty console, catalogue *tools.Catalogue) error {
	shown := catalogue.Tools()
	if c.Tool != "" {
		tool, err := toolNamed(catalogue, c.Tool)
		if err != nil {
			return err
		}
		shown = []*tools.Tool{tool}
	}
	screen := screenOf(tty.out)
	screen.Columns = min(screen.Columns, cli.Usual) // wider lines are hard to read
	switch {
	case c.JSON:
		return printJSON(tty.out, shown, schema.Profile(c.Schema))
	case c.Markdown:
		return printMarkdown(tty.out, shown)
	case c.Tool != "":
		return screen.PrintTool(shown[0])
	}
	return screen.PrintTools(shown)
}

func printJSON(w io.Writer, shown []*tools.Tool, profile schema.Profile) error {
	list := []mcp.Tool{}
	for _, t := range shown {
		list = append(list, transport.Describe(t, profile))
	}
	return writeJSON(w, map[string]any{"tools": list})
}

// writeJSON writes a value over several lines.
func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

func printMarkdown(w io.Writer, shown []*tools.Tool) error {
	if _, err := fmt.Fprintln(w, "| tool | what it does | scope of the key |\n|---|---|---|"); err != nil {
		return err
	}
	for _, t := range shown {
		scope := "a browser session; no key will do"
		if t.Scope != "" {
			scope = "`" + t.Scope + "`"
		}
		if _, err := fmt.Fprintf(w, "| `%s` | %s | %s |\n", t.Name, t.Description, scope); err != nil {
			return err
		}
	}
	return nil
}
