package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/schema"
	"posthog-mcp/tools"
	"posthog-mcp/transport"
)

type toolsCmd struct {
	JSON     bool   `name:"json" xor:"form" help:"Print what tools/list answers."`
	Markdown bool   `xor:"form" help:"Print the table for the README."`
	Schema   string `enum:"standard,portable" default:"standard" help:"Dialect of the schemas in --json."`
}

// Run prints the catalogue.
func (c *toolsCmd) Run(tty console, compiled compiling) error {
	catalogue, err := compiled()
	if err != nil {
		return err
	}
	switch {
	case c.JSON:
		return printJSON(tty.out, catalogue, schema.Profile(c.Schema))
	case c.Markdown:
		return printMarkdown(tty.out, catalogue)
	}
	table := tabwriter.NewWriter(tty.out, 0, 0, 2, ' ', 0)
	for _, t := range catalogue.Tools() {
		fmt.Fprintf(table, "%s\t%s\t%s\n", t.Name, t.Effect, t.Title)
	}
	return table.Flush()
}

func printJSON(w io.Writer, catalogue *tools.Catalogue, profile schema.Profile) error {
	list := []mcp.Tool{}
	for _, t := range catalogue.Tools() {
		list = append(list, transport.Describe(t, profile))
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(map[string]any{"tools": list})
}

func printMarkdown(w io.Writer, catalogue *tools.Catalogue) error {
	if _, err := fmt.Fprintln(w, "| tool | what it does | scope of the key |\n|---|---|---|"); err != nil {
		return err
	}
	for _, t := range catalogue.Tools() {
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
