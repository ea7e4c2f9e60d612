package main

import (
	"sync"

	"posthog-mcp/schema"
	"posthog-mcp/tools"
	"posthog-mcp/tools/operations"
)

// compile makes the catalogue while the command line is parsed: both take as long, and
// the user of an editor waits for the server.
func compile() func() (*tools.Catalogue, error) {
	made := sync.OnceValues(func() (*tools.Catalogue, error) {
		catalogue, err := operations.NewCatalogue()
		if err != nil {
			return nil, err
		}
		for _, t := range catalogue.Tools() {
			t.Schema.JSON(schema.Portable) // cached for the clients, of which most get it
		}
		return catalogue, nil
	})
	go func() { _, _ = made() }()
	return made
}
